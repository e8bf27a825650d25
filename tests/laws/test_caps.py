"""Laws of the caps: an item is what it would be had nothing beyond them been sent, and every replay judges alike."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import event_codec as codec
from streams.engine.ports import StateStore
from streams.journeys.caps import Caps
from streams.journeys.event_conversion import stored
from streams.journeys.fold import Journeys
from streams.journeys.item_state import Item
from streams.journeys.late_arrivals import Arrival
from streams.journeys.stored_event import MOVED, OFFERED, RATED, Delivery, StoredEvent
from tests.laws.histories import AGREEMENTS, Rec, crowded, log_of
from tests.laws.machine import GENERATION, Machine, final
from tests.laws.scratch import ZONE, expected
from tests.laws.test_journeys import aged, without_arrivals, writes

TINY = Caps(moves=2, offers=1, events=6)
"""So few that random histories reach each cap, with corrections from one type to another and retractions behind it."""
Judged = dict[tuple[str, str, str, str], str]


def capped(memory: int, caps: Caps = TINY, kind: type[Journeys] = Journeys) -> Callable[[StateStore, int], Journeys]:
    """A fold with tiny caps; ``memory``: items kept unpacked."""

    def made(store: StateStore, partition: int) -> Journeys:
        return kind(store, partition, GENERATION, 400, memory, ZONE, caps)

    return made


def model(log: list[Rec], caps: Caps) -> tuple[list[Rec], dict[int, Judged]]:
    """The log without what is beyond the caps, and up to each offset what was judged, straight from the decision's words."""
    kept: dict[str, dict[tuple[str, str], StoredEvent]] = {}
    closed: dict[str, int] = {}
    judged: Judged = {}
    left: list[Rec] = []
    until: dict[int, Judged] = {}
    for record in log:
        decoded = codec.decode(record.key, record.value)
        event = stored(decoded) if record.key not in {b"clock", AGREEMENTS.encode()} else None
        reason = ""
        if event is not None:
            mine, key = kept.setdefault(decoded.subject, {}), (decoded.source, decoded.id)
            if key not in mine or event > mine[key]:
                reason = _reason(mine, key, event, caps, closed.get(decoded.subject, 0))
                closed[decoded.subject] = max(closed.get(decoded.subject, 0), 2 if reason == "events" else bool(reason))
            if reason:
                judged["beyond_cap", decoded.subject, *key] = reason
            else:
                mine[key] = max(event, mine.get(key, event))
        if not reason:
            left.append(record)
        until[record.offset] = dict(judged)
    return left, until


def _reason(
    mine: dict[tuple[str, str], StoredEvent], key: tuple[str, str], event: StoredEvent, caps: Caps, closed: int
) -> str:
    is_pair = event.code == RATED or any(e.code == RATED for e in mine.values())
    if key not in mine and (closed == 2 or (len(mine) >= caps.events and not is_pair)):
        return "events"
    live = {k for k, e in mine.items() if e.code in {MOVED, OFFERED} and not e.deleted}
    if event.deleted or event.code not in {MOVED, OFFERED} or key in live:
        return ""
    if event.code == MOVED:
        return "moves" if closed or sum(e.code == MOVED for e in mine.values()) >= caps.moves else ""
    assert type(event.body) is Delivery
    name = event.body.handoff
    offers = sum(type(e.body) is Delivery and e.code == OFFERED and e.body.handoff == name for e in mine.values())
    return "offers" if closed or offers >= caps.offers else ""


def holds(rng: Random, caps: Caps = TINY, crashes: int = 3, kind: type[Journeys] = Journeys) -> bool:
    """Whether at every W of a random history an item is what is left makes of it, and the verdicts are the model's."""
    log = log_of(crowded(rng))
    left, until = model(log, TINY)
    machine = Machine(log, rng, crashes, fold_of=capped(rng.choice((1, 1000)), caps, kind)).drive()
    offsets = {tick.w: tick.offset for what, _, tick in machine.outbox.log if what == "mark"}  # type: ignore[attr-defined]  # a mark's third is its tick
    want = {w: without_arrivals(published) for w, published in expected(left).items()}
    return {w: without_arrivals(seen) for w, seen in final(machine).items()} == {
        w: holding | until[offsets[w]] for w, holding in want.items()
    }


@given(st.integers(0, 2**32).map(Random))
@settings(max_examples=200, deadline=None)
@pytest.mark.guard("one item")
def test_an_item_is_what_it_would_be_without_what_is_beyond(rng: Random) -> None:
    """At every W, through crashes: facts and contributions as if that had never been sent, and a verdict for each of it."""
    assert holds(rng)


def test_histories_reach_every_cap_and_without_them_differ() -> None:
    """Negative control: without caps some histories show otherwise; with them all three reasons occur many times."""
    assert not all(holds(Random(seed), Caps(), crashes=0) for seed in range(20))
    reasons = [reason for seed in range(40) for reason in model(log_of(crowded(Random(seed))), TINY)[1].popitem()[1].values()]
    assert all(reasons.count(reason) > 5 for reason in ("moves", "offers", "events"))


@given(st.integers(0, 2**32).map(Random))
@settings(max_examples=100, deadline=None)
def test_the_value_at_a_version_is_always_the_same(rng: Random) -> None:
    """Whatever batches and crashes, over years of append time, verdicts beyond a cap included."""
    log = aged(crowded(rng), rng)
    calm = Machine(log, Random(0), 0, fold_of=capped(1000)).drive()
    stormy = Machine(log, rng, 8, fold_of=capped(1)).drive()
    assert writes(stormy) == writes(calm)
    assert stormy.store.pairs == calm.store.pairs


class Forgetful(Journeys):
    """Wrong on purpose: which caps an item has reached is told by what it has now."""

    def _take_in(self, item: Item, arrivals: list[Arrival], w: int) -> bool:
        item.full = 0
        return super()._take_in(item, arrivals, w)


@pytest.mark.control("one item")
def test_a_place_that_becomes_free_breaks_the_law() -> None:
    """Negative control: where a retraction makes room again, what was refused before and comes again is caught."""
    found = [holds(Random(seed), crashes=0, kind=Forgetful) for seed in range(100)]
    assert not all(found)
