"""What the sink's loop needs from outside: a log to read, a warehouse to write. Adapters and in-memory twins both fit."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from broker.records import PartitionRecord, TopicPartition

Polled = Mapping[TopicPartition, Sequence[PartitionRecord]]
"""Records by topic partition, each in the order of their offsets."""

ResultRow: TypeAlias = tuple[Any, ...]
"""A row of an answer; each cell has the type that its query gives it."""
Parameters: TypeAlias = Mapping[str, object]
"""Values for the ``{name:Type}`` of a query."""


class Hole(NamedTuple):
    """Offsets ``first`` to ``last`` of a topic partition, at which the log itself holds no record."""

    of: TopicPartition
    first: int
    last: int


class Block(NamedTuple):
    """Rows for one table, column by column: ``values[i]`` are the cells of ``columns[i]``, all of one length."""

    table: str
    columns: tuple[str, ...]
    values: Sequence[Sequence[object]]

    @property
    def rows(self) -> int:
        """Number of rows: the length of any column."""
        return len(self.values[0])


class Source(Protocol):
    """The topics the sink reads."""

    async def read(self, rows: int, seconds: float) -> Polled:
        """At most ``rows`` records, waiting at most ``seconds`` for the first.

        A partition that is new here starts at its position in the warehouse. Raises ``Retry`` while something outside is
        away, ``Stop`` when the log no longer has the records at that position.
        """
        ...

    def holes(self) -> list[Hole]:
        """The holes passed since the last call: before, between and behind the records read."""
        ...

    async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Show these positions to Kafka, where they tell the lag. Never raises: nothing depends on it."""
        ...


class Warehouse(Protocol):
    """The tables the sink fills."""

    def insert(self, block: Block) -> None:
        """Write a block, whole or not at all. Again writing the same block changes nothing.

        Raises ``Retry`` when the warehouse is away, or when it may or may not have the block.
        """
        ...

    def positions(self) -> dict[TopicPartition, int]:
        """Per topic partition the offset of the first record not in the tables. Raises ``Retry``."""
        ...


class WarehouseReader(Protocol):
    """The reading side of a warehouse."""

    def rows(self, query: str, parameters: Parameters | None = None) -> list[ResultRow]:
        """The rows of a query. Raises ``Retry`` while the warehouse is away."""
        ...
