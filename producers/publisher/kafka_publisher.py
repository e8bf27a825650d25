"""Records → Kafka (adapter: kafka-python's producer). Idempotent, acks=all, bounded memory.

**Nothing counts as published before the broker has acknowledged it.** A batch the broker lost is sent again, so a
record may be written twice or after its successors: what is written must be an upsert. While the broker is away the
caller waits, and a warning is logged at growing intervals.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import NamedTuple, Self

from kafka import KafkaProducer
from kafka.errors import (
    InvalidTopicError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)
from kafka.producer.future import FutureRecordMetadata

from broker.admin import Admin, TopicDescription
from broker.partitioner import partition_of
from broker.reachability import BOOTSTRAP_MS, reachable
from broker.records import ProducerRecord
from broker.topic_watch import TopicWatch
from runtime.retry import LISTEN_S, BlockingRetry
from schemas.errors import Retry, Stop

_REFUSALS = (InvalidTopicError, MessageSizeTooLargeError, RecordListTooLargeError, TopicAuthorizationFailedError)
# The client tries for ever by itself: a batch that it gives up costs a new client, see ``_settle``.
_FOR_EVER_MS = 2**31 - 1
_CLOSE_S = 10


class _InFlight(NamedTuple):
    """A record that is sent and not acknowledged."""

    record: ProducerRecord
    future: FutureRecordMetadata
    # Which client sent it: once that one is replaced, the record is sent again by the next.
    producer: KafkaProducer

    @property
    def size(self) -> int:
        return len(self.record.key or b"") + len(self.record.value or b"") + 100


class KafkaPublisher:
    """A ``Publisher`` on a broker. At most ``in_flight_bytes`` are unacknowledged: then the caller waits.

    ``stopping`` is asked while the broker is away: when true, waiting ends with ``Retry`` instead of going on for ever.
    """

    def __init__(
        self, bootstrap: str, *, in_flight_bytes: int = 16 << 20, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # it logs every retry; the warnings here are enough
        self._bootstrap = bootstrap
        self._limit = in_flight_bytes
        self._retry = BlockingRetry(f"broker {bootstrap}", stopping)
        self._topics: dict[str, TopicDescription] = {}
        self._watch = TopicWatch(Admin(bootstrap).described, self._topics)
        self._producer: KafkaProducer | None = None
        # In the order of sending; the oldest is settled first.
        self._in_flight: deque[_InFlight] = deque()
        self._bytes = 0
        # One call at a time: offsets are given in the order of records, and a failed call clears what is in flight.
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def partitions(self, topic: str) -> int:
        """How many partitions ``topic`` has. Raises ``Stop`` when the broker does not know it, or it is another one now."""
        # Every few seconds: keys would be placed by a number of partitions that is no longer true.
        if topic in self._topics:
            self._watch.look_again()
        while topic not in self._topics:
            try:
                found = Admin(self._bootstrap).described([topic])
            except Retry as away:
                self._retry.wait(str(away))
                continue
            if topic not in found:
                raise Stop(f"there is no topic {topic} on {self._bootstrap}", "run `baton topics apply`")
            self._topics[topic] = found[topic]
        return self._topics[topic].partitions

    def publish(self, records: Iterable[ProducerRecord]) -> int:
        """Write the records in their order; returns their number when the broker has acknowledged every one.

        Raises ``Stop`` for a record that no broker would take, ``Retry`` when asked to stop while the broker is away.
        """
        with self._lock, self._discarding_in_flight():
            count = 0
            for record in records:
                self._send(record)
                count += 1
                # Memory stays bounded however large the import is; only the oldest is waited for, so sending goes on.
                while self._bytes > self._limit:
                    self._settle()
            # Until nothing is left: what was sent again is in flight, too. Only now may a caller count the records as written.
            while self._in_flight:
                self._flush()
                self._settle()
            return count

    def publish_for_offsets(self, records: Iterable[ProducerRecord]) -> list[int]:
        """As ``publish``; returns the offsets in the records' order (-1: acknowledged, offset unknown)."""
        with self._lock, self._discarding_in_flight():
            offsets = []
            for record in records:
                self._send(record)
            while self._in_flight:
                self._flush()
                # Sent again as the oldest, so that the offsets stay in the order of the records.
                if (offset := self._settle(first=True)) is not None:
                    offsets.append(offset)
            return offsets

    def close(self) -> None:
        """Wait up to ten seconds for acknowledgements, then close the client."""
        producer, self._producer = self._producer, None
        if producer is not None:
            # Swallowed: what was not acknowledged is sent again by the next client, or its call has raised.
            with suppress(KafkaError):
                producer.close(timeout=_CLOSE_S)

    def _send(self, record: ProducerRecord, first: bool = False) -> None:
        partitions = self.partitions(record.topic)
        partition = partition_of(record.key, partitions) if record.partition is None else record.partition
        while True:
            producer = self._connected()
            try:
                future = producer.send(
                    record.topic, value=record.value, key=record.key, headers=record.headers, partition=partition
                )
            # The client has no metadata or no memory within ``max_block_ms``: the broker is away, the record is not sent.
            except KafkaTimeoutError as error:
                self._retry.wait(type(error).__name__)
                continue
            except (KafkaError, ValueError) as error:
                raise self._refused(record, error) from error
            break
        flight = _InFlight(record, future, producer)
        if first:
            self._in_flight.appendleft(flight)
        else:
            self._in_flight.append(flight)
        self._bytes += flight.size

    def _flush(self) -> None:
        """Send what lingers and wait until every batch is acknowledged or has failed."""
        # The newest as a sign; what is older and not done yet is waited for by ``_settle``.
        while not self._in_flight[-1].future.is_done:
            try:
                # In short waits, so that a request to stop is noticed.
                self._connected().flush(timeout=LISTEN_S)
                return
            except KafkaTimeoutError:
                self._retry.count_wait(LISTEN_S, "no acknowledgement")

    def _settle(self, first: bool = False) -> int | None:
        """Wait for the oldest record: its offset. None: it failed and was sent again (``first``: as the oldest)."""
        # Taken out first: when it is sent again it comes back, at either end.
        flight = self._in_flight.popleft()
        self._bytes -= flight.size
        while True:
            try:
                offset = int(flight.future.get(timeout=LISTEN_S).offset)
                self._retry.reset()
                return offset
            except _REFUSALS as error:
                raise self._refused(flight.record, error) from error
            except KafkaError as error:
                # ``get`` raises the same when only its wait is over.
                if not flight.future.is_done:
                    self._retry.count_wait(LISTEN_S, "no acknowledgement")
                    continue
                # A producer that lost a batch has a hole in its sequence numbers: the broker would refuse what follows.
                # Others of its batches may fail after this one; they find the new producer here and leave it alone.
                if flight.producer is self._producer:
                    self._retry.wait(f"{type(error).__name__}; sending again")
                    self.close()
                self._send(flight.record, first)
                return None

    @contextmanager
    def _discarding_in_flight(self) -> Iterator[None]:
        """Afterwards nothing is in flight: what a failed call left there belongs to no later call."""
        try:
            yield
        finally:
            # Futures of the old call stay with their client; its records may still arrive, and are upserts.
            self._in_flight.clear()
            self._bytes = 0

    def _connected(self) -> KafkaProducer:
        while self._producer is None:
            # A client that can't bootstrap leaves a thread behind.
            if not reachable(self._bootstrap):
                self._retry.wait("it takes no connections")
                continue
            try:
                self._producer = KafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    client_id="baton-producers",
                    acks="all",
                    enable_idempotence=True,
                    delivery_timeout_ms=_FOR_EVER_MS,
                    # How long ``send`` blocks without metadata: a request to stop is noticed only between two sends.
                    max_block_ms=10_000,
                    bootstrap_timeout_ms=BOOTSTRAP_MS,
                    # The default grows to half a minute, which a broker that is back would wait for.
                    reconnect_backoff_max_ms=2_000,
                    batch_size=256 << 10,
                    # A batch waits so long for more records; fewer and larger requests, still far below a tick of a second.
                    linger_ms=50,
                    max_request_size=4 << 20,
                    # A misspelt topic must be refused, not made with the broker's defaults.
                    allow_auto_create_topics=False,
                    metrics_enabled=False,
                )
                self._retry.reset()
            except KafkaError as error:
                self._retry.wait(type(error).__name__)
        return self._producer

    def _refused(self, record: ProducerRecord, error: Exception) -> Stop:
        size = len(record.value or b"")
        if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
            mend = f"raise max.message.bytes of {record.topic}, or leave such long texts out"
        elif isinstance(error, TopicAuthorizationFailedError):
            mend = f"let this account write to {record.topic}"
        else:
            mend = "run `baton topics apply`"
        return Stop(
            f"a record of {size} bytes for {record.topic} at {self._bootstrap} is refused: {type(error).__name__}: {error}",
            mend,
        )
