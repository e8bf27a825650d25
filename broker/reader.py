"""Topics read back from given offsets, without a consumer group (adapter: kafka-python's consumer)."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import CorruptRecordError, KafkaError, KafkaTimeoutError, UnsupportedCodecError
from kafka.record import memory_records

from broker.reachability import BOOTSTRAP_MS, check_reachable
from broker.record_parsing import AnyHeaderNames, unreadable
from broker.records import LogRecord
from schemas.errors import Retry

_POLL_MS = 1000


class _Batch(AnyHeaderNames, memory_records.DefaultRecordBatch):  # type: ignore[misc]  # kafka-python has no types
    """The client's batch, which takes any header name."""


# Private API: the client makes the batches it has fetched of what this name holds, in every consumer of the process.
memory_records.DefaultRecordBatch = _Batch


class TopicReader:
    """Every call raises ``Retry`` while the broker is away; the next one connects anew.

    Only what was committed is there: an end lies before the first open transaction, what was aborted is missing. With
    ``uncommitted`` everything is there that the broker took.
    """

    def __init__(self, bootstrap: str, *, uncommitted: bool = False) -> None:
        self._isolation = "read_uncommitted" if uncommitted else "read_committed"
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # it logs every retry; the errors raised here are enough
        self._bootstrap = bootstrap
        # Made at the first call and kept, since each new client asks the broker several times first. Used from one thread.
        self._consumer: KafkaConsumer | None = None

    def starts(self, topic: str, partitions: int) -> list[int]:
        """First offset of each partition."""
        with self._connected() as consumer:
            return self._offsets(consumer.beginning_offsets, topic, partitions)

    def ends(self, topic: str, partitions: int) -> list[int]:
        """Next offset of each partition."""
        with self._connected() as consumer:
            return self._offsets(consumer.end_offsets, topic, partitions)

    def read(self, topic: str, partition: int, start: int, stop: int) -> list[LogRecord]:
        """The records with ``start <= offset < stop``; ``stop`` must be written already, deleted ones are missing.

        Raises ``Stop`` at one that can't be read.
        """
        found: list[LogRecord] = []
        with self._connected() as consumer:
            assigned = TopicPartition(topic, partition)
            # Assigned by hand, without a group: nothing is rebalanced or committed, and the next call may read another
            # partition.
            consumer.assign([assigned])
            consumer.seek(assigned, start)
            # By position and not by records: markers of transactions and deleted records have offsets and never arrive.
            while consumer.position(assigned) < stop:
                try:
                    records = consumer.poll(timeout_ms=_POLL_MS).get(assigned, ())
                except (CorruptRecordError, UnsupportedCodecError) as error:
                    raise unreadable(topic, partition, consumer.position(assigned), error) from error
                # An empty poll may be a slow broker or none at all, and the client itself would wait for ever.
                if not records:
                    check_reachable(self._bootstrap)
                found += [LogRecord(r.offset, r.timestamp, r.key, r.value, r.headers) for r in records if r.offset < stop]
        return found

    def close(self) -> None:
        """Close the client; a later call connects anew."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _offsets(self, ask: Callable[..., dict[TopicPartition, int]], topic: str, partitions: int) -> list[int]:
        """The offsets by partition; asked twice, because a client does not notice that its broker is gone."""
        wanted = [TopicPartition(topic, number) for number in range(partitions)]
        try:
            # Short first: a client whose broker is gone waits out whatever time it is given.
            found = ask(wanted, timeout_ms=_POLL_MS)
        except KafkaTimeoutError:
            check_reachable(self._bootstrap)
            found = ask(wanted, timeout_ms=BOOTSTRAP_MS)
        return [found[partition] for partition in wanted]

    @contextmanager
    def _connected(self) -> Iterator[KafkaConsumer]:
        try:
            if self._consumer is None:
                check_reachable(self._bootstrap)
                self._consumer = KafkaConsumer(
                    bootstrap_servers=self._bootstrap,
                    client_id="baton-reader",
                    enable_auto_commit=False,
                    auto_offset_reset="earliest",
                    allow_auto_create_topics=False,
                    isolation_level=self._isolation,
                    bootstrap_timeout_ms=BOOTSTRAP_MS,
                    metrics_enabled=False,
                )
            yield self._consumer
        except KafkaError as error:
            # Thrown away whatever the error was: the next call begins with a client that knows nothing stale.
            failed, self._consumer = self._consumer, None
            if failed is not None:
                failed.close(timeout_ms=0)  # else it would wait for the broker's answer
            raise Retry(f"the broker at {self._bootstrap} does not answer: {type(error).__name__}") from error
