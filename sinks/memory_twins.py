"""In-memory twins of the sink's ports: a log of topic partitions, and tables that keep the highest version of each key."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from broker.records import PartitionRecord, TopicPartition
from sinks.ports import Block, Hole, Polled, ResultRow
from sinks.tables import SINK_POSITIONS, TABLES


class MemoryRecord(NamedTuple):
    """One record of a log in memory; fits ``sinks.ports.PartitionRecord``."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class MemoryWarehouse:
    """Keeps inserted rows as they came; ``rows`` reads them as ReplacingMergeTree with FINAL does."""

    def __init__(self) -> None:
        self._inserted: dict[str, list[ResultRow]] = {name: [] for name in TABLES}

    def insert(self, block: Block) -> None:
        """Write a block, whole or not at all. Columns not in the block are an error here."""
        table = TABLES[block.table]
        places = [block.columns.index(column) for column in table.columns]
        self._inserted[block.table] += zip(*(block.values[i] for i in places), strict=True)

    def inserted(self, table: str) -> list[ResultRow]:
        """Every row as it came, duplicates included: what a plain MergeTree would show."""
        return list(self._inserted[table])

    def rows(self, table: str) -> list[ResultRow]:
        """The rows that hold, in the order of their keys: highest version of each key, the last written when equal."""
        shape = TABLES[table]
        place = {column: i for i, column in enumerate(shape.columns)}
        newest: dict[ResultRow, ResultRow] = {}
        for row in self._inserted[table]:
            key = tuple(
                tuple(cell) if isinstance(cell, list) else cell for cell in (row[place[column]] for column in shape.key)
            )
            known = newest.get(key)
            if known is None or shape.version is None or row[place[shape.version]] >= known[place[shape.version]]:
                newest[key] = row
        return [row for _, row in sorted(newest.items()) if shape.deleted is None or not row[place[shape.deleted]]]

    def positions(self) -> dict[TopicPartition, int]:
        """Per topic partition the offset of the first record not in the tables."""
        return {TopicPartition(topic, partition): position for topic, partition, position in self.rows(SINK_POSITIONS.name)}


class MemorySource:
    """Reads a log kept in memory from the positions of a warehouse; ``committed`` is what Kafka would show."""

    def __init__(self, log: Mapping[TopicPartition, Iterable[PartitionRecord]], warehouse: MemoryWarehouse) -> None:
        self._log = {place: list(records) for place, records in log.items()}
        start = warehouse.positions()
        self._next = {place: start.get(place, 0) for place in self._log}
        self.committed: dict[TopicPartition, int] = {}

    async def read(self, rows: int, seconds: float) -> Polled:
        """At most ``rows`` records, one partition after the other; never waits."""
        await asyncio.sleep(0)  # as a real one, it lets others go on
        polled: dict[TopicPartition, list[PartitionRecord]] = {}
        for place, records in self._log.items():
            found = [record for record in records if record.offset >= self._next[place]][:rows]
            if found:
                polled[place] = found
                self._next[place] = found[-1].offset + 1
                rows -= len(found)
            if not rows:
                break
        return polled

    def holes(self) -> list[Hole]:
        """None: this log says nothing of offsets it lacks."""
        return []

    async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Keep the positions."""
        self.committed.update(positions)
