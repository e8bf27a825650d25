"""Dead letters: the original bytes as key and value; where they came from and why stand in Kafka headers.

Headers, all UTF-8: ``reason`` (a ``ParkReason``), ``detail``, ``origin`` (a topic, or ``import:<file>#<hash of its
bytes>``), ``partition`` and ``position`` (offset, or line), ``by`` (who parked it). Its identity is (origin, partition,
position), so parking twice is parking once, and two files of one name stay apart. Behind these stand the original's own
headers that say how it is read (``ce_…``, ``content-type``).
"""

from dataclasses import dataclass

from schemas.errors import Park, ParkReason
from schemas.kafka_binding import Headers, letter_headers

DETAIL_CHARS = 500


@dataclass(frozen=True)
class DeadLetter:
    """One parked record. ``position``: offset in a topic's partition, or line of a file (partition 0)."""

    key: bytes | None
    value: bytes | None
    reason: ParkReason
    detail: str
    origin: str
    partition: int
    position: int
    by: str
    binding: Headers = ()

    def headers(self) -> list[tuple[str, bytes]]:
        """The Kafka headers of this letter."""
        return [
            ("reason", self.reason.encode()),
            ("detail", self.detail[:DETAIL_CHARS].encode("utf-8", "replace")),
            ("origin", self.origin.encode()),
            ("partition", str(self.partition).encode()),
            ("position", str(self.position).encode()),
            ("by", self.by.encode()),
            *self.binding,
        ]


def parked(
    park: Park,
    key: bytes | None,
    value: bytes | None,
    origin: str,
    partition: int,
    position: int,
    by: str,
    headers: Headers = (),
) -> DeadLetter:
    """The dead letter for a record that raised ``park``."""
    return DeadLetter(key, value, park.reason, park.detail, origin, partition, position, by, letter_headers(headers))
