"""An item with many moves costs what changes, and an automation's endless loop leaves the others' numbers alone."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import repeat

import pytest

from measures import handoffs
from schemas.record_codec import decode_contribution, decode_fact
from schemas.structs.fact_records import ItemRecord, VerdictRecord
from schemas.topics import CONTRIBUTIONS, FACTS
from streams.engine.memory_store import MemoryStore
from streams.engine.ports import Tick
from streams.journeys import item_fold
from streams.journeys.caps import CAPS
from streams.journeys.fold import Journeys
from streams.journeys.late_arrivals import Arrival
from tests.unit.streams.long_items import MINUTE, SHAPES, T0, events, fold, moved, published, size

LOOP = 100_000


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.guard("one item")
def test_bytes_grow_with_the_moves(shape: str) -> None:
    """Twice the moves, about twice the bytes of contributions; in the old way, whole scopes each time, four times."""
    one, two = (published(fold(), events(SHAPES[shape], moves)) for moves in (100, 200))
    assert two.bytes_of[CONTRIBUTIONS] / one.bytes_of[CONTRIBUTIONS] < 2.2
    # Negative control: the same entries put together as they were before.
    assert two.whole / one.whole > 3.5


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.guard("one item")
def test_an_item_with_two_hundred_moves_publishes_a_tenth(shape: str) -> None:
    """Of contributions, against the old way, computed from the same fold."""
    found = published(fold(), events(SHAPES[shape], 200))
    assert found.whole > 10 * found.bytes_of[CONTRIBUTIONS]


def asked_for(journeys: Iterable[Journeys], arrivals: Iterable[Arrival], monkeypatch: pytest.MonkeyPatch) -> int:
    """How often it is asked how far a handoff has come, when each event is taken by the next of these folds."""
    asked: Counter[str] = Counter()

    def counting(handoff: handoffs.HandoffState, w: int, hours: int | None) -> None:
        asked[handoff.id] += 1
        handoffs.as_of(handoff, w, hours)

    monkeypatch.setattr(item_fold, "as_of", counting)
    for offset, (journey, one) in enumerate(zip(journeys, arrivals, strict=False)):
        list(journey.close([one], Tick(one.event.time + 1, offset, one.append_ms)))
    return asked.total()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.guard("one item")
def test_an_event_looks_at_what_it_touches(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fold that goes on asks for handoffs where something may have moved, not for each there is."""
    all_of_it = list(events(SHAPES[shape], 200))
    assert 0 < asked_for(repeat(fold()), all_of_it, monkeypatch) <= 2 * len(all_of_it)


@pytest.mark.control("one item")
def test_looking_at_everything_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: folds from the first event, as after a restart each time, ask for every handoff there is."""

    def restarted() -> Iterator[Journeys]:
        store = MemoryStore()
        while True:
            yield (journeys := Journeys(store, 0, 1, 400, 1))
            store.save(journeys.changes(), b"")

    arrivals = list(events(SHAPES["three teams that hand on"], 50))
    assert asked_for(restarted(), arrivals, monkeypatch) > 10 * len(arrivals)


def looping(count: int, fold_of: Journeys) -> tuple[Counter[str], Counter[str], set[str]]:
    """A loop of moves between two teams, a thousand in a cut, and in each cut another item handed between the same two.

    Gives records and bytes by kind, and the other items of which a first pass was given to the pair.
    """
    records: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    passed: set[str] = set()
    for first in range(0, count, 1000):
        cut = [moved("loop", number, number % 2) for number in range(first, first + 1000)]
        # Handed from the first team to the second and on to a third, so that its first handoff is decided.
        cut += [moved(f"other-{first}", first + n, n) for n in range(3)]
        for record in fold_of.close(cut, Tick(T0 + (first + 1000) * MINUTE, first, T0)):
            kind = "contribution" if record.topic == CONTRIBUTIONS else type(decode_fact(record.value)).__name__
            records[kind] += 1
            sizes[kind] += size(record)
            if record.topic == CONTRIBUTIONS:
                given = decode_contribution(record.value)
                if given.parts == ["team-0", "team-1"] and any(entry.field == "pass" for entry in given.entries):
                    passed.add(given.subject)
    return records, sizes, passed


@pytest.mark.guard("one item")
def test_an_endless_loop_leaves_the_others_alone() -> None:
    """A hundred thousand moves of one item: 200 count, the rest are verdicts, the pair's other handoffs go on being told."""
    journeys = fold()
    records, sizes, passed = looping(LOOP, journeys)
    assert records[VerdictRecord.__name__] == LOOP - CAPS.moves
    assert {f"other-{first}" for first in range(0, LOOP, 1000)} <= passed
    assert records[ItemRecord.__name__] == 1 + LOOP // 1000
    assert sizes[VerdictRecord.__name__] < 300 * LOOP
    assert sizes["contribution"] < 10 * LOOP
    # Memory: what is kept of the looping item, unpacked in memory and packed in the state.
    ((key, packed),) = [(k, v) for k, v in journeys.changes().items() if v is not None and k == b"iloop"]
    assert len(packed) < 100 * CAPS.moves, key
    assert journeys.counters["beyond_cap"] == LOOP - CAPS.moves


@pytest.mark.guard("one item")
def test_bytes_of_a_loop_are_linear() -> None:
    """Twice the loop, twice the bytes."""
    (_, one, _), (_, two, _) = (looping(count, fold()) for count in (10_000, 20_000))
    assert 1.9 < two.total() / one.total() < 2.1


@pytest.mark.control("one item")
def test_a_loop_without_caps_grows_and_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: where everything is kept, the item's fact alone is twice as long with twice the moves."""
    lengths = []
    for count in (1_000, 2_000):
        journeys = Journeys(MemoryStore(), 0, 1, 400, 100, caps=CAPS._replace(moves=10**9, events=10**9))
        arrivals: list[Arrival] = [moved("loop", number, number % 2) for number in range(count)]
        out = list(journeys.close(arrivals, Tick(T0 + count * MINUTE, count, T0)))
        (fact,) = [decode_fact(r.value) for r in out if r.topic == FACTS and r.key.startswith(b"item")]
        assert isinstance(fact, ItemRecord) and fact.body is not None
        lengths.append(len(fact.body.path))
    assert lengths == [1_000, 2_000]
