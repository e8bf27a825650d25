"""The rules of moves in random histories of one item: the fold's handoffs are those of the independent count."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.journeys.implicit_handoffs import ImplicitHandoffs, implicit_handoffs
from streams.journeys.stored_event import STATUSES, Moved, OrderedEvent, StatusSet
from tests.oracles.independent_handoffs import Event, Found, handoffs
from tests.unit.streams.rows import Event as Stored
from tests.unit.streams.rows import moved, rows, status

TEAMS = ("A", "B", "C", "D")
WORDS = ("queued", "working", "waiting", "returned", "returned", "resolved", "closed")


def history(rng: Random) -> list[OrderedEvent]:
    """Moves and statuses of one item; many at one moment, the place in the source deciding. Some never tell of work."""
    words = [word for word in WORDS if word != "working" or rng.random() < 0.7]
    found: list[Stored] = []
    for number in range(rng.randrange(1, 14)):
        at, parts = rng.randrange(12), {"id": str(number), "sequence": rng.randrange(3)}
        if rng.random() < 0.55:
            to, origin = rng.choice((*TEAMS, None)), rng.choice((None, None, "A"))
            found.append(moved(at, to, origin, **parts))
        else:
            word = rng.choice(words)
            more = {"to": rng.choice((None, None, *TEAMS))} if word == "returned" else {}
            if rng.random() < 0.2:
                more["since"] = "2026-03-02T09:00:00Z"
            found.append(status(at, word, **more, **parts))
    return rows(*found)


def told(ordered: list[OrderedEvent]) -> list[Event]:
    """The same for the independent count."""
    found = []
    for time, sequence, _, source, id_, event in ordered:
        body = event.body
        if isinstance(body, Moved):
            found.append(Event(time, sequence, 0, source, id_, body.origin or None, body.to or None))
        else:
            assert isinstance(body, StatusSet)
            word = STATUSES[body.status]
            found.append(Event(time, sequence, 1, source, id_, word, body.to or None, body.since >= 0))
    return found


def by_fold(found: ImplicitHandoffs) -> list[Found]:
    """The fold's handoffs in the same shape."""
    return [
        Found(
            (h.source, h.id),
            h.supplier,
            h.customer,
            [(o.offered_at, o.accepted_at, o.passed_on_at, o.returned_at) for o in h.offers],
        )
        for h in found.handoffs
    ]


@given(st.randoms(use_true_random=False))
@settings(max_examples=1500, deadline=None)
@pytest.mark.guard("moves")
def test_every_history_has_the_independently_counted_handoffs(rng: Random) -> None:
    """Whatever moves, ends, reopens and rejections an item has, both counts find the same handoffs."""
    ordered = history(rng)
    assert by_fold(implicit_handoffs(ordered)) == handoffs(told(ordered))


@pytest.mark.control("moves")
def test_the_histories_hold_what_they_are_for() -> None:
    """Negative control: without each of the rules the same histories give other handoffs, so each of them is met."""
    rng = Random(29)
    every = [told(history(rng)) for _ in range(400)]
    whole = [handoffs(events) for events in every]
    silent = [[e for e in events if e.word != "working"] for events in every]
    alive = [[e for e in events if e.word not in {"resolved", "closed"}] for events in every]
    gentle = [[e for e in events if e.word != "returned"] for events in every]
    for without in (silent, alive, gentle):
        assert sum(handoffs(events) != mine for events, mine in zip(without, whole, strict=True)) > 40
