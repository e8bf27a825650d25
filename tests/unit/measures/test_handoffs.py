"""A handoff's numbers, rule by rule (metrics W1-W7, T3)."""

from typing import Any

import pytest

from tests.unit.measures.lives import DAY, at, fact

OFFER, ACCEPT = ("offer", 10), ("accept", 20)
PASSES: dict[str, tuple[list[tuple[Any, ...]], bool | None, bool | None]] = {
    "undecided": ([OFFER], None, None),
    "accepted": ([OFFER, ACCEPT], True, True),
    "returned": ([OFFER, ("return", 20)], False, False),
    "returned, then accepted": ([OFFER, ("return", 20), ("offer", 30), ("accept", 40)], False, False),
    "returned 14 days after acceptance": ([OFFER, ACCEPT, ("return", 20 + 14 * DAY)], False, False),
    "returned later than that": ([OFFER, ACCEPT, ("return", 20 + 14 * DAY + 0.001)], True, True),
    "repaired by the customer": ([OFFER, ("accept", 20, 30)], True, False),
    "no minutes of repair": ([OFFER, ("accept", 20, 0)], True, True),
    "cancelled before any decision": ([OFFER, ("cancel", 15)], None, None),
    "cancelled after acceptance": ([OFFER, ACCEPT, ("cancel", 30)], True, True),
    "passed on": ([OFFER, ("pass", 20)], None, None),
    "returned, then passed on": ([OFFER, ("return", 20), ("offer", 30), ("pass", 40)], None, None),
    "passed on, then rejected": ([OFFER, ("pass", 20), ("return", 30)], False, False),
}


@pytest.mark.parametrize("case", PASSES)
def test_first_pass_and_complete(case: str) -> None:
    """First pass: accepted at first and not returned within 14 days; complete and accurate: and not repaired either."""
    steps, passed, complete = PASSES[case]
    found = fact(*steps)
    assert (found.first_pass, found.complete_accurate) == (passed, complete)
    assert found.void == (case == "cancelled before any decision")


DUE = 100
SLAS: dict[str, tuple[list[tuple[Any, ...]], dict[str, Any], str]] = {
    "nobody says when": ([OFFER, ACCEPT], {}, "unknown"),
    "nobody says when, and void": ([OFFER, ("cancel", 11)], {}, "void"),
    "due is not before W": ([OFFER, ACCEPT], {"due": DUE, "w": DUE}, "future"),
    "due has passed W": ([OFFER, ACCEPT], {"due": DUE, "w": DUE + 0.001}, "hit"),
    "offered at the very moment": ([("offer", DUE), ("accept", 200)], {"due": DUE}, "hit"),
    "offered too late": ([("offer", DUE + 0.001), ("accept", 200)], {"due": DUE}, "miss"),
    "offered in time, undecided": ([OFFER], {"due": DUE}, "pending"),
    "offered late, undecided": ([("offer", 101)], {"due": DUE}, "miss"),
    "accepted late counts for the supplier": ([OFFER, ("accept", 500)], {"due": DUE}, "hit"),
    "passed on in time": ([OFFER, ("pass", 20)], {"due": DUE}, "void"),
    "passed on, delivered late": ([("offer", 101), ("pass", 120)], {"due": DUE}, "miss"),
    "passed on, not due yet": ([OFFER, ("pass", 20)], {"due": DUE, "w": DUE}, "future"),
    "passed on, nobody says when": ([OFFER, ("pass", 20)], {}, "unknown"),
    "never delivered": ([], {"due": DUE, "requested": 1}, "miss"),
    "returned, redelivered in time": ([OFFER, ("return", 20), ("offer", 90), ("accept", 300)], {"due": DUE}, "hit"),
    "returned, redelivered late": ([OFFER, ("return", 20), ("offer", 110), ("accept", 300)], {"due": DUE}, "miss"),
    "returned after acceptance": ([OFFER, ACCEPT, ("return", 500)], {"due": DUE}, "miss"),
    "cancelled at due": ([OFFER, ("cancel", DUE)], {"due": DUE}, "void"),
    "cancelled before W and due": ([OFFER, ("cancel", 50)], {"due": DUE, "w": 60}, "void"),
    "cancelled after due without acceptance": ([OFFER, ("cancel", DUE + 1)], {"due": DUE}, "miss"),
    "cancelled after acceptance and due": ([OFFER, ACCEPT, ("cancel", 300)], {"due": DUE}, "hit"),
    "agreed hours after the supplier got it": ([OFFER, ACCEPT], {"hours": 1, "w": 60.001}, "hit"),
    "agreed hours, missed": ([("offer", 61), ("accept", 62)], {"hours": 1}, "miss"),
    "its own due time before agreed hours": ([("offer", 61), ("accept", 62)], {"hours": 1, "due": DUE}, "hit"),
}


@pytest.mark.parametrize("case", SLAS)
def test_where_it_stands(case: str) -> None:
    """The state of a handoff at W follows T3: the offer's time counts, and only of the accepted one."""
    steps, how, sla = SLAS[case]
    assert fact(*steps, **how).sla == sla


def test_who_says_when_it_is_due() -> None:
    """Its first event, else the agreement, else nobody; another due time on a redelivery is counted and ignored."""
    assert (fact(OFFER, due=DUE).due_at, fact(OFFER, due=DUE).due_from) == (at(DUE), "event")
    assert (fact(OFFER, hours=2).due_at, fact(OFFER, hours=2).due_from) == (at(120), "agreement")
    assert (fact(OFFER).due_at, fact(OFFER).due_from) == (None, None)
    changed = fact(("offer", 1, DUE), ("return", 2), ("offer", 3, DUE + 5), ("return", 4), ("offer", 5), due=DUE)
    assert (changed.due_at, changed.due_changes) == (at(DUE), 1)


MINUTES: dict[str, tuple[list[tuple[Any, ...]], int | None]] = {
    "nothing reported": ([OFFER, ("return", 20)], None),
    "none needed": ([OFFER, ("return", 20, "defect", 0)], 0),
    "returns add up": ([OFFER, ("return", 20, "x", 60), OFFER, ("return", 30, "x", 180), OFFER, ("accept", 40)], 240),
    "repairs count too": ([OFFER, ("return", 20, "x", 60), OFFER, ("accept", 40, 15)], 75),
    "at most 40 hours": ([OFFER, ("return", 20, "x", 9000)], 2400),
}


@pytest.mark.parametrize("case", MINUTES)
def test_rework_minutes(case: str) -> None:
    """Minutes of returns and repairs, at most 40 hours a handoff; what nobody reported is unknown, not zero."""
    steps, minutes = MINUTES[case]
    assert fact(*steps).rework_minutes == minutes
