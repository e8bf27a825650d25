"""What the sink's loop needs from outside: a log to read, a warehouse to write. Adapters and in-memory twins both fit."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class Place(NamedTuple):
    """A topic partition."""

    topic: str
    partition: int


class Record(NamedTuple):
    """One record as Kafka keeps it. ``timestamp_ms``: append time, ms UTC."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


Polled = Mapping[Place, Sequence[Record]]
"""Records by topic partition, each in the order of their offsets."""


class Block(NamedTuple):
    """Rows for one table, column by column: ``values[i]`` are the cells of ``columns[i]``, all of one length."""

    table: str
    columns: tuple[str, ...]
    values: Sequence[Sequence[Any]]

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.values[0])


class Source(Protocol):
    """The topics the sink reads."""

    async def read(self, rows: int, seconds: float) -> Polled:
        """At most ``rows`` records, waiting at most ``seconds`` for the first.

        A partition that is new here starts at its position in the warehouse. Raises ``Retry`` while something outside is
        away, ``Stop`` when the log no longer has the records at that position.
        """
        ...

    async def commit(self, positions: Mapping[Place, int]) -> None:
        """Show these positions to Kafka, where they tell the lag. Never raises: nothing depends on it."""
        ...


class Warehouse(Protocol):
    """The tables the sink fills."""

    def insert(self, block: Block) -> None:
        """Write a block, whole or not at all. Again writing the same block changes nothing.

        Raises ``Retry`` when the warehouse is away, or when it may or may not have the block.
        """
        ...

    def positions(self) -> dict[Place, int]:
        """Per topic partition the offset of the first record not in the tables. Raises ``Retry``."""
        ...
