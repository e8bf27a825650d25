"""Records → Kafka (adapter: kafka-python's producer). Idempotent, acks=all, bounded memory, patient.

**Nothing counts as published before the broker has acknowledged it.** A batch the broker lost is sent again, so a
record may be written twice or after its successors: what is written must be an upsert. While the broker is away the
caller waits, and the log says so with growing pauses.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

import structlog
from kafka import KafkaProducer
from kafka.errors import (
    InvalidTopicError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)

from producers.broker import Admin, reachable
from producers.partitioning import partition_of
from producers.patience import LISTEN_S, Patience
from producers.records import Record
from schemas.errors import Retry, Stop

_log = structlog.get_logger(__name__)
_HOPELESS = (InvalidTopicError, MessageSizeTooLargeError, RecordListTooLargeError, TopicAuthorizationFailedError)
_FOR_EVER_MS = 2**31 - 1


class Publisher:
    """An ``Outbox`` on a broker. At most ``in_flight_bytes`` are unacknowledged: then the caller waits.

    ``stopping`` is asked while the broker is away: when true, waiting ends with ``Retry`` instead of going on for ever.
    """

    def __init__(
        self, bootstrap: str, *, in_flight_bytes: int = 16 << 20, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # this module says what matters, once
        self._bootstrap = bootstrap
        self._limit = in_flight_bytes
        self._patience = Patience(f"broker {bootstrap}", stopping)
        self._counts: dict[str, int] = {}
        self._producer: Any = None
        self._waiting: deque[tuple[Record, Any]] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def partitions(self, topic: str) -> int:
        """How many partitions ``topic`` has. Raises ``Stop`` when the broker does not know it."""
        while topic not in self._counts:
            try:
                found = Admin(self._bootstrap).found([topic])
            except Retry as away:
                self._patience.wait(str(away))
                continue
            if topic not in found:
                raise Stop(f"there is no topic {topic} on {self._bootstrap}", "run `baton topics apply`")
            self._counts[topic] = found[topic].partitions
        return self._counts[topic]

    def publish(self, records: Iterable[Record]) -> int:
        """Write the records in their order; returns their number when the broker has acknowledged every one.

        Raises ``Stop`` for a record that no broker would take, ``Retry`` when told to stop while the broker is away.
        """
        with self._lock:
            count = 0
            for record in records:
                self._send(record)
                count += 1
                while self._bytes > self._limit:
                    self._settle()
            while self._waiting:
                self._settle()
            return count

    def place(self, records: Iterable[Record]) -> list[int]:
        """As ``publish``; returns the offsets in the records' order (-1: acknowledged, offset not told)."""
        with self._lock:
            offsets = []
            for record in records:
                self._send(record)
            while self._waiting:
                offsets.append(self._settle(in_order=True))
            return offsets

    def close(self) -> None:
        """Give what is unacknowledged a last chance, then leave."""
        if self._producer is not None:
            self._producer.close(timeout=10)
            self._producer = None

    def _send(self, record: Record) -> None:
        partitions = self.partitions(record.topic)
        partition = partition_of(record.key, partitions) if record.partition is None else record.partition
        while True:
            try:
                future = self._connected().send(
                    record.topic, value=record.value, key=record.key, headers=record.headers, partition=partition
                )
            except KafkaTimeoutError as error:
                self._patience.wait(str(error))
                continue
            except (KafkaError, ValueError) as error:
                raise self._stop(record, error) from error
            break
        self._waiting.append((record, future))
        self._bytes += len(record.key or b"") + len(record.value or b"") + 100

    def _settle(self, in_order: bool = False) -> int:
        """Wait for the oldest record: its offset. One that failed is sent again (``in_order``: and waited for)."""
        record, future = self._waiting.popleft()
        self._bytes -= len(record.key or b"") + len(record.value or b"") + 100
        try:
            while True:
                try:
                    offset = int(future.get(timeout=LISTEN_S).offset)
                    self._patience.over()
                    return offset
                except KafkaTimeoutError:
                    if future.is_done:
                        raise
                    self._patience.waited(LISTEN_S, "no acknowledgement")
        except _HOPELESS as error:
            raise self._stop(record, error) from error
        except KafkaError as error:
            _log.warning("sent again", topic=record.topic, error=type(error).__name__)
            self._send(record)
            if in_order:
                self._waiting.rotate(1)
                return self._settle(in_order=True)
            return -1

    def _connected(self) -> Any:
        while self._producer is None:
            if not reachable(self._bootstrap):
                self._patience.wait("nobody listens there")
                continue
            try:
                self._producer = KafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    client_id="baton-producers",
                    acks="all",
                    enable_idempotence=True,
                    delivery_timeout_ms=_FOR_EVER_MS,
                    max_block_ms=10_000,
                    bootstrap_timeout_ms=10_000,
                    reconnect_backoff_max_ms=2_000,
                    batch_size=256 << 10,
                    linger_ms=0,
                    max_request_size=4 << 20,
                    allow_auto_create_topics=False,
                    metrics_enabled=False,
                )
                self._patience.over()
            except KafkaError as error:
                self._patience.wait(type(error).__name__)
        return self._producer

    @staticmethod
    def _stop(record: Record, error: Exception) -> Stop:
        size = len(record.value or b"")
        return Stop(f"a record of {size} bytes for {record.topic} is refused: {error}", "run `baton topics apply`")
