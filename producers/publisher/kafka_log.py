"""A broker's topics as a ``Log``: written by ``KafkaPublisher``, read back by ``TopicReader``."""

from collections.abc import Callable

from broker.reader import TopicReader
from broker.records import LogRecord
from producers.publisher.kafka_publisher import KafkaPublisher


class KafkaLog(KafkaPublisher):
    """A ``Log`` on a broker. Writing waits while the broker is away, reading raises ``Retry``."""

    def __init__(self, bootstrap: str, *, stopping: Callable[[], bool] = lambda: False) -> None:
        super().__init__(bootstrap, stopping=stopping)
        self._reader = TopicReader(bootstrap)

    def starts(self, topic: str) -> list[int]:
        """First offset of each partition."""
        return self._reader.starts(topic, self.partitions(topic))

    def ends(self, topic: str) -> list[int]:
        """Next offset of each partition. Raises ``Stop`` when the broker has no such topic."""
        return self._reader.ends(topic, self.partitions(topic))

    def read(self, topic: str, partition: int, start: int, stop: int) -> list[LogRecord]:
        """The records with ``start <= offset < stop``, in order."""
        return self._reader.read(topic, partition, start, stop)

    def close(self) -> None:
        """Close writer and reader; waits up to ten seconds for acknowledgements. A later call connects anew."""
        # The writer first: it may still be waiting for acknowledgements, which reading could not tell of.
        super().close()
        self._reader.close()
