"""The handoff lifecycle: every state against every event, and what stays out."""

import pytest

from measures.handoffs import HandoffState
from streams.journeys.explicit_handoffs import _apply, reason_against
from streams.journeys.stored_event import ACCEPTED, CANCELLED, COMPLETED, OFFERED, REQUESTED, RETURNED, Delivery, Returned
from tests.unit.streams.rows import custody, handoff, moved, status

FINE = None
_LATE_DECISION, _NO_OFFER = "decision_without_offer", "decision_without_offer"
TABLE: dict[int | None, dict[int, str | None]] = {
    None: {
        REQUESTED: FINE,
        OFFERED: FINE,
        ACCEPTED: _NO_OFFER,
        RETURNED: _NO_OFFER,
        COMPLETED: "completed_without_acceptance",
        CANCELLED: FINE,
    },
    REQUESTED: {
        REQUESTED: "request_after_start",
        OFFERED: FINE,
        ACCEPTED: _NO_OFFER,
        RETURNED: _NO_OFFER,
        COMPLETED: "completed_without_acceptance",
        CANCELLED: FINE,
    },
    OFFERED: {
        REQUESTED: "request_after_start",
        OFFERED: "offer_while_pending",
        ACCEPTED: FINE,
        RETURNED: FINE,
        COMPLETED: "completed_without_acceptance",
        CANCELLED: FINE,
    },
    ACCEPTED: {
        REQUESTED: "request_after_start",
        OFFERED: "offer_while_accepted",
        ACCEPTED: _LATE_DECISION,
        RETURNED: FINE,
        COMPLETED: FINE,
        CANCELLED: FINE,
    },
    RETURNED: {
        REQUESTED: "request_after_start",
        OFFERED: FINE,
        ACCEPTED: _LATE_DECISION,
        RETURNED: _LATE_DECISION,
        COMPLETED: "completed_without_acceptance",
        CANCELLED: FINE,
    },
    COMPLETED: {
        REQUESTED: "after_completed",
        OFFERED: "after_completed",
        ACCEPTED: "after_completed",
        RETURNED: "after_completed",
        COMPLETED: "after_completed",
        CANCELLED: FINE,
    },
    CANCELLED: dict.fromkeys((REQUESTED, OFFERED, ACCEPTED, RETURNED, COMPLETED, CANCELLED), "after_cancelled"),
}
CASES = [(state, code, reason) for state, row in TABLE.items() for code, reason in row.items()]


@pytest.mark.parametrize(("state", "code", "reason"), CASES)
def test_every_event_in_every_state(state: int | None, code: int, reason: str | None) -> None:
    """Each event either follows from the handoff's state or is an anomaly with its own word."""
    assert reason_against(code, state) == reason


def test_the_table_is_whole() -> None:
    """Seven states, six events, forty-two cases."""
    assert len(CASES) == 42


def test_a_plain_course() -> None:
    """Requested, offered, accepted, completed: no anomaly; custody goes from supplier to customer at the offer."""
    found = custody(
        handoff("requested", 0, "M", "S"), handoff("offered", 1, "M", "S"), handoff("accepted", 2), handoff("completed", 3)
    )
    assert found.anomalies == {}
    assert [team for _, team in found.holders] == ["M", "S"]
    assert found.deliverable == "leads"


def test_a_return_takes_the_item_back() -> None:
    """A return moves custody from customer to supplier, a redelivery to the customer again."""
    found = custody(
        handoff("offered", 0, "M", "S"), handoff("returned", 1), handoff("offered", 2, "M", "S"), handoff("accepted", 3)
    )
    assert [team for _, team in found.holders] == ["M", "S", "S", "M", "M", "S"]
    assert found.anomalies == {}


def test_an_anomaly_changes_nothing() -> None:
    """What makes no sense is named by its event, moves nothing, and the events after it are judged as if it were not there."""
    found = custody(
        handoff("returned", 0),
        handoff("offered", 1, "M", "S"),
        handoff("offered", 2, "M", "X"),
        handoff("accepted", 3),
        handoff("completed", 4),
        handoff("returned", 5),
    )
    assert found.anomalies == {
        ("desk", "H-returned@0"): "decision_without_offer",
        ("desk", "H-offered@2"): "offer_while_pending",
        ("desk", "H-returned@5"): "after_completed",
    }
    assert [team for _, team in found.holders] == ["M", "S"]


def test_no_team_hands_over_to_itself() -> None:
    """Neither a request nor an offer of it counts, whatever the handoff had come to; what follows is judged without it."""
    found = custody(
        handoff("requested", 0, "M", "M"),
        handoff("offered", 1, "M", "S"),
        handoff("returned", 2),
        handoff("offered", 3, "M", "M"),
        handoff("accepted", 4),
        handoff("offered", 5, "X", "X", "X"),
    )
    assert found.anomalies == {
        ("desk", "H-requested@0"): "self_handoff",
        ("desk", "H-offered@3"): "self_handoff",
        ("desk", "H-accepted@4"): "decision_without_offer",
        ("desk", "X-offered@5"): "self_handoff",
    }
    assert [(life.supplier, life.customer, len(life.offers), life.state) for life in found.handoffs] == [
        ("M", "S", 1, "returned")
    ]


def test_an_anomaly_is_judged_again() -> None:
    """A decision that only came before its offer arrived is no anomaly once the offer is there."""
    early = handoff("accepted", 5)
    assert custody(early).anomalies == {("desk", "H-accepted@5"): "decision_without_offer"}
    assert custody(early, handoff("offered", 1, "M", "S")).anomalies == {}


def test_handoffs_do_not_meddle() -> None:
    """Each handoff of an item has a state of its own; a return goes back to its own supplier."""
    found = custody(
        handoff("offered", 0, "E", "M", "H1"),
        handoff("offered", 1, "M", "S", "H2"),
        handoff("accepted", 2, name="H1"),
        handoff("returned", 3, name="H2"),
    )
    assert found.anomalies == {}
    assert [team for _, team in found.holders] == ["E", "M", "M", "S", "S", "M"]


def test_a_cancelled_handoff_had_moved_the_item() -> None:
    """Custody moved with the offer, whatever is called off later; after that nothing holds."""
    found = custody(handoff("offered", 0, "M", "S"), handoff("cancelled", 1), handoff("accepted", 2), handoff("cancelled", 3))
    assert [team for _, team in found.holders] == ["M", "S"]
    assert found.anomalies == {
        ("desk", "H-accepted@2"): "after_cancelled",
        ("desk", "H-cancelled@3"): "after_cancelled",
    }


def test_at_one_moment_the_rank_decides() -> None:
    """An offer and its acceptance at the same time and place in the source come in the order of the lifecycle."""
    assert custody(handoff("accepted", 0), handoff("offered", 0, "M", "S")).anomalies == {}
    found = custody(handoff("accepted", 0, sequence=1), handoff("offered", 0, "M", "S", sequence=2))
    assert list(found.anomalies.values()) == ["decision_without_offer"]


def test_moves_and_statuses_are_no_handoff_events() -> None:
    """The machine passes over moves and statuses."""
    found = custody(moved(0, "A"), status(1, "working"))
    assert (found.holders, found.anomalies, found.deliverable) == ([], {}, "")


@pytest.mark.parametrize(
    ("asked", "offered", "again", "own", "changes"),
    [(5, 5, 5, 5, 0), (None, 5, 5, 5, 0), (None, 5, 6, 5, 1), (5, None, 6, 5, 1), (5, 6, 5, 5, 1), (None, None, 6, None, 1)],
)
def test_whose_due_time_holds(
    asked: int | None, offered: int | None, again: int | None, own: int | None, changes: int
) -> None:
    """The request's, else the first offer's; whatever else is told is counted and ignored."""
    life = HandoffState("", "H", "H", "M", "S", "work", None)
    lives = {"H": life}
    due = [-1 if d is None else d for d in (asked, offered, again)]
    life.own_due = asked
    for time, (code, when) in enumerate(((OFFERED, due[1]), (RETURNED, -1), (OFFERED, due[2]))):
        _apply(lives, time, code, Returned("H", "", -1) if code == RETURNED else Delivery("H", "M", "S", "work", when))
    assert (life.own_due, life.due_changes) == (own, changes)


def test_it_is_over_when_every_handoff_is() -> None:
    """Completed or cancelled; one that is accepted goes on, and an item without handoffs was never under way."""
    assert not custody().over
    course = [handoff("offered", 0, "M", "S"), handoff("accepted", 1)]
    assert not custody(*course).over
    assert custody(*course, handoff("completed", 2)).over
    assert not custody(*course, handoff("completed", 2), handoff("offered", 3, "S", "T", "H2")).over
