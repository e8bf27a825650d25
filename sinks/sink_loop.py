"""The sink's rounds: from the topics into the tables, nothing lost, nothing twice.

Each round:

1. read      as many records as fit into a batch, or what has come within a second;
2. rows      insert events, facts, verdicts, dead letters;
3. marks     insert the watermarks, now that every row before them is in;
4. position  insert how far the tables go: from here the next start goes on;
5. commit    show the same offsets to Kafka, where they only tell the lag.

**A crash after any step repeats records whose rows are upserts, so the tables end up the same.** Batches are written one after
the other; the next ones are read beside that. An insert that may or may not have arrived is simply sent again. While the
warehouse is away a few batches are held and no more is read, and the consumer keeps its partitions because its heartbeats go
on beside the waiting.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from broker.records import PartitionRecord, TopicPartition
from runtime.retry import AsyncRetry
from runtime.shutdown import StopRequested
from sinks.batch_blocks import Batch, batch_of
from sinks.ports import Block, Polled, Source, Warehouse

log = structlog.get_logger()
REPORT_SECONDS = 10.0
AHEAD = 2
"""Batches in memory besides the one being read."""


@dataclass(frozen=True)
class BatchLimits:
    """When a batch is full: ``rows`` records, ``bytes`` of values, or ``seconds`` after it was begun."""

    rows: int = 50_000
    bytes: int = 64 << 20
    seconds: float = 1.0


@dataclass
class Totals:
    """What this process has done so far."""

    rounds: int = 0
    records: int = 0
    rows: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)


@dataclass
class Sink:
    """One sink process. ``clock`` gives monotonic seconds; they decide only when a batch is closed, never what is in a row.

    ``moved`` is called whenever a batch is in the tables, or nothing was to be written.
    """

    source: Source
    warehouse: Warehouse
    retry: AsyncRetry
    clock: Callable[[], float]
    limits: BatchLimits = field(default_factory=BatchLimits)
    moved: Callable[[], object] = lambda: None
    totals: Totals = field(default_factory=Totals)
    reported: tuple[float, int] = (0.0, 0)

    async def run(self) -> None:
        """Rounds until asked to stop; what has been read is written first. Raises ``Stop`` and what is not foreseen."""
        self.reported = (self.clock(), 0)
        # Batches being written, oldest first; each waits for the one before, so reading and decoding go on beside the inserts.
        writing: deque[asyncio.Task[None]] = deque()
        try:
            while not self.retry.stop.is_set():
                polled = await self._gather()  # 1
                # Also without records: a log that ends in transactions' markers would otherwise never be counted as read.
                holes = self.source.holes()
                if polled or holes:
                    before = writing[-1] if writing else None
                    writing.append(asyncio.create_task(self._write(batch_of(polled, holes), before)))
                # Waits when the warehouse is behind, which bounds memory; raises here what a batch failed with.
                while writing and (len(writing) > AHEAD or writing[0].done()):
                    await writing.popleft()
                # While one is being written only its end is progress: reading alone brings nothing into the tables.
                if not writing:
                    self.moved()
        except StopRequested:
            log.info("stopped while something was away; the next start goes on from the saved position")
        finally:
            # Whatever ends the loop: what has been read is written or seen to fail. A task left alone would be cut half way.
            await _finished(writing)
        log.info("stopped", records=self.totals.records, rows=self.totals.rows, unreadable=dict(self.totals.unreadable))

    async def _write(self, batch: Batch, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before  # when it failed, this one must not be written: its position would hide the hole
        # A crash from here to 4 leaves rows that the next start writes again, to the same effect.
        for block in batch.rows:  # 2
            await self._insert(block)
        for block in batch.watermarks:  # 3
            await self._insert(block)
        await self._insert(batch.positions_block)  # 4
        await self.source.commit(batch.positions)  # 5
        self._count(batch)
        self.moved()

    async def _gather(self) -> Polled:
        gathered: dict[TopicPartition, list[PartitionRecord]] = {}
        count = size = 0
        # Monotonic: a wall clock set back would keep a batch open.
        begun = self.clock()
        # A batch is closed when it is full or its second is over, so that a quiet topic is readable within about a second.
        while count < self.limits.rows and size < self.limits.bytes and not self.retry.stop.is_set():
            left = begun + self.limits.seconds - self.clock()
            if left <= 0:
                break
            for topic_partition, records in (await self._read(self.limits.rows - count, left)).items():
                gathered.setdefault(topic_partition, []).extend(records)
                count += len(records)
                size += sum([len(record.value or b"") for record in records])
        return gathered

    async def _read(self, rows: int, seconds: float) -> Polled:
        return await self.retry.until_done("read", lambda: self.source.read(rows, seconds))

    async def _insert(self, block: Block) -> None:
        # In a thread, for the client blocks. The heartbeats of the consumer go on meanwhile.
        await self.retry.until_done(f"insert into {block.table}", lambda: asyncio.to_thread(self.warehouse.insert, block))

    def _count(self, batch: Batch) -> None:
        totals = self.totals
        totals.rounds += 1
        totals.records += batch.records
        totals.rows += batch.rows_in_all
        if batch.unreadable:
            totals.unreadable += batch.unreadable
            log.warning("unreadable events make no row here; their dead letters tell why", **batch.unreadable)
        now, (then, before) = self.clock(), self.reported
        if now - then >= REPORT_SECONDS:
            self.reported = (now, totals.records)
            log.info("inserted", records=totals.records, a_second=round((totals.records - before) / (now - then)))


async def _finished(writing: Iterable[asyncio.Task[None]]) -> None:
    """All of them over. Raises the first error that is no ``StopRequested``."""
    for outcome in await asyncio.gather(*writing, return_exceptions=True):
        if isinstance(outcome, BaseException) and not isinstance(outcome, StopRequested):
            raise outcome
