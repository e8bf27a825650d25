"""The main loop of a stage: poll, hand each partition's records over, commit.

It runs inside Faust, by its own extension point: a transport whose consumer takes whole batches. Faust keeps the group, the
rebalances and the fetching. The places where order matters:

    on assignment   seek to the saved offset, never to the committed one (``perform_seek``)
    after a poll    sample the generation after the wait, never before: records fetched after the assignment's seek are good
    on a hole       read again from where the run stands; records are never dropped
    on revocation   wait for the running batch, then commit, then let the stock code forget
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog
from faust.transport.drivers import aiokafka as stock
from faust.types import TP

from broker.records import Record
from schemas.errors import Stop
from streams.engine.checkpoint import REBUILD
from streams.engine.offset_commit import OffsetCommit
from streams.engine.partition_run import Gap

_log = structlog.get_logger("transport")


class Batches(Protocol):
    """Who takes the batches of one topic; ``Assignment`` is it."""

    def open(self, partition: int, start: int, end: int) -> int:
        """The offset to read a newly assigned partition from."""

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Take records. Their steps may still be under way afterwards."""

    async def committable(self) -> Mapping[int, int]:
        """Offsets that may be committed, of the partitions where they moved. Raises what steps under way failed with."""

    def skip_to(self, partition: int, offset: int) -> None:
        """There is nothing in the log before ``offset``."""

    async def close(self, partition: int) -> int | None:
        """Let a partition go when its running batch is done; gives the offset that may be committed."""


class CommittedThread(stock.AIOKafkaConsumerThread):  # type: ignore[misc]  # faust ships no usable types
    """Faust's thread with the client in it, which reads only what was committed."""

    def _create_worker_consumer(self, transport: stock.Transport) -> Any:  # Faust's own, untyped
        consumer = super()._create_worker_consumer(transport)
        # Private: Faust asks for it only with processing_guarantee="exactly_once", whose producers break on a rebalance. The
        # client reads the attribute when it is started, which is later.
        consumer._isolation_level = "read_committed"
        return consumer


class BatchConsumer(stock.Consumer):  # type: ignore[misc]  # faust ships no usable types
    """Hands whole batches of ``topic`` to ``batches``; both are set by ``transport_for``."""

    batches: Batches
    topic: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Faust's own
        super().__init__(*args, **kwargs)
        self._turn = asyncio.Lock()
        self._reread: dict[int, int] = {}
        self._offsets = OffsetCommit(self._commit)

    def _new_consumer_thread(self) -> CommittedThread:
        return CommittedThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Open what is assigned and seek to where each partition's state stands."""
        mine = [tp for tp in self.assignment() if tp.topic == self.topic]
        if not mine:
            return
        async with self._turn:
            starts, ends = await self.earliest_offsets(*mine), await self._ends(mine)
            places = {tp: self.batches.open(tp.partition, starts[tp], ends[tp]) for tp in mine}
            await self.seek_wait(places)

    async def _ends(self, tps: list[TP]) -> Mapping[TP, int]:
        found: Mapping[TP, int] = await self._thread.call_thread(self._thread._ensure_consumer().end_offsets, tps)
        return found

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Wait for the running batch, commit, let go; then the stock code may forget."""
        async with self._turn:
            for tp in revoked:
                saved = await self.batches.close(tp.partition) if tp.topic == self.topic else None
                if saved is not None:
                    self._offsets.saved(tp, saved)
            await self._offsets.commit(self.assignment(), now=True)
        await super().on_partitions_revoked(revoked)

    async def _drain_messages(self, fetcher: Any) -> None:  # Faust's own, untyped
        try:
            while not (self.should_stop or fetcher.should_stop):
                records, _ = await self._wait_next_records(1.0)
                generation = self.app.consumer_generation_id
                if records:
                    async with self._turn:
                        await asyncio.gather(*(self._hand_over(tp, batch, generation) for tp, batch in records.items()))
                else:
                    await self.sleep(0)
                async with self._turn:
                    for partition, offset in (await self.batches.committable()).items():
                        self._offsets.saved(TP(self.topic, partition), offset)
                    await self._offsets.commit(self.assignment())
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise

    async def _hand_over(self, tp: TP, batch: Sequence[Record], generation: int) -> None:
        tp = TP(tp.topic, tp.partition)
        if not self.flow_active or generation != self.app.consumer_generation_id or tp not in self._get_active_partitions():
            # A rebalance came between fetch and turn. If the partition stays ours, perform_seek puts it right; if it was only
            # paused, it must be read again.
            if tp in self.assignment():
                await self._seek(tp, batch[0].offset)
            return
        try:
            await self.batches.handle(tp.partition, batch)
        except Gap as gap:
            await self._read_again(tp, gap, batch)
            return
        self._reread.pop(tp.partition, None)

    async def _read_again(self, tp: TP, gap: Gap, batch: Sequence[Record]) -> None:
        if self._reread.get(tp.partition) != gap.expected:
            self._reread[tp.partition] = gap.expected
            _log.info("records missing between two polls; reading again", partition=tp.partition, offset=gap.expected)
            await self._seek(tp, gap.expected)
            return
        # Read twice from the same place: the log itself has nothing there.
        start = (await self.earliest_offsets(tp))[tp]
        if start > gap.expected:
            gone = f"offsets {gap.expected} to {start - 1} are gone from the log before they were read"
            raise Stop(f"partition {tp.partition}: {gone}", REBUILD)
        found = next(r.offset for r in batch if r.offset > gap.expected)
        self.batches.skip_to(tp.partition, found)
        await self._seek(tp, found)


def transport_for(batches: Batches, topic: str) -> type[stock.Transport]:
    """The Faust transport class that gives ``topic``'s batches to ``batches``; other topics are not read."""
    consumer = type("TopicConsumer", (BatchConsumer,), {"batches": batches, "topic": topic})
    return type("BatchTransport", (stock.Transport,), {"Consumer": consumer})
