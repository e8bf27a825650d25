"""What a broker holds and how it is set up (adapter: kafka-python's consumer and admin clients)."""

import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigFilterType, ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, KafkaTimeoutError, TopicAlreadyExistsError

from producers.records import Stored
from schemas.errors import Retry, Stop
from schemas.topics import Topic

_ASK_MS = 10_000
_READ_MS = 1000


@dataclass(frozen=True)
class Found:
    """A topic as the broker has it. ``topic_id`` is another one when it was deleted and made again."""

    topic_id: str
    partitions: int
    config: Mapping[str, str]


def reachable(bootstrap: str) -> bool:
    """Whether one of the addresses takes connections. Asked first: a client that can't bootstrap leaves its thread behind."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=_ASK_MS / 1000).close()
            return True
        except (OSError, ValueError):
            continue
    return False


class Reader:
    """Reads topics back. Every call raises ``Retry`` while the broker is away; the next one connects anew."""

    def __init__(self, bootstrap: str) -> None:
        logging.getLogger("kafka").setLevel(logging.CRITICAL)
        self._bootstrap = bootstrap
        self._consumer: Any = None

    def starts(self, topic: str, partitions: int) -> list[int]:
        """First offset of each partition."""
        with self._reading() as consumer:
            places = [TopicPartition(topic, p) for p in range(partitions)]
            found = self._asked(consumer.beginning_offsets, places)
            return [found[place] for place in places]

    def ends(self, topic: str, partitions: int) -> list[int]:
        """Next offset of each partition."""
        with self._reading() as consumer:
            places = [TopicPartition(topic, p) for p in range(partitions)]
            found = self._asked(consumer.end_offsets, places)
            return [found[place] for place in places]

    def read(self, topic: str, partition: int, start: int, stop: int) -> list[Stored]:
        """The records with ``start <= offset < stop``; ``stop`` must be written already, deleted ones are missing."""
        found: list[Stored] = []
        with self._reading() as consumer:
            here = TopicPartition(topic, partition)
            consumer.assign([here])
            consumer.seek(here, start)
            while consumer.position(here) < stop:
                records = consumer.poll(timeout_ms=_READ_MS).get(here, ())
                if not records and not reachable(self._bootstrap):
                    raise Retry(f"broker {self._bootstrap} is away")
                found += [Stored(r.offset, r.key, r.value, r.timestamp) for r in records if r.offset < stop]
        return found

    def close(self) -> None:
        """Leave."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _asked(self, question: Callable[..., dict[TopicPartition, int]], places: list[TopicPartition]) -> Any:
        """The answer, waited for as long as somebody listens: a client does not notice that its broker is gone."""
        try:
            return question(places, timeout_ms=_READ_MS)
        except KafkaTimeoutError as error:
            if not reachable(self._bootstrap):
                raise Retry(f"broker {self._bootstrap} is away") from error
            return question(places, timeout_ms=_ASK_MS)

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        try:
            if self._consumer is None:
                if not reachable(self._bootstrap):
                    raise Retry(f"broker {self._bootstrap} is away")
                self._consumer = KafkaConsumer(
                    bootstrap_servers=self._bootstrap,
                    client_id="baton-producers",
                    enable_auto_commit=False,
                    auto_offset_reset="earliest",
                    allow_auto_create_topics=False,
                    bootstrap_timeout_ms=_ASK_MS,
                    metrics_enabled=False,
                )
            yield self._consumer
        except KafkaError as error:
            broken, self._consumer = self._consumer, None
            if broken is not None:
                broken.close(timeout_ms=0)
            raise Retry(f"broker {self._bootstrap}: {type(error).__name__}") from error


class Admin:
    """Topics of a broker. Every call raises ``Retry`` while it is away."""

    def __init__(self, bootstrap: str) -> None:
        logging.getLogger("kafka").setLevel(logging.CRITICAL)
        self._bootstrap = bootstrap

    def found(self, names: list[str]) -> dict[str, Found]:
        """Those of ``names`` that exist."""
        with self._asking() as admin:
            described = {t["name"]: t for t in admin.describe_topics() if t["name"] in names and not t["error_code"]}
            if not described:
                return {}
            resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in described]
            configs = admin.describe_configs(resources, config_filter=ConfigFilterType.ALL)["topic"]
            return {
                name: Found(
                    str(topic["topic_id"]),
                    len(topic["partitions"]),
                    {key: str(entry["value"]) for key, entry in configs[name].items()},
                )
                for name, topic in described.items()
            }

    def create(self, topic: Topic) -> None:
        """Create ``topic``; nothing when it was created meanwhile. Raises ``Stop`` when the broker refuses it."""
        wanted = {
            topic.name: {
                "num_partitions": topic.partitions,
                "replication_factor": topic.replication,
                "configs": dict(topic.config),
            }
        }
        with self._asking() as admin:
            try:
                admin.create_topics(wanted, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                return
            except KafkaError as error:
                if error.retriable:
                    raise
                raise Stop(
                    f"the broker refuses topic {topic.name}: {error}",
                    "correct partitions or replication_factor in the settings",
                ) from error

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        if not reachable(self._bootstrap):
            raise Retry(f"broker {self._bootstrap} is away")
        try:
            with closing(KafkaAdminClient(bootstrap_servers=self._bootstrap, bootstrap_timeout_ms=_ASK_MS)) as admin:
                yield admin
        except KafkaError as error:
            raise Retry(f"broker {self._bootstrap}: {type(error).__name__}: {error}") from error
