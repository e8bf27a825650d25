"""Laws of the whole: events through both stages show the fold of the cut at every W, however many partitions there are.

Each partition has a worker of its own, which goes on from its last save after each crash, as does another that takes it over.
"""

import zlib
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.keys import scope_partition_key
from schemas.record_codec import decode_contribution, encode_record
from schemas.structs.contributions import Entry
from schemas.structs.watermarks import Watermark
from streams.engine.ports import StateStore
from streams.journeys.fold import Journeys
from tests.laws.histories import STEP, T0, Rec, history, key_of, log_of
from tests.laws.machine import GENERATION, Machine
from tests.laws.scratch import CONTRIBUTION, ZONE, expected
from tests.laws.two_stages import Given, ScoresMachine, Stream, Table, joined, places, tables_of

HISTORIES = 100
BROADCAST = {"clock", "agreement"}
Records = list[tuple[str, bytes]]
Machines = list[ScoresMachine]


def wanted(records: Records) -> dict[int, Table]:
    """The rows that must hold at each W: facts from scratch, their entries, sums, measures; nothing of the stream's."""
    given: dict[int, list[Given]] = {}
    for w, holds in expected(log_of(records)).items():
        live = [(key, entries) for key, entries in holds.items() if key[0] == CONTRIBUTION]
        given[w] = [(key[1], key[2:-1], [entry(*told) for told in entries]) for key, entries in live]
    return tables_of(given)


def entry(at: int, field: str, key: str, amount: int) -> Any:
    """An entry."""
    return Entry(at=at, field=field, key=key, amount=amount)


APPENDED = T0 + 1000 * STEP
"""When a history begins to arrive, in ms: after all that happened in it."""


def split(records: Records, count: int, appended: int) -> list[list[Rec]]:
    """The logs of ``count`` events partitions: each record as late as in one log, broadcast ones in every partition."""
    logs: list[list[Rec]] = [[] for _ in range(count)]
    for number, (key, value) in enumerate(records):
        mine = zlib.crc32(key.encode()) % count
        for partition in range(count) if key in BROADCAST else (mine,):
            logs[partition].append(Rec(len(logs[partition]), appended + number, key_of(key), value))
    return logs


def folded(partition: int) -> Callable[[StateStore, int], Journeys]:
    """The journeys of one partition, with a tiny memory."""
    return lambda store, _: Journeys(store, partition, GENERATION, 400, 1, time_zone=ZONE)


def written(machine: Machine, partition: int, count: int, told: Callable[[bytes], bool]) -> Stream:
    """What a partition's worker wrote to the contributions, crashes and all; ``told``: what arrives of it."""
    stream: Stream = []
    of = {"partition": partition, "partitions": count, "target": 0, "targets": 1}
    for what, _, value in machine.outbox.log:
        if what == "contribution" and told(value):  # type: ignore[arg-type]  # a record's third is its value
            record = decode_contribution(value)  # type: ignore[arg-type]  # a record's third is its value
            stream.append((scope_partition_key(record.scope, record.parts), value))  # type: ignore[arg-type]  # a record's third is its value
        elif what == "mark":
            mark = Watermark(generation=GENERATION, w=value.w, offset=value.offset, **of)  # type: ignore[attr-defined]  # a mark's third is its tick
            stream.append((None, encode_record(mark)))
    return stream


def through(
    records: Records,
    rng: Random,
    events: int,
    contributions: int,
    crashes: int = 4,
    told: Callable[[bytes], bool] = lambda _value: True,
    appended: int = APPENDED,
) -> Machines:
    """Both stages over a history; each partition of either is a worker of its own."""
    first = [Machine(log, rng, crashes, fold_of=folded(p)).drive() for p, log in enumerate(split(records, events, appended))]
    streams = [written(machine, p, events, told) for p, machine in enumerate(first)]
    logs = places(rng, contributions, streams)
    return [ScoresMachine(log, rng, crashes, p, contributions).drive() for p, log in enumerate(logs)]


def seen(machines: Iterable[ScoresMachine]) -> tuple[dict[int, Table], dict[int, Table]]:
    """What all partitions show, at once and at the end."""
    at_once, at_last = zip(*(machine.tables() for machine in machines), strict=True)
    return joined(at_once), joined(at_last)


@pytest.mark.parametrize(("events", "contributions"), [(1, 1), (1, 3), (3, 1), (3, 6), (6, 3), (6, 6)])
@given(rng=st.integers(0, 2**32).map(Random))
@settings(max_examples=HISTORIES, deadline=None)
def test_any_partition_counts_show_the_fold_of_the_cut(events: int, contributions: int, rng: Random) -> None:
    """For 1, 3, 6 partitions of events and of contributions, each W shows the fold of its cut, at once and at the end."""
    records = history(rng)
    want = wanted(records)
    assert seen(through(records, rng, events, contributions)) == (want, want)


@given(rng=st.integers(0, 2**32).map(Random))
@settings(max_examples=HISTORIES, deadline=None)
def test_another_order_of_arrival_shows_the_same_at_the_end(rng: Random) -> None:
    """Permuted and doubled, the same events show the same current rows at the last W."""
    records = history(rng)
    last = records[-1]
    shuffled = [record for record in records if record[0] != "clock"] * 2
    rng.shuffle(shuffled)
    w = max(expected(log_of(records)))
    ends = [tables_of_last(some, w) for some in ([*(r for r in records if r[0] != "clock"), last], [*shuffled, last])]
    once = seen(through([*shuffled, last], rng, 3, 1))[1][w]
    assert {k: v for k, v in once.items() if k[0] != "source"} == ends[0] == ends[1]


def tables_of_last(records: Records, w: int) -> Table:
    """The rows at the only W of a history, but those of sources: what arrives twice is counted twice."""
    return {key: row for key, row in wanted(records)[w].items() if key[0] != "source"}


def withdrawn(value: bytes) -> bool:
    """Whether a record takes a contribution away."""
    return not decode_contribution(value).live


def test_a_fact_that_leaves_a_scope_without_withdrawal_breaks_the_law() -> None:
    """Negative control: when nobody says that a contribution has left its scope, some history shows other numbers."""
    found = []
    for seed in range(HISTORIES):
        records = history(Random(seed))
        want = wanted(records)
        found.append(seen(through(records, Random(seed), 1, 1, told=lambda value: not withdrawn(value))) == (want, want))
    assert not all(found)


def test_the_histories_of_the_control_hold() -> None:
    """The same histories with their withdrawals hold, and some of them have withdrawals."""
    took = 0
    for seed in range(HISTORIES):
        records = history(Random(seed))
        want = wanted(records)
        assert seen(through(records, Random(seed), 1, 1)) == (want, want)
        took += any(table for table in want.values())
    assert took > HISTORIES // 2
