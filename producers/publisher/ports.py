"""What producers need of Kafka: where records go, and a log they can be read back from. ``MemoryBroker`` is both, too."""

from collections.abc import Iterable
from typing import Protocol

from broker.records import LogRecord, ProducerRecord


class Publisher(Protocol):
    """Writes records; every call returns when the broker has acknowledged all of them."""

    def partitions(self, topic: str) -> int:
        """How many partitions ``topic`` has. Raises ``Stop`` when there is no such topic."""

    def publish(self, records: Iterable[ProducerRecord]) -> int:
        """Write the records in their order and return how many were acknowledged, all of them, when they are."""

    def publish_for_offsets(self, records: Iterable[ProducerRecord]) -> list[int]:
        """As ``publish`` for few records; returns their offsets (-1: acknowledged, offset unknown)."""


class Log(Publisher, Protocol):
    """A publisher whose topics can be read back. Reading raises ``Retry`` while the broker is away."""

    def starts(self, topic: str) -> list[int]:
        """First offset of each partition of ``topic``."""

    def ends(self, topic: str) -> list[int]:
        """Next offset of each partition of ``topic``. Raises ``Stop`` when there is no such topic."""

    def read(self, topic: str, partition: int, start: int, stop: int) -> list[LogRecord]:
        """The records with ``start <= offset < stop``, in order."""
