"""The in-memory twin of a Kafka log: topics with partitions and offsets, gone with the process."""

from collections.abc import Callable, Iterable, Mapping

from producers.partitioning import partition_of
from producers.records import Record, Stored
from schemas.errors import Stop


class MemoryLog:
    """A ``Log`` in memory. ``now`` gives the append time in ms UTC."""

    def __init__(self, partitions: Mapping[str, int], now: Callable[[], int]) -> None:
        self.topics: dict[str, list[list[Stored]]] = {name: [[] for _ in range(n)] for name, n in partitions.items()}
        self.headers: dict[tuple[str, int, int], list[tuple[str, bytes]]] = {}
        self._now = now

    def append(self, record: Record) -> int:
        """Write one record; its offset."""
        parts = self._topic(record.topic)
        number = partition_of(record.key, len(parts)) if record.partition is None else record.partition
        part = parts[number]
        part.append(Stored(len(part), record.key, record.value, self._now()))
        if record.headers:
            self.headers[record.topic, number, len(part) - 1] = record.headers
        return len(part) - 1

    def partitions(self, topic: str) -> int:
        """How many partitions ``topic`` has. Raises ``Stop`` when there is no such topic."""
        return len(self._topic(topic))

    def publish(self, records: Iterable[Record]) -> int:
        """Write the records; how many."""
        return sum(1 for record in records if self.append(record) >= 0)

    def place(self, records: Iterable[Record]) -> list[int]:
        """Write the records; their offsets."""
        return [self.append(record) for record in records]

    def starts(self, topic: str) -> list[int]:
        """Always 0: nothing is ever deleted here."""
        return [0 for _ in self._topic(topic)]

    def ends(self, topic: str) -> list[int]:
        """Next offset of each partition. Raises ``Stop`` when there is no such topic."""
        return [len(part) for part in self._topic(topic)]

    def read(self, topic: str, partition: int, start: int, stop: int) -> list[Stored]:
        """The records with ``start <= offset < stop``."""
        return self._topic(topic)[partition][start:stop]

    def _topic(self, topic: str) -> list[list[Stored]]:
        if topic not in self.topics:
            raise Stop(f"there is no topic {topic}", "run `baton topics apply`")
        return self.topics[topic]
