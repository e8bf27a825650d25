"""Topics of a broker: which there are, their ids, partitions and configuration (adapter: kafka-python's admin client)."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import NamedTuple

from kafka import KafkaAdminClient
from kafka.admin import ConfigFilterType, ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAlreadyExistsError

from broker.reachability import BOOTSTRAP_MS, check_reachable
from broker.records import TopicPartition
from schemas.errors import Retry, Stop
from schemas.topics import Topic

_REQUEST_MS = 30_000


class TopicDescription(NamedTuple):
    """A topic as the broker has it. ``id``: Kafka's own, another one after the topic was deleted and made again."""

    id: str
    partitions: int


class Admin:
    """Every call raises ``Retry`` while the broker is away."""

    def __init__(self, bootstrap: str) -> None:
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # it logs every retry; the errors raised here are enough
        self.bootstrap = bootstrap

    def described(self, names: list[str]) -> dict[str, TopicDescription]:
        """Those of ``names`` that exist."""
        with self._connected() as admin:
            return {
                topic["name"]: TopicDescription(str(topic["topic_id"]), len(topic["partitions"]))
                # A topic may be listed with an error code, for instance while it is being made: then it counts as missing.
                for topic in admin.describe_topics()
                if topic["name"] in names and not topic["error_code"]
            }

    def configs(self, names: list[str]) -> dict[str, Mapping[str, str]]:
        """Configuration of topics that exist."""
        if not names:
            return {}
        with self._connected() as admin:
            resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
            found = admin.describe_configs(resources, config_filter=ConfigFilterType.ALL)["topic"]
        return {name: {key: str(entry["value"]) for key, entry in found[name].items()} for name in names}

    def create(self, topic: Topic) -> None:
        """Create ``topic``; nothing when it was created meanwhile. Raises ``Stop`` when the broker refuses it."""
        wanted = {
            topic.name: {
                "num_partitions": topic.partitions,
                "replication_factor": topic.replication,
                "configs": dict(topic.config),
            }
        }
        with self._connected() as admin:
            try:
                # Waits until the brokers know it: a producer that starts at once would find no partition.
                admin.create_topics(wanted, wait_for_metadata=True)
            # Another process of the same installation was quicker; whether it is the same topic is compared at the next start.
            except TopicAlreadyExistsError:
                return
            except KafkaError as error:
                # Goes on to ``_connected``, which makes a Retry of it.
                if error.retriable:
                    raise
                raise Stop(
                    f"the broker at {self.bootstrap} refuses topic {topic.name}: {error}",
                    "correct the topic's partitions or BATON_REPLICATION_FACTOR in the settings (`baton doctor` lists them)",
                ) from error

    def committed(self, groups: Iterable[str]) -> dict[TopicPartition, int]:
        """The offsets that consumer groups have committed, of groups that share no topic."""
        with self._connected() as admin:
            found = admin.list_group_offsets(list(groups))
        # Negative: the group has committed nothing there.
        return {
            TopicPartition(place.topic, place.partition): known.offset
            for offsets in found.values()
            for place, known in offsets.items()
            if known.offset >= 0
        }

    @contextmanager
    def _connected(self) -> Iterator[KafkaAdminClient]:
        # A client for each call: none is kept that lost its broker unnoticed.
        check_reachable(self.bootstrap)
        try:
            with closing(
                KafkaAdminClient(
                    bootstrap_servers=self.bootstrap, request_timeout_ms=_REQUEST_MS, bootstrap_timeout_ms=BOOTSTRAP_MS
                )
            ) as admin:
                yield admin
        except (KafkaError, OSError) as error:
            raise Retry(f"the broker at {self.bootstrap} does not answer: {type(error).__name__}: {error}") from error
