"""The main loop of a stage: poll, hand each partition's records over, commit.

It runs inside Faust, by its own extension point: a transport whose consumer takes whole batches. Faust keeps the group, the
rebalances and the fetching. The steps where order matters:

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

from broker.aiokafka_records import read_any_record
from broker.records import Record
from runtime.shutdown import StopRequested
from schemas.errors import Stop
from streams.engine.checkpoint import REBUILD
from streams.engine.offset_commit import OffsetCommit
from streams.engine.partition_run import Gap

_log = structlog.get_logger("consumer_loop")


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
    """Faust's thread with the client in it, which reads only what was committed, and whatever its headers are called."""

    def _create_worker_consumer(self, transport: stock.Transport) -> Any:  # Faust's own, untyped
        read_any_record()
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
        # Held by whatever moves a position: opening and seeking, handing batches over, committing, letting go. A revocation
        # thus waits for the batch under way, and no batch is handed over between a seek and the commit that goes with it.
        self._handover_lock = asyncio.Lock()
        # Partition → the offset from which it was last read again; a hole found twice at one offset is the log's own.
        self._reread: dict[int, int] = {}
        self._offsets = OffsetCommit(self._commit)

    def _new_consumer_thread(self) -> CommittedThread:
        return CommittedThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Open what is assigned and seek to where each partition's state stands."""
        # Private API: Faust awaits this after an assignment, before it resumes fetching, for at most
        # ``broker_request_timeout``. The stock method, not called, seeks to the committed offset, which only shows lag.
        owned = [tp for tp in self.assignment() if tp.topic == self.topic]
        if not owned:
            return
        async with self._handover_lock:
            # The log's ends come first: a state below or above them stops the worker instead of being read on with a hole.
            starts, ends = await self.earliest_offsets(*owned), await self._ends(owned)
            offsets = {tp: self.batches.open(tp.partition, starts[tp], ends[tp]) for tp in owned}
            # Returns only when the client's thread has moved every position: nothing is fetched from the old ones afterwards.
            await self.seek_wait(offsets)

    async def _ends(self, tps: list[TP]) -> Mapping[TP, int]:
        # Private API: the client belongs to Faust's consumer thread and may be called from that thread only.
        found: Mapping[TP, int] = await self._thread.call_thread(self._thread._ensure_consumer().end_offsets, tps)
        return found

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Wait for the running batch, commit, let go; then the stock code may forget."""
        # 1 wait for the running batch and let the state go
        async with self._handover_lock:
            for tp in revoked:
                saved = await self.batches.close(tp.partition) if tp.topic == self.topic else None
                if saved is not None:
                    self._offsets.saved(tp, saved)
            # 2 commit while the client still counts the partitions as ours; a crash before it only shows too much lag
            await self._offsets.commit(self.assignment(), now=True)
        # 3 last, because the stock code forgets the partitions and everything acknowledged in them
        await super().on_partitions_revoked(revoked)

    async def _drain_messages(self, fetcher: Any) -> None:  # Faust's own, untyped
        try:
            while not (self.should_stop or fetcher.should_stop):
                records, _ = await self._wait_next_records(1.0)
                # Sampled after the wait. Sampled before it, the first poll behind a rebalance looked stale: it was dropped,
                # and the next commit went past it.
                generation = self.app.consumer_generation_id
                if records:
                    async with self._handover_lock:
                        # Partitions share nothing, so their batches run side by side. The first failure ends the worker.
                        await asyncio.gather(*(self._hand_over(tp, batch, generation) for tp, batch in records.items()))
                else:
                    # A poll may come back empty at once; without this the loop would not let anything else run.
                    await self.sleep(0)
                async with self._handover_lock:
                    # After every poll, an empty one too: steps finish beside the reading, also when nothing more arrives.
                    for partition, offset in (await self.batches.committable()).items():
                        self._offsets.saved(TP(self.topic, partition), offset)
                    await self._offsets.commit(self.assignment())
        except StopRequested:
            # A step waited for a broker that is away, and this process was told to stop: it is ending, nothing failed.
            return
        except self.consumer_stopped_errors:
            # At shutdown the client is closed while we wait for it. At any other time its end is a failure.
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
        # Private API: Faust's fetcher runs this. The stock loop makes four tasks for each message, some 80 µs; a whole batch
        # at once is some fifty times cheaper.
        try:
            await self.batches.handle(tp.partition, batch)
        except Gap as gap:
            await self._read_again(tp, gap, batch)
            return
        self._reread.pop(tp.partition, None)

    async def _read_again(self, tp: TP, gap: Gap, batch: Sequence[Record]) -> None:
        # Once: the fetch may have lost them (a seek overtaken by records on their way).
        if self._reread.get(tp.partition) != gap.expected:
            self._reread[tp.partition] = gap.expected
            _log.info("records missing between two polls; reading again", partition=tp.partition, offset=gap.expected)
            await self._seek(tp, gap.expected)
            return
        # Read twice from the same place: the log itself has nothing there.
        start = (await self.earliest_offsets(tp))[tp]
        if start > gap.expected:
            gone = f"offsets {gap.expected} to {start - 1} are gone from the log before they were read"
            raise Stop(f"partition {tp.partition} of {tp.topic}: {gone}", REBUILD)
        found = next(r.offset for r in batch if r.offset > gap.expected)
        # A transaction's marker has an offset and is no record.
        self.batches.skip_to(tp.partition, found)
        await self._seek(tp, found)


def transport_for(batches: Batches, topic: str) -> type[stock.Transport]:
    """The Faust transport class that gives ``topic``'s batches to ``batches``; other topics are not read."""
    consumer = type("TopicConsumer", (BatchConsumer,), {"batches": batches, "topic": topic})
    return type("BatchTransport", (stock.Transport,), {"Consumer": consumer})
