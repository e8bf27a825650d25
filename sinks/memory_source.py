"""The topics in memory: the shipped twin of the sink's consumer."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from broker.records import PartitionRecord, TopicPartition
from sinks.memory_warehouse import MemoryWarehouse
from sinks.ports import Hole, Polled


class MemoryRecord(NamedTuple):
    """One record of a log in memory; fits ``broker.records.PartitionRecord``."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class MemorySource:
    """Reads a log kept in memory from the positions of a warehouse; ``committed`` is what Kafka would show."""

    def __init__(self, log: Mapping[TopicPartition, Iterable[PartitionRecord]], warehouse: MemoryWarehouse) -> None:
        self._log = {topic_partition: list(records) for topic_partition, records in log.items()}
        start = warehouse.positions()
        self._next = {topic_partition: start.get(topic_partition, 0) for topic_partition in self._log}
        self.committed: dict[TopicPartition, int] = {}

    async def read(self, rows: int, seconds: float) -> Polled:
        """At most ``rows`` records, one partition after the other; never waits."""
        await asyncio.sleep(0)  # as a real one, it lets others go on
        polled: dict[TopicPartition, list[PartitionRecord]] = {}
        for topic_partition, records in self._log.items():
            found = [record for record in records if record.offset >= self._next[topic_partition]][:rows]
            if found:
                polled[topic_partition] = found
                self._next[topic_partition] = found[-1].offset + 1
                rows -= len(found)
            if not rows:
                break
        return polled

    def holes(self) -> list[Hole]:
        """None: this log says nothing of offsets it lacks."""
        return []

    async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Keep the positions in ``committed``; a later start does not read them."""
        self.committed.update(positions)
