"""The sink's topics, read through aiokafka. The only module here that imports it.

A partition that becomes ours starts where the warehouse says, never at Kafka's committed offset. What was fetched for it
before that is thrown away and read again from there.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as AssignedPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from broker.aiokafka_records import read_any_record
from broker.records import PartitionRecord, TopicPartition
from schemas.errors import Retry, Stop
from schemas.timestamps import DAY_MS
from schemas.topics import ANOTHER_LOG, EVENTS, FACTS, SCORES
from sinks.ports import Hole, Polled

GROUP = "baton-sink"
PARTITION_FETCH_BYTES = 4 << 20
WHOLE = frozenset({EVENTS, FACTS, SCORES})
"""Topics of which the tables must have every record: without the oldest, no watermark would tell the truth."""

log = structlog.get_logger()


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Which partitions are ours: ``placed`` (next offset of each) may be used, ``unplaced`` not yet.

    Between a revocation and the next assignment nothing is placed, so nothing that is fetched then is used.
    """

    def __init__(self) -> None:
        self.unplaced: set[AssignedPartition] = set()
        self.placed: dict[AssignedPartition, int] = {}

    async def on_partitions_revoked(self, revoked: Sequence[AssignedPartition]) -> None:
        """What is being inserted goes on: its rows are upserts, so another sink may write them too."""
        # Sets and dicts are replaced, never emptied: whoever awaits with the old one in hand sees that it is not the current
        # one.
        self.unplaced = set()
        self.placed = {}

    async def on_partitions_assigned(self, assigned: Sequence[AssignedPartition]) -> None:
        """All of them must be placed before anything of them is used."""
        self.unplaced = set(assigned)
        self.placed = {}


class KafkaSource:
    """Fits ``sinks.ports.Source``. ``positions`` asks the warehouse how far its tables go.

    ``accept_loss``: where the log no longer has the records at a position, go on with the oldest it has, loudly.
    """

    def __init__(
        self,
        brokers: str,
        topics: Sequence[str],
        worker: str,
        positions: Callable[[], Mapping[TopicPartition, int]],
        accept_loss: bool = False,
    ) -> None:
        self._positions = positions
        self._accept_loss = accept_loss
        self._topics = topics
        self._ours = _Assignments()
        self._brokers = brokers
        self._worker = worker
        # Found by ``read`` and fetched by ``holes`` right after it, so that they go into the same batch as the records around.
        self._holes: list[Hole] = []

    async def start(self) -> None:
        """Join the group. Raises ``Retry`` when no broker answers; may then be called again."""
        read_any_record()
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._brokers,
            client_id=f"baton-sink-{self._worker}",
            group_id=GROUP,
            # A member with a name of its own: a quick restart causes no rebalance.
            group_instance_id=f"sink-{self._worker}",
            # It would commit what is fetched and not yet in the tables.
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",  # what a transaction aborted is no record, and never becomes a row
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            session_timeout_ms=20_000,
            heartbeat_interval_ms=3_000,
            # Heartbeats run beside us; a warehouse that is away for hours must not cost us the partitions.
            max_poll_interval_ms=DAY_MS,
        )
        try:
            await self._consumer.start()
        except KafkaError as error:
            # A client that did not start leaves tasks and a socket behind.
            await self._consumer.stop()
            raise Retry(f"broker: {error!r}") from error
        # Only now does it join the group, and the listener is there before the first assignment.
        self._consumer.subscribe(self._topics, listener=self._ours)

    async def stop(self) -> None:
        """Leave the group and close the client; nothing that was fetched is used any more."""
        await self._consumer.stop()

    async def read(self, rows: int, seconds: float) -> Polled:
        """See ``Source.read``."""
        try:
            # Here and not in the listener: it runs inside the rebalance, which a slow warehouse must not hold up.
            if self._ours.unplaced:
                await self._place(set(self._ours.unplaced))
            fetched = await self._consumer.getmany(timeout_ms=int(seconds * 1000), max_records=rows)
        except KafkaError as error:
            raise Retry(f"broker: {error!r}") from error
        # The listener may put another dict there at each await below; then what was fetched belongs to nobody.
        placed = self._ours.placed
        polled: dict[TopicPartition, Sequence[PartitionRecord]] = {}
        holes: list[Hole] = []
        for tp in placed:  # what was fetched before it was placed is read again from its place
            records = fetched.get(tp, ())
            # Past the last record, and further where the log ends in markers of transactions.
            upto = await self._consumer.position(tp)
            # The client goes back to the beginning where its offset is beyond the end: these are another topic's records.
            if upto < placed[tp] or (records and records[0].offset < placed[tp]):
                raise Stop(
                    f"{tp.topic} partition {tp.partition}: the log went back behind {placed[tp]}, which was read already: "
                    "the topic was deleted and made again, or cut",
                    ANOTHER_LOG,
                )
            if upto - placed[tp] != len(records):
                holes += await self._holes_among(tp, placed[tp], [record.offset for record in records], upto)
            if self._ours.placed is not placed:
                return {}  # assigned anew meanwhile: everything is read again from its place
            if records:
                polled[TopicPartition(tp.topic, tp.partition)] = records
            # Only now do they count as read. What raises above ends the process, which starts again from the tables.
            placed[tp] = upto
        # Behind the loop: of a poll that was thrown away no hole is reported.
        self._holes += holes
        return polled

    def holes(self) -> list[Hole]:
        """See ``Source.holes``."""
        holes, self._holes = self._holes, []
        return holes

    async def _holes_among(self, tp: AssignedPartition, first: int, offsets: list[int], upto: int) -> list[Hole]:
        """Offsets without a record: gone from the log's beginning, or the marker of a transaction, which is no record."""
        start = (await self._consumer.beginning_offsets([tp]))[tp]
        self._check_hole(tp, first, min(start, offsets[0] if offsets else upto))
        # The first bound skips what retention took: that is a loss, which ``_check_hole`` has judged.
        bounds = pairwise([max(first, start) - 1, *offsets, upto])
        return [
            Hole(TopicPartition(tp.topic, tp.partition), before + 1, after - 1)
            for before, after in bounds
            if after > before + 1
        ]

    async def _place(self, unplaced: set[AssignedPartition]) -> None:
        # 1 ask warehouse and broker, during which the assignment may change
        known = await asyncio.to_thread(self._positions)
        first = await self._consumer.beginning_offsets(list(unplaced))
        end = await self._consumer.end_offsets(list(unplaced))
        # 2 only if it has not
        if self._ours.unplaced != unplaced:
            return  # assigned anew while we asked: the next read asks again
        # 3 each partition: beyond the end it is another log, below the start records are lost
        for tp in sorted(unplaced):
            position = known.get(TopicPartition(tp.topic, tp.partition))
            if position is None:  # a new table: of these topics it must have everything, letters end with their retention
                position = 0 if tp.topic in WHOLE else first[tp]
            if position > end[tp]:
                raise Stop(
                    f"the tables have {tp.topic} partition {tp.partition} up to {position}, but the log ends at {end[tp]}: "
                    "it is another log than the tables were made from",
                    ANOTHER_LOG,
                )
            self._check_hole(tp, position, first[tp])
            # 4 where this raised, nothing is placed and nothing that was fetched is used
            self._consumer.seek(tp, max(position, first[tp]))
            self._ours.placed[tp] = max(position, first[tp])
        self._ours.unplaced -= unplaced
        log.info("reading", **{f"{tp.topic}/{tp.partition}": self._ours.placed[tp] for tp in sorted(unplaced)})

    def _check_hole(self, tp: AssignedPartition, expected: int, found: int) -> None:
        if found <= expected:
            return
        if not self._accept_loss:
            raise Stop(
                f"{tp.topic} partition {tp.partition}: records {expected} to {found - 1} are gone, the tables lack them",
                "`baton run sink --accept-loss` goes on without them; `baton rebuild` then publishes all facts again",
            )
        log.warning("going on without lost records", topic=tp.topic, partition=tp.partition, first=expected, last=found - 1)

    async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """See ``Source.commit``."""
        # For one partition that went meanwhile the client would refuse the whole commit.
        ours = self._consumer.assignment()
        offsets = {
            AssignedPartition(*place): offset for place, offset in positions.items() if AssignedPartition(*place) in ours
        }
        try:
            if offsets:
                await self._consumer.commit(offsets)
        except KafkaError as error:
            # Swallowed: a start goes on from the warehouse's position and never reads this offset.
            log.warning("offsets were not committed; only the shown lag is older", because=repr(error))
