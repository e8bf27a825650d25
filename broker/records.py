"""Records of a topic, as every reader and writer of Baton sees them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class TopicPartition(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


class LogRecord(NamedTuple):
    """One record as the log holds it. ``timestamp``: when the broker took it, ms UTC."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Record(Protocol):
    """What a fold needs of a record; ``LogRecord`` and aiokafka's own records fit, so that none is copied on its way."""

    @property
    def offset(self) -> int:
        """Its offset in the partition."""

    @property
    def timestamp(self) -> int:
        """When the broker took it, ms UTC."""

    @property
    def key(self) -> bytes | None:
        """Its key."""

    @property
    def value(self) -> bytes | None:
        """Its value."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Its headers."""


class PartitionRecord(Record, Protocol):
    """A record with what the sink needs besides: its partition."""

    @property
    def partition(self) -> int:
        """Its partition."""


class ProducerRecord(NamedTuple):
    """One record to write. ``partition`` None: by the key, as every Kafka client does it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] | None = None
    partition: int | None = None
