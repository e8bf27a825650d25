"""What arrived, by source and pane (metrics D1), and what external customers said."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from schemas.fields import from_ms
from schemas.timestamps import DAY_MS
from tests.unit.streams.journeys import HOUR, T0, Desk

PANE = 300_000
OFFER = {"handoff": "h", "supplier": "A", "customer": "B", "deliverable": "work"}


def counts(desk: Desk) -> dict[int, dict[str, int]]:
    """Counts by pane, in panes after the first."""
    first = (T0 + 1000 * HOUR) // PANE
    return {fact.pane // PANE - first: fact.counts for fact in desk.of("intake")}


def test_every_word_of_the_count() -> None:
    """Received is every record; duplicate and stale changed nothing; late and future are judged by the W of the time."""
    desk = Desk()
    desk.moved("X", 1, "A", id="a")
    desk.moved("X", 1, "A", id="a")
    desk.tick(2)
    desk.moved("X", 1.5, "B", id="a", revision=2)
    desk.moved("X", 1.5, "C", id="a", revision=1)
    desk.event("item.moved", "X", 1.5, None, id="b", deleted=True)
    desk.moved("X", 3, "B", id="c")
    desk.moved("X", 40, "B", id="d")
    desk.tick(4)
    assert counts(desk) == {
        0: {"received": 7, "duplicate": 1, "corrected": 1, "stale": 1, "retracted": 1, "late": 2, "future": 1}
    }
    (entries,) = [entries for key, entries in desk.contributions.items() if key[0] == "source"]
    assert {e.field: e.amount for e in entries} == counts(desk)[0]
    assert desk.fold.counters == {word: n for word, n in counts(desk)[0].items() if word not in {"late", "future"}}


def test_panes_are_of_append_time_and_survive_a_restart() -> None:
    """A pane grows until append time leaves it, whatever restarts come between; a tick without arrivals sends nothing."""
    desk = Desk()
    desk.moved("X", 1, "A", id="a")
    desk.tick(2)
    desk.restart()
    desk.moved("X", 1, "A", id="b")
    desk.tick(3)
    desk.append_ms += PANE
    desk.moved("X", 1, "A", id="c")
    desk.tick(4)
    assert counts(desk) == {0: {"received": 2, "late": 1}, 1: {"received": 1, "late": 1}}
    desk.tick(5)
    assert desk.sent == []


def test_what_is_judged_is_counted() -> None:
    """Anomalies and a supplier's ratings of itself count from when they were judged, in the pane of that time, for good."""
    desk = Desk()
    desk.rated(1, "m", team="A")
    desk.rated(1, "x", team="C")
    desk.event("handoff.accepted", "X", 5, {"handoff": "h"}, id="early")
    desk.tick(2)
    desk.append_ms += PANE
    desk.tick(6)
    assert counts(desk) == {0: {"received": 3, "self_rating": 1, "anomaly": 1}, 1: {"anomaly": 1}}
    desk.event("handoff.accepted", "X", 5, None, id="early", deleted=True, revision=1)
    desk.restart()
    desk.tick(7)
    assert counts(desk)[1]["anomaly"] == 1 and ("anomaly", "X", "desk", "early") not in desk.facts


def test_what_comes_too_late_is_counted() -> None:
    """Events of a forgotten item are received and too late, and nothing else."""
    desk = Desk()
    desk.moved("X", 1, "A")
    desk.event("item.status", "X", 2, {"status": "closed"})
    desk.tick(3)
    desk.append_ms += 402 * 86_400_000
    desk.tick(4)
    desk.restart()
    desk.moved("X", 3, "B")
    desk.tick(5)
    assert desk.facts["too_late", "X", "desk", "item.moved@3"].reason == "item_forgotten"
    assert list(counts(desk).values())[-1] == {"received": 1, "too_late": 1}


def test_what_was_only_handed_over_is_forgotten_too() -> None:
    """An item without status ends with its last handoff; one with an open handoff never does."""
    desk = Desk()
    for item in ("X", "Y"):
        body = {"handoff": "h", "supplier": "A", "customer": "B", "deliverable": "work"}
        desk.event("handoff.offered", item, 1, body)
        desk.event("handoff.accepted", item, 2, {"handoff": "h"})
    desk.event("handoff.completed", "X", 3, {"handoff": "h"})
    desk.tick(4)
    desk.append_ms += 402 * 86_400_000
    desk.tick(5)
    assert desk.fold.counters["forgotten"] == 1
    desk.restart()
    assert [key for key in desk.store.pairs if key[:1] == b"i"] == [b"iY"]


FAR = "9999-12-31T23:59:59Z"
TELLERS: dict[str, Callable[[Desk, datetime], None]] = {
    "a move": lambda desk, due: desk.event("item.moved", "X", 2, {"to": "B", "due": due}),
    "an offer": lambda desk, due: desk.event("handoff.offered", "X", 2, OFFER | {"due": due}),
    "a request": lambda desk, due: desk.event("handoff.requested", "X", 2, OFFER | {"due": due}),
    "an agreement": lambda desk, due: desk.agreed(0, (due - from_ms(T0 + 2 * HOUR)) // timedelta(hours=1)),
}
"""Who may say when something is due."""


def closed_item(teller: str, due: datetime) -> Desk:
    """An item that went from A to B and was closed, due as it is told, and 402 days later."""
    desk = Desk()
    desk.moved("X", 1, "A")
    TELLERS[teller](desk, due)
    if teller == "an agreement":
        desk.event("handoff.offered", "X", 2, OFFER)
    desk.event("item.status", "X", 3, {"status": "closed"})
    desk.tick(4)
    desk.append_ms += 402 * DAY_MS
    desk.tick(5)
    return desk


@pytest.mark.parametrize("teller", TELLERS)
@pytest.mark.guard("forgotten items")
def test_a_due_time_that_means_none_keeps_no_closed_item(teller: str) -> None:
    """More than 400 days ahead a due time is none, whoever says it: the item is forgotten, its handoff counts as unknown."""
    far = datetime(2035, 1, 1, tzinfo=UTC) if teller == "an agreement" else datetime.fromisoformat(FAR)
    desk = closed_item(teller, far)
    assert desk.fold.counters["forgotten"] == 1
    assert [(found.due_at, found.sla) for found in desk.of("handoff")] == [(None, "unknown")]
    desk.restart()
    assert not any(key[:1] in {b"i", b"t"} for key in desk.store.pairs)


@pytest.mark.parametrize("teller", TELLERS)
@pytest.mark.control("forgotten items")
def test_a_due_time_that_may_come_keeps_it(teller: str) -> None:
    """Negative control: due 400 days after the event that says so an item is awaited, closed or not, and then judged."""
    desk = closed_item(teller, from_ms(T0 + 2 * HOUR + 400 * DAY_MS))
    assert desk.fold.counters["forgotten"] == 0
    assert [found.sla for found in desk.of("handoff")] == ["future"]
    desk.tick(2 + 400 * 24 + 1)
    assert desk.of("handoff")[0].sla != "future"
    desk.append_ms += DAY_MS
    desk.tick(2 + 400 * 24 + 2)
    assert desk.fold.counters["forgotten"] == 1


EVENTS_ALONE = [teller for teller in TELLERS if teller != "an agreement"]


@pytest.mark.parametrize("due", ["1970-01-01T00:00:00Z", "1970-01-01T00:00:01+01:00", "1900-01-01T00:00:00Z"])
@pytest.mark.parametrize("teller", EVENTS_ALONE)
@pytest.mark.guard("forgotten items")
def test_a_due_time_long_before_its_event_misses_nothing(teller: str, due: str) -> None:
    """What tools write where nobody has set one, at the beginning of time as at its end: the handoff counts as unknown."""
    found = closed_item(teller, datetime.fromisoformat(due)).of("handoff")
    assert [(body.due_at, body.sla) for body in found] == [(None, "unknown")]


@pytest.mark.parametrize("teller", EVENTS_ALONE)
@pytest.mark.control("forgotten items")
def test_a_due_time_that_has_passed_is_missed(teller: str) -> None:
    """Negative control: 400 days before the event that says so it is a due time, and was not kept."""
    due = T0 + 2 * HOUR - 400 * DAY_MS
    assert [(body.due_at, body.sla) for body in closed_item(teller, from_ms(due)).of("handoff")] == [(due, "miss")]
    (body,) = closed_item(teller, from_ms(due - 1)).of("handoff")
    assert (body.due_at, body.sla) == (None, "unknown")


@pytest.mark.parametrize("due", [FAR, "1970-01-01T00:00:00Z"])
def test_a_due_time_that_means_none_leaves_it_to_the_agreement(due: str) -> None:
    """Whoever writes 9999-12-31, or 1970-01-01, has said nothing: the hours agreed hold."""
    desk = Desk()
    desk.agreed(0, 10)
    desk.moved("X", 1, "A")
    desk.event("item.moved", "X", 2, {"to": "B", "due": datetime.fromisoformat(due)})
    desk.tick(4)
    (found,) = desk.of("handoff")
    assert (found.due_at, found.due_from) == (T0 + 11 * HOUR, "agreement")


def test_a_forgotten_item_asks_no_more() -> None:
    """With the item its place in the index of agreements goes: a new agreement folds nothing."""
    desk = Desk()
    desk.moved("X", 1, "A")
    desk.moved("X", 2, "B")
    desk.event("item.status", "X", 2, {"status": "closed"})
    desk.tick(3)
    desk.restart()
    assert any(key[:1] == b"c" for key in desk.store.pairs)
    desk.append_ms += 402 * 86_400_000
    desk.tick(4)
    desk.agreed(1, 1)
    desk.tick(5)
    assert desk.sent == []
    desk.restart()
    assert not any(key[:1] == b"c" for key in desk.store.pairs)


def test_the_external_outcome() -> None:
    """Of deliveries and answers the last holds, complaints and defects are counted, and they make no item fact."""
    desk = Desk()
    desk.event("outcome.delivered", "X", 1, {"on_time": True})
    desk.event("outcome.surveyed", "X", 2, {"csat": 5})
    desk.event("outcome.surveyed", "X", 3, {"csat": 2})
    desk.event("outcome.complained", "X", 4, {})
    desk.event("outcome.escaped", "X", 5, {})
    desk.event("outcome.complained", "X", 6, {})
    desk.tick(7)
    (found,) = desk.of("outcome")
    assert (found.delivered_at, found.on_time, found.csat, found.complaints, found.defects) == (T0 + HOUR, True, 2, 2, 1)
    assert desk.of("item") == []
    desk.moved("X", 8, "A")
    desk.tick(9)
    assert (desk.of("item")[0].events, len(desk.of("outcome"))) == (1, 1)
