"""The warehouse in memory: tables that keep the highest version of each key, as ReplacingMergeTree with FINAL shows them."""

from broker.records import TopicPartition
from sinks.ports import Block, ResultRow
from sinks.tables import SINK_POSITIONS, TABLES


class MemoryWarehouse:
    """Keeps inserted rows as they came; ``rows`` reads them as ReplacingMergeTree with FINAL does."""

    def __init__(self) -> None:
        self._inserted: dict[str, list[ResultRow]] = {name: [] for name in TABLES}

    def insert(self, block: Block) -> None:
        """Write a block, whole or not at all. Columns not in the block are an error here."""
        table = TABLES[block.table]
        positions_of_columns = [block.columns.index(column) for column in table.columns]
        self._inserted[block.table] += zip(*(block.values[i] for i in positions_of_columns), strict=True)

    def inserted(self, table: str) -> list[ResultRow]:
        """Every row as it came, duplicates included: what a plain MergeTree would show."""
        return list(self._inserted[table])

    def rows(self, table: str) -> list[ResultRow]:
        """The rows that hold, in the order of their keys: highest version of each key, the last written when equal."""
        shape = TABLES[table]
        position_of = {column: i for i, column in enumerate(shape.columns)}
        newest: dict[ResultRow, ResultRow] = {}
        for row in self._inserted[table]:
            key = tuple(
                tuple(cell) if isinstance(cell, list) else cell for cell in (row[position_of[column]] for column in shape.key)
            )
            known = newest.get(key)
            if known is None or shape.version is None or row[position_of[shape.version]] >= known[position_of[shape.version]]:
                newest[key] = row
        return [row for _, row in sorted(newest.items()) if shape.deleted is None or not row[position_of[shape.deleted]]]

    def positions(self) -> dict[TopicPartition, int]:
        """Per topic partition the offset of the first record not in the tables."""
        return {TopicPartition(topic, partition): position for topic, partition, position in self.rows(SINK_POSITIONS.name)}
