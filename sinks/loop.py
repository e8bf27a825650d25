"""The sink's rounds: from the topics into the tables, nothing lost, nothing twice.

Each round:

1. read      as many records as fit into a batch, or what has come within a second;
2. rows      insert events, facts, verdicts, dead letters;
3. marks     insert the watermarks, now that every row before them is in;
4. position  insert how far the tables go: from here the next start goes on;
5. commit    show the same offsets to Kafka, where they only tell the lag.

**A crash after any step repeats records whose rows are upserts, so the tables end up the same.** An insert that may or may
not have arrived is simply sent again. While the warehouse is away nothing is read, so memory stays bounded, and the consumer
keeps its partitions because its heartbeats go on beside the waiting.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from schemas.errors import Retry
from sinks.batch import Batch, batch_of
from sinks.patience import Patience
from sinks.ports import Block, Place, Polled, Record, Source, Warehouse

log = structlog.get_logger()
T = TypeVar("T")


class Stopping(Exception):
    """Asked to stop while something outside was away: what is not saved will be read again."""


@dataclass(frozen=True)
class Limits:
    """When a batch is full: ``rows`` records, ``bytes`` of values, or ``seconds`` after it was begun."""

    rows: int = 50_000
    bytes: int = 64 << 20
    seconds: float = 1.0


@dataclass
class Totals:
    """What this process has done so far."""

    records: int = 0
    rows: int = 0
    retries: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)


@dataclass
class Sink:
    """One sink process.

    ``clock`` gives monotonic seconds, ``jitter`` numbers in [0, 1); ``pause`` waits so many seconds, or less when asked to stop.
    """

    source: Source
    warehouse: Warehouse
    stop: asyncio.Event
    clock: Callable[[], float]
    pause: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]
    limits: Limits = Limits()
    patience: Patience = Patience()
    totals: Totals = field(default_factory=Totals)

    async def run(self) -> None:
        """Rounds until asked to stop; the current one is finished first. Raises ``Stop`` and whatever is not foreseen."""
        try:
            while not self.stop.is_set():
                await self.round()
        except Stopping:
            log.info("stopped while something was away; the next start goes on from the saved position")

    async def round(self) -> None:
        """One round, its steps numbered as above."""
        polled = await self._gather()  # 1
        if not polled:
            return
        batch = batch_of(polled)
        for block in batch.rows:  # 2
            await self._insert(block)
        for block in batch.watermarks:  # 3
            await self._insert(block)
        await self._insert(batch.progress)  # 4
        await self.source.commit(batch.positions)  # 5
        self._count(polled, batch)

    async def _gather(self) -> Polled:
        gathered: dict[Place, list[Record]] = {}
        count = size = 0
        begun = self.clock()
        while count < self.limits.rows and size < self.limits.bytes and not self.stop.is_set():
            left = begun + self.limits.seconds - self.clock()
            if left <= 0:
                break
            for place, records in (await self._read(self.limits.rows - count, left)).items():
                gathered.setdefault(place, []).extend(records)
                count += len(records)
                size += sum(len(record.value or b"") for record in records)
        return gathered

    async def _read(self, rows: int, seconds: float) -> Polled:
        return await self._patiently("read", lambda: self.source.read(rows, seconds))

    async def _insert(self, block: Block) -> None:
        await self._patiently(f"insert into {block.table}", lambda: asyncio.to_thread(self.warehouse.insert, block))

    async def _patiently(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        attempt = 0
        while True:
            try:
                result = await call()
            except Retry as error:
                attempt += 1
                self.totals.retries += 1
                wait = self.patience.wait(attempt, self.jitter)
                log.warning("trying again", step=what, attempt=attempt, seconds=round(wait, 2), because=str(error))
                await self.pause(wait)
                if self.stop.is_set():
                    raise Stopping from error
            else:
                if attempt:
                    log.info("back again", step=what, attempts=attempt)
                return result

    def _count(self, polled: Polled, batch: Batch) -> None:
        self.totals.records += sum(map(len, polled.values()))
        self.totals.rows += batch.records
        if batch.unreadable:
            self.totals.unreadable += batch.unreadable
            log.warning("unreadable events make no row here; their dead letters tell why", **batch.unreadable)
