"""What producers write and read, and the two ports: where records go, and the log they can be read back from."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol


class Record(NamedTuple):
    """One record to write. ``partition`` None: by the key, as every Kafka client does it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] | None = None
    partition: int | None = None


class Stored(NamedTuple):
    """One record as the log holds it. ``appended_ms``: when the broker took it, ms UTC."""

    offset: int
    key: bytes | None
    value: bytes | None
    appended_ms: int


class Outbox(Protocol):
    """Where records go."""

    def partitions(self, topic: str) -> int:
        """How many partitions ``topic`` has. Raises ``Stop`` when there is no such topic."""

    def publish(self, records: Iterable[Record]) -> int:
        """Write the records in their order and return how many were acknowledged, all of them, when they are."""

    def place(self, records: Iterable[Record]) -> list[int]:
        """As ``publish`` for few records; returns their offsets (-1: acknowledged, offset not told)."""


class Log(Outbox, Protocol):
    """An outbox whose topics can be read back. Reading raises ``Retry`` while the broker is away."""

    def starts(self, topic: str) -> list[int]:
        """First offset of each partition of ``topic``."""

    def ends(self, topic: str) -> list[int]:
        """Next offset of each partition of ``topic``. Raises ``Stop`` when there is no such topic."""

    def read(self, topic: str, partition: int, start: int, stop: int) -> list[Stored]:
        """The records with ``start <= offset < stop``, in order."""
