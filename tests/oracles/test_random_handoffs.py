"""The rules of moves in random histories of one item: the fold's handoffs are those of the independent count."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.fields import from_ms
from streams.journeys.implicit_handoffs import ImplicitHandoffs, implicit_handoffs
from streams.journeys.stored_event import REJECTED, STATUSES, Moved, OrderedEvent, StatusSet
from tests.oracles.independent_handoffs import Event, Found, handoffs, in_vain
from tests.unit.streams.rows import MINUTE, T0, moved, rows, status
from tests.unit.streams.rows import Event as Stored

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
            more: dict[str, Any] = {"to": rng.choice((None, None, *TEAMS))} if word == "returned" else {}
            if rng.random() < 0.3:
                more["since"] = from_ms(T0 + rng.randrange(12) * MINUTE)
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
            found.append(Event(time, sequence, 1, source, id_, word, body.to or None, body.since if body.since >= 0 else None))
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
    """Whatever moves, ends, reopens and rejections an item has, both counts find the same handoffs, and rejections in vain."""
    ordered = history(rng)
    found = implicit_handoffs(ordered)
    assert by_fold(found) == handoffs(told(ordered))
    assert found.anomalies.keys() == in_vain(told(ordered))


def unheard(ordered: list[OrderedEvent]) -> list[int]:
    """Which rejections neither change a handoff nor are told; said again without ``since`` they are the ones before."""
    found, last = [], -1
    for number, row in enumerate(ordered):
        *_, event = row
        body = event.body
        if not isinstance(body, StatusSet):
            continue
        again, last = last == REJECTED and body.since < 0, body.status
        if body.status != REJECTED or again:
            continue
        # A reason of its own, or one that gives the reason of a return alone would change nothing that shows.
        why = replace(event, body=replace(body, reason="of its own"))
        other = replace(event, body=StatusSet(STATUSES.index("waiting")))
        with_it, without = (implicit_handoffs([*ordered[:number], (*row[:5], e)]) for e in (why, other))
        if (with_it.handoffs == without.handoffs) != (len(with_it.anomalies) > len(without.anomalies)):
            found.append(number)
    return found


@given(st.randoms(use_true_random=False))
@settings(max_examples=700, deadline=None)
@pytest.mark.guard("moves")
def test_no_rejection_is_unheard(rng: Random) -> None:
    """What a status *returned* does not change is told by a verdict, and what has a verdict changes nothing."""
    assert unheard(history(rng)) == []


@pytest.mark.control("moves")
def test_without_verdicts_rejections_are_unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: of the same histories many hold one that nothing comes of."""
    reject = ImplicitHandoffs._reject
    monkeypatch.setattr(ImplicitHandoffs, "_reject", lambda *args: reject(*args) or True)
    rng = Random(31)
    assert sum(bool(unheard(history(rng))) for _ in range(400)) > 40


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
