"""What each fact gives to the panes, field by field, with its anchor (metrics 1.2)."""

from typing import Any

import msgspec
import pytest

from measures.entries import (
    entries_of_group,
    entries_of_handoff,
    entries_of_intake,
    route_of,
)
from measures.reasons import OTHER, REASONS, UNSPECIFIED, code_of
from measures.sketch import bucket
from schemas.fields import VoteMode
from schemas.structs.facts import IntakeFact, RatingGroupFact
from tests.unit.measures.lives import MINUTE, T0, at, fact


def told(entries: list[Any]) -> set[tuple[Any, ...]]:
    """(minute, field, key, amount) of each entry; two alike would be lost here, so they are refused."""
    found = [((e.at - T0) / MINUTE, e.field, e.key, e.amount) for e in entries]
    assert len(set(found)) == len(found)
    return set(found)


def test_an_accepted_handoff() -> None:
    """Wait at the decision; shares and loops at the first decision; cycle at the acceptance; SLA at due."""
    assert told(entries_of_handoff(fact(("offer", 10), ("accept", 55), due=100))) == {
        *((100, "due_hit", "", 1), (100, "ontime_first", "", 1), (10, "offers", "", 1)),
        *((55, "wait", "741", 1), (55, "wait_ms", "", 45 * MINUTE), (55, "dec", "", 1), (55, "loops", "0", 1)),
        *((55, "pass", "", 1), (55, "ca", "", 1), (55, "cycle", "741", 1), (55, "cycle_ms", "", 45 * MINUTE)),
    }


def test_a_returned_and_redelivered_handoff() -> None:
    """Redeliveries at their offer, reasons at the return, first pass at the first decision, cycle from the start."""
    found = told(entries_of_handoff(fact(("offer", 0), ("return", 60, "defect", 30), ("offer", 90), ("accept", 150))))
    assert found == {
        *((0, "due_unknown", "", 1), (0, "offers", "", 1), (90, "offers", "", 1), (90, "reoffers", "", 1)),
        *(
            (60, "wait", "755", 1),
            (60, "wait_ms", "", 60 * MINUTE),
            (150, "wait", "755", 1),
            (150, "wait_ms", "", 60 * MINUTE),
        ),
        *((60, "returns", "", 1), (60, "reasons", "defect", 1), (60, "dec", "", 1), (60, "loops", "1", 1)),
        *((60, "loops_sum", "", 1), (60, "rework_reported", "", 1), (60, "rework_min", "", 30), (60, "reworked", "", 1)),
        *((150, "cycle", bucket(150 * MINUTE), 1), (150, "cycle_ms", "", 150 * MINUTE)),
    }


def fields(*steps: tuple[Any, ...], **how: Any) -> set[str]:
    """Names of the fields a handoff gives to."""
    return {e.field for e in entries_of_handoff(fact(*steps, **how))}


def test_a_handoff_that_was_passed_on() -> None:
    """It counts by itself, and how long the customer had it is its wait; of the shares, loops and cycles it is in none."""
    assert told(entries_of_handoff(fact(("offer", 10), ("pass", 55), due=100))) == {
        *((10, "offers", "", 1), (55, "wait", "741", 1), (55, "wait_ms", "", 45 * MINUTE), (55, "passed_on", "", 1)),
    }


def test_returned_before_it_was_passed_on() -> None:
    """The return is one still, by its reason; but nothing was decided, so first pass and loops know nothing of it."""
    found = fields(("offer", 0), ("return", 60, "defect", 30), ("offer", 90), ("pass", 95))
    assert found == {"due_unknown", "offers", "reoffers", "wait", "wait_ms", "returns", "reasons", "passed_on"}


def test_rejected_after_it_was_passed_on() -> None:
    """A rejection onward decides it: returned, no longer passed on; the customer's wait stays how long it had it."""
    found = told(entries_of_handoff(fact(("offer", 10), ("pass", 55), ("return", 70, "defect"))))
    assert {(55, "wait", "741", 1), (70, "returns", "", 1), (70, "dec", "", 1), (70, "loops", "1", 1)} <= found
    assert {field for _, field, _, _ in found}.isdisjoint({"passed_on", "pass", "cycle"})


def test_a_void_handoff_gives_nothing_but_its_cancelling() -> None:
    """Cancelled before any decision: no offer, no share; after due it stays a miss."""
    assert fields(("offer", 1), ("cancel", 2), due=5) == {"cancelled", "void"}
    assert fields(("offer", 1), ("cancel", 9), due=5) == {"cancelled", "void", "due_miss", "ontime_first"}
    assert "void" not in fields(("offer", 1), ("accept", 2), ("cancel", 9))


def test_a_return_after_acceptance_takes_the_cycle_away() -> None:
    """Only an acceptance that stands has a time to accepted; a defect found later waits for no decision."""
    assert "cycle" not in fields(("offer", 1), ("accept", 2), ("return", 9))
    assert "cycle" in fields(("offer", 1), ("accept", 2), ("return", 9), ("offer", 10), ("accept", 11))
    once = [e for e in entries_of_handoff(fact(("offer", 1), ("accept", 2), ("return", 9))) if e.field == "wait"]
    assert [e.at for e in once] == [at(2)]


def test_what_is_only_asked_for() -> None:
    """A request gives nothing before its due time, then a miss; without a due time it counts as unknown where it was made."""
    assert fields(requested=1, due=5, w=5) == set()
    assert fields(requested=1, due=5) == {"due_miss"}
    assert told(entries_of_handoff(fact(requested=1))) == {(1, "due_unknown", "", 1)}


def test_capped_minutes_show() -> None:
    """More than 40 hours count as 40, and that they were more is counted; exactly 40 are not capped."""
    assert "rework_capped" in fields(("offer", 1), ("return", 2, "x", 2401))
    assert "rework_capped" not in fields(("offer", 1), ("return", 2, "x", 2400))


@pytest.mark.parametrize(
    ("word", "code"), [(None, UNSPECIFIED), ("defect", "defect"), ("ugly", OTHER), ("sent_back", "sent_back")]
)
def test_reasons_are_a_closed_vocabulary(word: str | None, code: str) -> None:
    """A word of the vocabulary counts as itself, any other as other, none as unspecified; with both at most 32."""
    assert code_of(word) == code
    assert len(REASONS) <= 32
    assert not REASONS & {OTHER, UNSPECIFIED}


def group(mode: VoteMode, deliverable: str | None = "leads", **more: Any) -> Any:
    """A rating group of M for S, released at minute 1."""
    parts: dict[str, Any] = {"supplier": "M", "customer": "S", "deliverable": deliverable, "period": "2026-03"}
    cells = {"43": 4, "55": 1} if mode != "team" else {"43": 1}
    return RatingGroupFact(**parts, at=at(1), cells=cells, mode=mode, raters=5, earlier=0, **more)


def test_rating_groups_of_each_kind() -> None:
    """Persons' votes give cells, at the release; a team's and a supplier's own have cells apart."""
    assert told(entries_of_group(group("individual"))) == {
        *((1, "votes", "leads\x1f43", 4), (1, "votes", "leads\x1f55", 1)),
    }
    assert told(entries_of_group(group("individual", None))) == {
        *((1, "votes", "\x1f43", 4), (1, "votes", "\x1f55", 1)),
    }
    assert told(entries_of_group(group("team"))) == {(1, "team_votes", "leads\x1f43", 1)}
    assert told(entries_of_group(group("self"))) == {(1, "self_votes", "leads\x1f43", 4), (1, "self_votes", "leads\x1f55", 1)}


def test_arrivals() -> None:
    """Each count of a pane, at the pane; zeros give nothing."""
    body = IntakeFact(pane=at(0), counts={"received": 3, "late": 0, "duplicate": 1})
    assert told(entries_of_intake(body)) == {(0, "received", "", 3), (0, "duplicate", "", 1)}


def between(supplier: str, customer: str, minute: float, *steps: tuple[Any, ...], handoff: str = "") -> Any:
    """A handoff's fact between two teams, offered at a minute."""
    made = fact(("offer", minute), *steps)
    return msgspec.structs.replace(made, supplier=supplier, customer=customer, handoff=handoff or supplier + customer)


ROUTES: dict[str, tuple[str, list[Any], str]] = {
    "in order of the first offers": ("ABC", [between("B", "C", 2), between("A", "B", 1)], "ABC"),
    "two teams are none": ("AB", [between("A", "B", 1), between("B", "A", 2)], ""),
    "each team once": ("ABAC", [between("A", "B", 1), between("B", "A", 2), between("A", "C", 3)], "ABC"),
    "at one moment by the path": ("ABC", [between("B", "C", 1, handoff="a"), between("A", "B", 1, handoff="z")], "ABC"),
    "void ones have no part": ("ABC", [between("A", "B", 1), between("B", "C", 2, ("cancel", 3))], ""),
}


@pytest.mark.parametrize("case", ROUTES)
def test_routes(case: str) -> None:
    """A route is the teams of an item's handoffs in the order in which they were first handed to, from three on."""
    path, handoffs, route = ROUTES[case]
    assert "".join(route_of(list(path), handoffs)) == route
