"""What the sink's loop needs from outside: a log to read, a warehouse to write. Adapters and in-memory twins both fit."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class Place(NamedTuple):
    """A topic partition."""

    topic: str
    partition: int


class Record(Protocol):
    """One record as Kafka keeps it. aiokafka's own records fit, so that none is copied on its way."""

    @property
    def partition(self) -> int:
        """Its partition."""
        ...

    @property
    def offset(self) -> int:
        """Its offset."""
        ...

    @property
    def timestamp(self) -> int:
        """When Kafka took it in, ms UTC."""
        ...

    @property
    def key(self) -> bytes | None:
        """Its key."""
        ...

    @property
    def value(self) -> bytes | None:
        """Its value."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Its headers."""
        ...


Polled = Mapping[Place, Sequence[Record]]
"""Records by topic partition, each in the order of their offsets."""


class Hole(NamedTuple):
    """Offsets ``first`` to ``last`` of a topic partition, at which the log itself holds no record."""

    place: Place
    first: int
    last: int


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

    def holes(self) -> list[Hole]:
        """The holes passed since the last call: before, between and behind the records read."""
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
