"""Moves become handoffs (metrics 1.1): every rule by hand.

A handoff is written ``A>B 1 accepted 5``: from whom to whom, minute of its offer, what became of it and when; a redelivery
follows after a comma.
"""

import pytest

from measures.handoffs import HandoffState
from streams.journeys.explicit_handoffs import explicit_handoffs
from streams.journeys.implicit_handoffs import implicit_handoffs
from tests.unit.streams.rows import MINUTE, T0, Event, handoff, moved, rows, status


def written(lives: list[HandoffState]) -> list[str]:
    """The handoffs in words."""
    return [f"{life.supplier}>{life.customer} " + ", ".join(_offer(offer) for offer in life.offers) for life in lives]


def _offer(offer: object) -> str:
    words = [str(_minute(offer.offered_at))]  # type: ignore[attr-defined]  # an Offer
    for word in ("accepted", "passed_on", "returned"):
        at = getattr(offer, f"{word}_at")
        if at is not None:
            words.append(f"{word} {_minute(at)}")
    return " ".join(words)


def _minute(at: int) -> int:
    return (at - T0) // MINUTE


def at(minute: int) -> str:
    """A moment as events write it."""
    return f"2026-03-02T09:{minute:02}:00Z"


def implied(*events: Event) -> list[str]:
    """The handoffs that events imply."""
    return written(implicit_handoffs(rows(*events)).handoffs)


RULES: dict[str, tuple[list[Event], list[str]]] = {
    "the first place is handed over by nobody": ([moved(0, "A")], []),
    "a move offers": ([moved(0, "A"), moved(1, "B")], ["A>B 1"]),
    "from counts as the first place": ([moved(1, "B", "A")], ["A>B 1"]),
    "from counts only in the first move": ([moved(0, "A"), moved(1, "B", "X")], ["A>B 1"]),
    "from is the first place also of an item that starts unassigned": ([moved(0, None, "A"), moved(1, "B")], ["A>B 1"]),
    "a self-move is nothing": ([moved(0, "A"), moved(1, "A"), moved(2, "B"), moved(3, "B")], ["A>B 2"]),
    "through the unassigned queue back to the same team is nothing": ([moved(0, "A"), moved(1, None), moved(2, "A")], []),
    "through the unassigned queue it is offered when it arrives": (
        [moved(0, "A"), moved(1, None), moved(5, "B")],
        ["A>B 5"],
    ),
    "working accepts": ([moved(0, "A"), moved(1, "B"), status(4, "working")], ["A>B 1 accepted 4"]),
    "only the first working accepts": (
        [moved(0, "A"), moved(1, "B"), status(4, "working"), status(6, "working")],
        ["A>B 1 accepted 4"],
    ),
    "working before the move does not": ([moved(0, "A"), status(0, "working"), moved(1, "B")], ["A>B 1"]),
    "working at the moment of the move does, in its place after it": (
        [moved(0, "A"), moved(1, "B", sequence=1), status(1, "working", sequence=1)],
        ["A>B 1 accepted 1"],
    ),
    "working at that moment but before it in the source does not": (
        [moved(0, "A"), status(1, "working", sequence=1), moved(1, "B", sequence=2)],
        ["A>B 1"],
    ),
    "queued and waiting do not": ([moved(0, "A"), moved(1, "B"), status(2, "queued"), status(3, "waiting")], ["A>B 1"]),
    "resolved accepts": ([moved(0, "A"), moved(1, "B"), status(4, "resolved")], ["A>B 1 accepted 4"]),
    "closed accepts": ([moved(0, "A"), moved(1, "B"), status(4, "closed")], ["A>B 1 accepted 4"]),
    "working while unassigned accepts nothing": (
        [moved(0, "A"), moved(1, "B"), moved(2, None), status(3, "working")],
        ["A>B 1"],
    ),
    "resolved while unassigned goes to the last holder": (
        [moved(0, "A"), moved(1, "B"), moved(2, None), status(3, "resolved")],
        ["A>B 1 accepted 3"],
    ),
    "handing on to a third team accepts": ([moved(0, "A"), moved(1, "B"), moved(2, "C")], ["A>B 1 accepted 2", "B>C 2"]),
    "handing on through the unassigned queue accepts on arrival": (
        [moved(0, "A"), moved(1, "B"), moved(2, None), moved(3, "C")],
        ["A>B 1 accepted 3", "B>C 3"],
    ),
    "a move back before acceptance returns": ([moved(0, "A"), moved(1, "B"), moved(2, "A")], ["A>B 1 returned 2"]),
    "back through the unassigned queue returns too": (
        [moved(0, "A"), moved(1, "B"), moved(2, None), moved(3, "A")],
        ["A>B 1 returned 3"],
    ),
    "a move back after acceptance is a handoff the other way": (
        [moved(0, "A"), moved(1, "B"), status(2, "working"), moved(3, "A")],
        ["A>B 1 accepted 2", "B>A 3"],
    ),
    "the very next move to the same customer is the redelivery": (
        [moved(0, "A"), moved(1, "B"), moved(2, "A"), moved(3, "B"), status(4, "working")],
        ["A>B 1 returned 2, 3 accepted 4"],
    ),
    "after a detour it is a new handoff": (
        [moved(0, "A"), moved(1, "B"), moved(2, "A"), moved(3, "C"), moved(4, "A"), moved(5, "B")],
        ["A>B 1 returned 2", "A>C 3 returned 4", "A>B 5"],
    ),
    "what is no move is no detour": (
        [moved(0, "A"), moved(1, "B"), moved(2, "A"), moved(3, None), moved(4, "A"), moved(5, "B")],
        ["A>B 1 returned 2, 5"],
    ),
    "a redelivery may be returned again": (
        [moved(0, "A"), moved(1, "B"), moved(2, "A"), moved(3, "B"), moved(4, "A")],
        ["A>B 1 returned 2, 3 returned 4"],
    ),
    "a round of three teams is three handoffs": (
        [moved(0, "A"), moved(1, "B"), moved(2, "C"), moved(3, "A")],
        ["A>B 1 accepted 2", "B>C 2 accepted 3", "C>A 3"],
    ),
    "after a return the supplier's own handoff is current again, as it was": (
        [moved(0, "A"), moved(1, "B"), moved(2, "C"), moved(3, "B"), moved(4, "A")],
        ["A>B 1 accepted 2", "B>C 2 returned 3", "B>A 4"],
    ),
    "and so a later status accepts nothing twice": (
        [moved(0, "A"), moved(1, "B"), moved(2, "C"), moved(3, "B"), status(4, "queued")],
        ["A>B 1 accepted 2", "B>C 2 returned 3"],
    ),
}
PASSING_ON: dict[str, tuple[list[Event], list[str]]] = {
    "an item that tells of work: handing on before any work there passes on": (
        [moved(0, "A"), status(0, "working"), moved(1, "B"), moved(2, "C")],
        ["A>B 1 passed_on 2", "B>C 2"],
    ),
    "also when it tells of work only later": (
        [moved(0, "A"), moved(1, "B"), moved(2, "C"), moved(3, "D"), status(9, "working")],
        ["A>B 1 passed_on 2", "B>C 2 passed_on 3", "C>D 3 accepted 9"],
    ),
    "also when work is told of while it is unassigned": (
        [moved(0, "A"), moved(1, "B"), moved(2, "C"), moved(3, None), status(4, "working")],
        ["A>B 1 passed_on 2", "B>C 2"],
    ),
    "ends are no work: an item without working never tells of it": (
        [moved(0, "A"), moved(1, "B"), status(1, "waiting"), moved(2, "C"), status(3, "closed")],
        ["A>B 1 accepted 2", "B>C 2 accepted 3"],
    ),
    "what had begun is accepted, whoever gets it next": (
        [moved(0, "A"), moved(1, "B"), status(2, "working"), moved(3, "C"), moved(4, "D")],
        ["A>B 1 accepted 2", "B>C 3 passed_on 4", "C>D 4"],
    ),
    "through the unassigned queue it is passed on when the next team gets it": (
        [moved(0, "A"), status(0, "working"), moved(1, "B"), moved(2, None), moved(5, "C")],
        ["A>B 1 passed_on 5", "B>C 5"],
    ),
    "passed on, then back: it stays passed on, and work accepts nothing twice": (
        [moved(0, "A"), moved(1, "B"), moved(2, "C"), moved(3, "B"), status(4, "working"), moved(5, "A")],
        ["A>B 1 passed_on 2", "B>C 2 returned 3", "B>A 5"],
    ),
    "returned, redelivered, passed on": (
        [moved(0, "A"), moved(1, "B"), moved(2, "A"), moved(3, "B"), moved(4, "C"), status(5, "working")],
        ["A>B 1 returned 2, 3 passed_on 4", "B>C 4 accepted 5"],
    ),
}
AFTER_THE_END: dict[str, tuple[list[Event], list[str]]] = {
    "a move of what is resolved or closed is custody only": (
        [moved(0, "A"), status(1, "working"), status(2, "resolved"), moved(3, "B"), moved(4, "C")],
        [],
    ),
    "also with the end said again beside each move": (
        [moved(0, "A"), status(2, "resolved"), moved(3, "B"), status(3, "resolved"), moved(4, "C"), status(5, "closed")],
        [],
    ),
    "what was handed over before it keeps what it came to": (
        [moved(0, "A"), moved(1, "B"), status(2, "closed"), moved(3, "A"), moved(4, None), moved(5, "C")],
        ["A>B 1 accepted 2"],
    ),
    "work follows: it was handed over when it was moved": (
        [moved(0, "A"), status(2, "resolved"), moved(3, "B"), status(5, "working")],
        ["A>B 3 accepted 5"],
    ),
    "a reopen without work is enough, and the end said again accepts nothing": (
        [moved(0, "A"), status(2, "resolved"), moved(3, "B"), status(3, "closed"), status(5, "queued")],
        ["A>B 3"],
    ),
    "several moves, then work: each was a handoff, and who did nothing passed on": (
        [moved(0, "A"), status(2, "resolved"), moved(3, "B"), moved(4, "C"), status(5, "working")],
        ["A>B 3 passed_on 4", "B>C 4 accepted 5"],
    ),
    "several moves and back, then work at home: sent back": (
        [moved(0, "A"), status(2, "resolved"), moved(3, "B"), moved(4, "A"), status(5, "working")],
        ["A>B 3 returned 4"],
    ),
    "unassigned in between": (
        [moved(0, "A"), status(2, "resolved"), moved(3, None), moved(4, "B"), status(4, "resolved"), status(5, "working")],
        ["A>B 4 accepted 5"],
    ),
    "of two ends only the one that work follows counts": (
        [
            *(moved(0, "A"), status(1, "resolved"), moved(2, "B"), status(3, "working"), status(4, "closed"), moved(5, "C")),
            *(moved(6, "D"), status(7, "closed")),
        ],
        ["A>B 2 accepted 3"],
    ),
}
REJECTIONS: dict[str, tuple[list[Event], list[str]]] = {
    "to the team before": ([moved(0, "A"), moved(1, "B"), status(2, "returned")], ["A>B 1 returned 2"]),
    "the way back is no handoff, and the next move is the redelivery": (
        [moved(0, "A"), moved(1, "B"), status(2, "returned"), moved(2, "A", sequence=1), moved(5, "B"), status(6, "working")],
        ["A>B 1 returned 2, 5 accepted 6"],
    ),
    "to a team whose delivery had been accepted": (
        [moved(0, "A"), moved(1, "B"), status(2, "working"), moved(3, "C"), status(4, "returned", to="A")],
        ["A>B 1 accepted 2 returned 4", "B>C 3 passed_on 4"],
    ),
    "whichever team stands between; what that team had accepted stays": (
        [
            *(moved(0, "A"), moved(1, "B"), status(2, "working"), moved(3, "C"), status(4, "working")),
            *(status(5, "returned", to="A"), moved(6, "A"), moved(7, "B"), status(8, "working")),
        ],
        ["A>B 1 accepted 2 returned 5, 7 accepted 8", "B>C 3 accepted 4"],
    ),
    "to a team that had it in between": (
        [moved(0, "A"), moved(1, "B"), moved(2, "C"), moved(3, "D"), status(4, "returned", to="B"), moved(5, "B")],
        ["A>B 1 accepted 2", "B>C 2 accepted 3 returned 4", "C>D 3 accepted 4"],
    ),
    "after it, another team than before: a handoff of whoever got it back": (
        [moved(0, "A"), moved(1, "B"), status(2, "returned"), moved(3, "C")],
        ["A>B 1 returned 2", "A>C 3"],
    ),
    "where nobody moves it: work at the same team shows that it was delivered again": (
        [moved(0, "A"), moved(1, "B"), status(2, "returned"), moved(3, "B"), status(3, "working"), status(4, "closed")],
        ["A>B 1 returned 2, 3 accepted 3"],
    ),
    "the end after a rejection accepts nothing": (
        [moved(0, "A"), moved(1, "B"), status(2, "returned"), status(3, "closed")],
        ["A>B 1 returned 2"],
    ),
    "said again it is the same rejection": (
        [moved(0, "A"), moved(1, "B"), status(2, "returned"), status(3, "returned"), moved(4, "A"), status(4, "returned")],
        ["A>B 1 returned 2"],
    ),
    "from the team that it went to next, or after another status, it is another one": (
        [
            *(moved(0, "A"), moved(1, "B"), status(2, "returned"), moved(3, "A"), moved(4, "B"), status(5, "returned")),
            *(moved(6, "C"), status(7, "queued"), status(8, "returned")),
        ],
        ["A>B 1 returned 2, 4 returned 5", "A>C 6 returned 8"],
    ),
    "said by who has nobody it is no rejection that could be said again": (
        [moved(0, "A"), moved(1, "B"), moved(2, None), status(3, "returned"), moved(4, "B"), status(5, "returned")],
        ["A>B 1 returned 5"],
    ),
    "work since the rejection: it was delivered again then": (
        [moved(0, "A"), moved(1, "B"), status(2, "returned"), moved(2, "B"), status(5, "working", since=at(3))],
        ["A>B 1 returned 2, 3 accepted 5"],
    ),
    "but never before it": (
        [moved(0, "A"), moved(1, "B"), status(3, "returned"), status(5, "working", since=at(2)), status(6, "closed")],
        ["A>B 1 returned 3, 3 accepted 5"],
    ),
    "rejected again by a team that had it since: delivered and rejected again": (
        [
            *(
                moved(0, "A"),
                status(0, "working"),
                moved(0, "B", sequence=1, id="b"),
                status(1, "returned", sequence=1, since=at(0)),
            ),
            *(moved(1, "B", sequence=2), status(2, "returned", sequence=2, since=at(1))),
            *(moved(2, "B", sequence=3), status(3, "working", sequence=3, since=at(2))),
            *(moved(3, "C", sequence=4), status(4, "closed", sequence=4, since=at(3))),
        ],
        ["A>B 0 returned 1, 1 returned 2, 2 accepted 3", "B>C 3 accepted 4"],
    ),
    "by a third team: from who got it back to that team": (
        [
            *(moved(0, "A"), moved(1, "B"), status(2, "working"), moved(3, "C"), status(4, "working")),
            *(status(5, "returned", to="A", since=at(4)), status(7, "returned", to="A", since=at(5))),
        ],
        ["A>B 1 accepted 2 returned 5", "B>C 3 accepted 4", "A>C 5 returned 7"],
    ),
    "two rejections of an activity log are two": (
        [
            *(moved(0, "A"), moved(1, "B"), moved(2, "C"), status(3, "returned", since="2026-03-02T09:02:00Z")),
            *(moved(3, "B", sequence=1), status(4, "returned", since="2026-03-02T09:03:00Z")),
        ],
        ["A>B 1 accepted 2 returned 4", "B>C 2 returned 3"],
    ),
    "a rejection that names who has it: the move before it was the way back": (
        [moved(0, "A"), moved(1, "B"), status(2, "working"), moved(3, "C"), moved(4, "A"), status(4, "returned", to="A")],
        ["A>B 1 accepted 2 returned 4", "B>C 3 passed_on 4"],
    ),
    "the same, sent back already": (
        [moved(0, "A"), moved(1, "B"), moved(2, "A"), status(2, "returned", to="A"), moved(3, "B")],
        ["A>B 1 returned 2, 3"],
    ),
    "of an unassigned item it is nobody's": (
        [moved(0, "A"), moved(1, "B"), moved(2, None), status(3, "returned")],
        ["A>B 1"],
    ),
    "after the end it is a reopen": (
        [moved(0, "A"), moved(1, "B"), status(2, "resolved"), status(3, "returned")],
        ["A>B 1 accepted 2 returned 3"],
    ),
}
RULES |= PASSING_ON | AFTER_THE_END | REJECTIONS


@pytest.mark.parametrize("rule", RULES)
def test_every_rule(rule: str) -> None:
    """Each rule of the design gives just these handoffs."""
    events, handoffs = RULES[rule]
    assert implied(*events) == handoffs


THIRD = [
    moved(0, "A"),
    moved(1, "B"),
    status(2, "working"),
    moved(3, "C"),
    status(4, "working"),
    status(5, "returned", to="A"),
]
IN_VAIN = {
    "nobody had handed it over": [moved(0, "A"), status(1, "returned")],
    "not the team it names": [moved(0, "A"), moved(1, "B"), status(2, "returned", to="C")],
    "given back already, and then to another team": [*THIRD, status(6, "returned", to="B")],
    "also by a team that had it since": [*THIRD, status(6, "returned", to="B", since=at(5))],
    "given back already, and another status came": [*THIRD, status(6, "queued"), status(7, "returned", to="A")],
    "it is with nobody": [moved(0, "A"), moved(1, "B"), moved(2, None), status(3, "returned")],
    "to the team that has it, which had rejected nothing": [*THIRD, moved(6, "A"), status(7, "returned", to="A", since=at(6))],
}


@pytest.mark.parametrize("case", IN_VAIN)
def test_a_rejection_that_finds_nothing_is_an_anomaly(case: str) -> None:
    """Where there is no handoff for it to return, it changes nothing and is told so."""
    events = IN_VAIN[case]
    *before, (key, _) = events
    found = implicit_handoffs(rows(*events))
    assert found.anomalies == {key: "rejection_without_handoff"}
    assert written(found.handoffs) == implied(*before)


def test_the_reason_of_a_rejection() -> None:
    """The return has the reason the rejection gives; without one none, and ``sent_back`` where the move alone told of it."""
    start = [moved(0, "A"), moved(1, "B")]
    for more, reason in ((status(2, "returned", reason="incomplete"), "incomplete"), (status(2, "returned"), None)):
        (life,) = implicit_handoffs(rows(*start, more)).handoffs
        assert life.offers[0].reason == reason
    for why, reason in ((None, "sent_back"), ("defect", "defect")):
        (life,) = implicit_handoffs(rows(*start, moved(2, "A"), status(2, "returned", to="A", reason=why))).handoffs
        assert life.offers[0].reason == reason


TRICKY: dict[str, tuple[list[Event], list[str]]] = {
    "ties: the source's order decides at one moment": (
        [
            moved(0, "A"),
            moved(5, "C", id="a", sequence=3),
            moved(5, "B", id="b", sequence=1),
            moved(5, "A", id="c", sequence=2),
        ],
        ["A>B 5 returned 5", "A>C 5"],
    ),
    "self-moves do not part a return from its redelivery": (
        [moved(0, "A"), moved(1, "B"), moved(1, "B", id="again", sequence=1), moved(2, "A"), moved(3, "A"), moved(4, "B")],
        ["A>B 1 returned 2, 4"],
    ),
    "through the unassigned queue, worked on there, resolved there": (
        [moved(0, "A"), moved(1, None), status(2, "working"), moved(3, "B"), moved(4, None), status(5, "closed")],
        ["A>B 3 accepted 5"],
    ),
    "a loop of three teams, twice": (
        [moved(0, "A"), moved(1, "B"), moved(2, "C"), moved(3, "A"), moved(4, "B"), moved(5, "C"), moved(6, "B")],
        ["A>B 1 accepted 2", "B>C 2 accepted 3", "C>A 3 accepted 4", "A>B 4 accepted 5", "B>C 5 returned 6"],
    ),
    "a reopen in another team returns nothing": (
        [moved(0, "A"), moved(1, "B"), status(2, "resolved"), moved(3, "C"), status(4, "working"), moved(5, "B")],
        ["A>B 1 accepted 2", "B>C 3 accepted 4", "C>B 5"],
    ),
    "a late move changes what came after it": (
        [moved(0, "A"), moved(1, "B"), moved(4, "A"), moved(3, "C", id="late"), status(6, "working")],
        ["A>B 1 passed_on 3", "B>C 3 passed_on 4", "C>A 4 accepted 6"],
    ),
    "a return after acceptance is a new handoff, and that one may be sent back": (
        [
            moved(0, "A"),
            moved(1, "B"),
            status(2, "working"),
            moved(3, "A"),
            moved(4, "B"),
            moved(5, "A"),
            status(6, "working"),
        ],
        ["A>B 1 accepted 2", "B>A 3 returned 4, 5 accepted 6"],
    ),
    "a redelivery only when the very next move goes there": (
        [moved(0, "A"), moved(1, "B"), moved(2, "A"), moved(3, "C"), status(4, "working"), moved(5, "B")],
        ["A>B 1 returned 2", "A>C 3 accepted 4", "C>B 5"],
    ),
    "handing on accepts, also what was redelivered": (
        [moved(0, "A"), moved(1, "B"), moved(2, "A"), moved(3, "B"), moved(4, "C"), moved(5, "D")],
        ["A>B 1 returned 2, 3 accepted 4", "B>C 4 accepted 5", "C>D 5"],
    ),
    "sent back along the whole way": (
        [moved(0, "A"), moved(1, "B"), moved(2, "C"), moved(3, "D"), moved(4, "C"), moved(5, "B"), moved(6, "A")],
        ["A>B 1 accepted 2", "B>C 2 accepted 3", "C>D 3 returned 4", "C>B 5 accepted 6", "B>A 6"],
    ),
}


@pytest.mark.parametrize("case", TRICKY)
def test_ten_tricky_cases(case: str) -> None:
    """Ten histories in which several rules meet, worked out by hand."""
    events, handoffs = TRICKY[case]
    assert implied(*events) == handoffs


def test_explicit_beside_implicit() -> None:
    """One surviving handoff event, even one that makes no sense, and the item's moves imply nothing."""
    sense = explicit_handoffs(rows(moved(0, "A"), moved(1, "B"), handoff("offered", 2, "M", "S"), handoff("accepted", 3)))
    assert sense.explicit
    assert written(sense.handoffs) == ["M>S 2 accepted 3"]
    none = explicit_handoffs(rows(moved(0, "A"), moved(1, "B"), handoff("accepted", 3)))
    assert (none.explicit, none.handoffs) == (True, [])
    taken_back = explicit_handoffs(rows(moved(0, "A"), moved(1, "B"), handoff("accepted", 3, deleted=True)))
    assert not taken_back.explicit


def test_the_identity_of_an_implied_handoff() -> None:
    """It is the move's source and id, its deliverable the item's type at that time, and work where none is known."""
    before, after, back = implicit_handoffs(
        rows(moved(0, "A"), moved(1, "B", id="m1"), moved(2, "C", deliverable="incident", id="m2"), moved(3, "A", id="m3"))
    ).handoffs
    assert [(h.source, h.id, h.handoff, h.implicit) for h in (before, after)] == [
        ("desk", "m1", "m1", True),
        ("desk", "m2", "m2", True),
    ]
    assert [h.deliverable for h in (before, after, back)] == ["work", "incident", "incident"]


def test_the_reason_of_an_implied_return() -> None:
    """A move back says sent_back, whatever reason the move gives."""
    (life,) = implicit_handoffs(rows(moved(0, "A"), moved(1, "B"), moved(2, "A", reason="not ours"))).handoffs
    assert (life.state, life.offers[0].reason) == ("returned", "sent_back")


def test_due_of_an_implied_handoff() -> None:
    """It is due when its move says; another due time on the redelivery is counted and ignored."""
    due = "2026-03-02T12:00:00Z"
    (life,) = implicit_handoffs(
        rows(moved(0, "A"), moved(1, "B", due=due), moved(2, "A"), moved(3, "B", due="2026-03-03T12:00:00Z"))
    ).handoffs
    assert (life.own_due, life.due_changes) == (T0 + 180 * MINUTE, 1)


GOT: dict[str, tuple[list[Event], list[int]]] = {
    "by the move that brought it": ([moved(0, "A"), moved(5, "B"), moved(9, "C")], [0, 5]),
    "from as the first place: at the first event": ([status(0, "queued"), moved(5, "B", "A")], [0]),
    "not by self-moves or the unassigned queue": (
        [moved(0, "A"), moved(2, "A"), moved(3, None), moved(4, "A"), moved(9, "B")],
        [0],
    ),
    "by a return": ([moved(0, "A"), moved(1, "B"), moved(2, "A"), moved(3, "C")], [0, 2]),
}


@pytest.mark.parametrize("case", GOT)
def test_when_the_supplier_got_it(case: str) -> None:
    """The supplier got the item when it last arrived there before the first offer; agreed hours run from then."""
    events, minutes = GOT[case]
    assert [_minute(life.got_at) for life in implicit_handoffs(rows(*events)).handoffs] == minutes


def told_later(*events: Event) -> list[tuple[int | None, int | None]]:
    """Of each handoff's only offer the minutes of what later events told: that it was one, that it was passed on."""
    offers = [life.offers[0] for life in implicit_handoffs(rows(*events)).handoffs]
    return [tuple(None if at is None else _minute(at) for at in (o.told_at, o.accepted_until)) for o in offers]  # type: ignore[misc]  # two each


def test_what_later_events_told_is_kept() -> None:
    """The first work tells what handing on had not accepted; work after the end, that a move since was an offer."""
    assert told_later(moved(0, "A"), moved(1, "B"), moved(2, "C"), status(9, "working")) == [(None, 9), (None, None)]
    assert told_later(moved(0, "A"), status(1, "working"), moved(2, "B"), moved(3, "C")) == [(None, None), (None, None)]
    ended = [moved(0, "A"), status(1, "working"), status(2, "resolved"), moved(3, "B")]
    assert told_later(*ended, status(7, "working")) == [(7, None)]
    assert told_later(*ended, status(7, "queued"), moved(8, "C"), status(9, "working")) == [(7, None), (None, None)]
