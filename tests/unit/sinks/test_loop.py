"""The sink's promise: whatever the batches, crashes and retries, the tables end up the same."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.records import PartitionRecord, TopicPartition
from runtime.retry import AsyncRetry
from schemas.errors import Retry
from schemas.topics import EVENTS, FACTS
from sinks.batch_blocks import Batch
from sinks.memory_source import MemorySource
from sinks.memory_warehouse import MemoryWarehouse
from sinks.ports import Block, Polled
from sinks.sink_loop import BatchLimits, Sink
from sinks.tables import TABLES
from tests.unit.sinks.sink_logs import item_fact, logs, moved, placed, unreadable, watermark

Log = dict[TopicPartition, list[PartitionRecord]]


class Crash(Exception):
    """The process is gone."""


class Fate:
    """What happens to the next calls: well, or Retry or Crash, before or after the call has done its work."""

    def __init__(self, course: list[str]) -> None:
        self.course = course

    def suffer(self, work: Callable[[], Any]) -> Any:
        what = self.course.pop(0) if self.course else "well"
        if what.endswith("before"):
            raise (Crash if what.startswith("crash") else Retry)(what)
        done = work()
        if what.endswith("after"):
            raise (Crash if what.startswith("crash") else Retry)(what)
        return done


class FatefulWarehouse(MemoryWarehouse):
    """The twin, with calls that fail."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.fate = fate

    def insert(self, block: Block) -> None:
        self.fate.suffer(lambda: super(FatefulWarehouse, self).insert(block))


class EndingSource(MemorySource):
    """Asks the sink to stop at the end of the log; a commit may be the last thing the process does."""

    def __init__(self, log: Log, warehouse: MemoryWarehouse, fate: Fate, stop: asyncio.Event) -> None:
        super().__init__(log, warehouse)
        self.fate, self.stop = fate, stop

    async def read(self, rows: int, seconds: float) -> Polled:
        polled = await super().read(rows, seconds)
        if not polled:
            self.stop.set()
        return polled

    async def commit(self, positions: Any) -> None:
        await super().commit(positions)
        with suppress(Retry):  # a commit is never tried again
            self.fate.suffer(lambda: None)


def live(log: Log, warehouse: MemoryWarehouse, fate: Fate, rows: int, kind: type[Sink] = Sink) -> bool:
    """One life of the process; True when it came to the end of the log."""

    async def run() -> bool:
        stop = asyncio.Event()
        seconds = iter(range(10**6))

        async def pause(_: float) -> None:
            stop.clear()

        retry = AsyncRetry(stop, sleep=pause)
        sink = kind(
            EndingSource(log, warehouse, fate, stop), warehouse, retry, lambda: next(seconds) * 0.3, BatchLimits(rows=rows)
        )
        try:
            await sink.run()
        except Crash:
            return False
        return True

    return asyncio.run(run())


def tables(warehouse: MemoryWarehouse) -> dict[str, list[Any]]:
    """What readers see."""
    return {name: warehouse.rows(name) for name in TABLES}


def whole(log: Log) -> MemoryWarehouse:
    """The warehouse after one undisturbed life."""
    warehouse = MemoryWarehouse()
    assert live(log, warehouse, Fate([]), 1000)
    return warehouse


FATES = st.lists(
    st.sampled_from(["well", "well", "crash before", "crash after", "retry before", "retry after"]), min_size=1, max_size=12
)


@settings(deadline=None, max_examples=60)
@given(logs(), FATES, st.integers(1, 7))
def test_batches_crashes_and_retries_change_nothing(log: Log, course: list[str], rows: int) -> None:
    """Any batch size, crash or retry around any step gives the tables of one undisturbed pass."""
    warehouse = FatefulWarehouse(Fate(course))
    while not live(log, warehouse, warehouse.fate, rows):
        pass
    assert tables(warehouse) == tables(whole(log))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.booleans(), max_size=12), FATES, st.integers(1, 5))
def test_a_watermark_stands_after_the_rows_before_it(kinds: list[bool], course: list[str], rows: int) -> None:
    """Whenever a watermark is in the tables, so are all facts that stand before it in its partition."""
    contents = [watermark(i) if mark else item_fact(f"I{i}", i, ["Ops"]) for i, mark in enumerate(kinds)]
    facts = [i for i, mark in enumerate(kinds) if not mark]

    class Watched(FatefulWarehouse):
        def insert(self, block: Block) -> None:
            super().insert(block)
            seen = {row[1] for row in self.inserted("item_facts")}
            for mark in self.inserted("watermarks"):
                assert {f"I{i}" for i in facts if i < mark[6]} <= seen

    warehouse = Watched(Fate(course))
    while not live({TopicPartition(FACTS, 0): placed(contents)}, warehouse, warehouse.fate, rows):
        pass
    assert len(warehouse.rows("watermark_history")) == sum(kinds)


class PositionFirst(Sink):
    """The broken order: the position is saved before the rows are."""

    async def _write(self, batch: Batch, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before
        await self._insert(batch.positions_block)
        await super()._write(batch, None)


class Forgetful(Sink):
    """The broken order: a batch is written although the one before it failed."""

    async def _write(self, batch: Batch, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        await super()._write(batch, None)


def test_a_batch_after_a_failed_one_is_not_written() -> None:
    """When a batch fails for good the later ones are not written; a sink that writes them loses the failed one's rows."""
    log = {TopicPartition(EVENTS, 0): placed([moved("I1", "a", "Ops"), moved("I1", "b", "Net")])}
    left = {}
    for kind in (Sink, Forgetful):
        warehouse = FatefulWarehouse(Fate(["crash before"]))
        while not live(log, warehouse, warehouse.fate, 1, kind):
            pass
        left[kind] = len(warehouse.rows("raw_events"))
    assert left == {Sink: 2, Forgetful: 1}


def test_a_position_saved_before_the_rows_loses_rows() -> None:
    """Negative control: with the position first, a crash between loses the batch."""
    log = {TopicPartition(EVENTS, 0): placed([moved("I1", "a", "Ops"), moved("I1", "b", "Net")])}
    warehouse = FatefulWarehouse(Fate(["well", "crash before"]))
    while not live(log, warehouse, warehouse.fate, 1, PositionFirst):
        pass
    assert len(warehouse.rows("raw_events")) == 1
    assert len(whole(log).rows("raw_events")) == 2


def test_without_versions_a_repeated_insert_doubles() -> None:
    """Negative control: what was really inserted has doubles; only the keys and versions take them away."""
    log = {TopicPartition(FACTS, 0): placed([item_fact("I1", 3, ["Ops"]), watermark(3)])}
    warehouse = FatefulWarehouse(Fate(["crash after"]))
    while not live(log, warehouse, warehouse.fate, 10):
        pass
    assert len(warehouse.inserted("item_facts")) == 2
    assert len(warehouse.rows("item_facts")) == 1


def test_unknown_errors_end_the_process() -> None:
    """An exception nobody foresaw is not swallowed, and what was not saved is read again."""
    log = {TopicPartition(EVENTS, 0): placed([moved("I1", "a", "Ops")])}
    warehouse = FatefulWarehouse(Fate(["crash before"]))
    assert not live(log, warehouse, warehouse.fate, 10)
    assert warehouse.positions() == {}


def test_told_to_stop_while_the_warehouse_is_away() -> None:
    """A sink that is told to stop while it waits ends by itself and has saved no position."""

    class Away(MemoryWarehouse):
        def insert(self, block: Block) -> None:
            raise Retry("away")

    async def run() -> int:
        stop = asyncio.Event()

        async def pause(_: float) -> None:
            stop.set()

        retry = AsyncRetry(stop, sleep=pause)
        warehouse = Away()
        source = MemorySource({TopicPartition(EVENTS, 0): placed([moved("I1", "a", "Ops")])}, warehouse)
        seconds = iter(range(10**6))
        await Sink(source, warehouse, retry, lambda: next(seconds) * 0.3).run()
        assert warehouse.positions() == {} and source.committed == {}
        return retry.retries

    assert asyncio.run(run()) >= 1


@pytest.mark.parametrize("rows", [1, 3])
def test_unreadable_records_are_counted_and_passed(rows: int) -> None:
    """An unreadable record makes no row, is counted by reason, and does not hold up the position."""
    log = {TopicPartition(EVENTS, 0): placed([unreadable(), moved("I1", "a", "Ops"), unreadable(b"[]")])}
    warehouse = MemoryWarehouse()

    async def run() -> dict[str, int]:
        stop = asyncio.Event()
        seconds = iter(range(10**6))
        source = EndingSource(log, warehouse, Fate([]), stop)
        sink = Sink(
            source,
            warehouse,
            AsyncRetry(stop, sleep=asyncio.sleep),
            lambda: next(seconds) * 0.3,
            BatchLimits(rows=rows),
        )
        await sink.run()
        return dict(sink.totals.unreadable)

    assert asyncio.run(run()) == {"invalid_json": 2}
    assert warehouse.positions() == {TopicPartition(EVENTS, 0): 3}
    assert len(warehouse.rows("raw_events")) == 1


def test_reading_beside_an_insert_that_hangs_is_no_progress() -> None:
    """Rounds without records go on meanwhile, and only the batch's end is progress; afterwards each empty round is."""
    released, came_round = threading.Event(), 0
    while_hanging: list[int] = []

    class Hanging(MemoryWarehouse):
        def insert(self, block: Block) -> None:
            released.wait()
            super().insert(block)

    def count() -> None:
        nonlocal came_round
        came_round += 1

    class Reads(MemorySource):
        reads = 0

        async def read(self, rows: int, seconds: float) -> Polled:
            self.reads += 1
            if self.reads == 50:
                while_hanging.append(came_round)
                released.set()
            if came_round > 2:
                stop.set()
            await asyncio.sleep(0)
            return await super().read(rows, seconds)

    async def run() -> None:
        seconds = iter(range(10**6))
        await Sink(
            Reads({TopicPartition(EVENTS, 0): placed([moved_item])}, warehouse),
            warehouse,
            AsyncRetry(stop, sleep=asyncio.sleep),
            lambda: next(seconds) * 0.3,
            moved=count,
        ).run()

    stop, warehouse, moved_item = asyncio.Event(), Hanging(), moved("I1", "a", "Ops")
    asyncio.run(run())
    assert while_hanging == [0]
    assert came_round > 2
