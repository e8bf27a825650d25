"""The broker in memory: topics with partitions and offsets, gone with the process. The shipped twin of ``KafkaLog``."""

from collections.abc import Callable, Iterable, Mapping

from broker.partitioner import partition_of
from broker.records import LogRecord, ProducerRecord
from schemas.errors import Stop


class MemoryBroker:
    """Fits ``producers.publisher.ports.Log``. ``now`` gives the append time in ms UTC."""

    def __init__(self, partitions: Mapping[str, int], now: Callable[[], int]) -> None:
        self.topics: dict[str, list[list[LogRecord]]] = {name: [[] for _ in range(n)] for name, n in partitions.items()}
        self._now = now

    def append(self, record: ProducerRecord) -> int:
        """Write one record; its offset."""
        partitions = self._topic(record.topic)
        number = partition_of(record.key, len(partitions)) if record.partition is None else record.partition
        partition = partitions[number]
        # The append time is taken here, as LogAppendTime does it: what a producer says of time is in the value.
        partition.append(LogRecord(len(partition), self._now(), record.key, record.value, record.headers or ()))
        return len(partition) - 1

    def partitions(self, topic: str) -> int:
        """How many partitions ``topic`` has. Raises ``Stop`` when there is no such topic."""
        return len(self._topic(topic))

    def publish(self, records: Iterable[ProducerRecord]) -> int:
        """Write the records; how many."""
        return sum(1 for record in records if self.append(record) >= 0)

    def publish_for_offsets(self, records: Iterable[ProducerRecord]) -> list[int]:
        """Write the records; their offsets."""
        return [self.append(record) for record in records]

    def starts(self, topic: str) -> list[int]:
        """Always 0: nothing is ever deleted here."""
        return [0 for _ in self._topic(topic)]

    def ends(self, topic: str) -> list[int]:
        """Next offset of each partition. Raises ``Stop`` when there is no such topic."""
        return [len(partition) for partition in self._topic(topic)]

    def read(self, topic: str, partition: int, start: int, stop: int) -> list[LogRecord]:
        """The records with ``start <= offset < stop``."""
        return self._topic(topic)[partition][start:stop]

    def _topic(self, topic: str) -> list[list[LogRecord]]:
        if topic not in self.topics:
            raise Stop(f"there is no topic {topic}", "run `baton topics apply`")
        return self.topics[topic]
