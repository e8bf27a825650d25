"""A broker's topics as a ``Log``: written by ``Publisher``, read back by ``Reader``."""

from collections.abc import Callable

from producers.broker import Reader
from producers.publisher import Publisher
from producers.records import Stored


class KafkaLog(Publisher):
    """A ``Log`` on a broker. Writing waits while the broker is away, reading raises ``Retry``."""

    def __init__(self, bootstrap: str, *, stopping: Callable[[], bool] = lambda: False) -> None:
        super().__init__(bootstrap, stopping=stopping)
        self._reader = Reader(bootstrap)

    def starts(self, topic: str) -> list[int]:
        """First offset of each partition."""
        return self._reader.starts(topic, self.partitions(topic))

    def ends(self, topic: str) -> list[int]:
        """Next offset of each partition. Raises ``Stop`` when the broker has no such topic."""
        return self._reader.ends(topic, self.partitions(topic))

    def read(self, topic: str, partition: int, start: int, stop: int) -> list[Stored]:
        """The records with ``start <= offset < stop``, in order."""
        return self._reader.read(topic, partition, start, stop)

    def close(self) -> None:
        """Close both clients."""
        super().close()
        self._reader.close()
