"""The topic registry applied to a broker: what is missing is created, what differs is named, nothing is changed silently."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from broker.admin import Admin, TopicDescription
from schemas.errors import Stop
from schemas.topics import ANOTHER_LOG, Topic


class Topics(Protocol):
    """The part of a broker at ``bootstrap`` that knows its topics; ``Admin`` is it."""

    bootstrap: str

    def described(self, names: list[str]) -> dict[str, TopicDescription]:
        """Those of ``names`` that exist."""

    def configs(self, names: list[str]) -> dict[str, Mapping[str, str]]:
        """Configuration of topics that exist."""

    def create(self, topic: Topic) -> None:
        """Create ``topic``."""


def apply(bootstrap: str, registry: Iterable[Topic]) -> list[str]:
    """Create the missing topics of ``registry``; their names.

    Raises ``Stop`` naming every difference of those that exist (then nothing is created), ``Retry`` while the broker is away.
    """
    return apply_to(Admin(bootstrap), tuple(registry))


def apply_to(broker: Topics, registry: tuple[Topic, ...]) -> list[str]:
    """As ``apply``, on any ``Topics``."""
    # 1 compare everything   2 create. A difference found after the first creation would leave half of the topics.
    found = broker.described([topic.name for topic in registry])
    configs = broker.configs(list(found))
    existing = [topic for topic in registry if topic.name in found]
    problems = [line for topic in existing for line in drift(topic, found[topic.name].partitions, configs[topic.name])]
    if problems:
        raise Stop(
            f"topics at {broker.bootstrap} differ from the registry:\n    " + "\n    ".join(problems),
            "configs: change them on the broker (kafka-configs --alter) or in the settings; "
            "partitions: take the number found into the settings (BATON_EVENTS_PARTITIONS and the like) where the topic "
            "always had it. Never add partitions: items would lose their history. Where they were added since, " + ANOTHER_LOG,
        )
    missing = [topic for topic in registry if topic.name not in found]
    # A crash among these is mended by the next call, which creates the rest.
    for topic in missing:
        broker.create(topic)
    return [topic.name for topic in missing]


def drift(topic: Topic, partitions: int, config: Mapping[str, str]) -> list[str]:
    """Each difference between a topic as it must be and as it was found, as a line."""
    lines = []
    if partitions != topic.partitions:
        lines.append(f"{topic.name}: partitions: expected {topic.partitions}, found {partitions}")
    for name, value in topic.config.items():
        if config.get(name) != value:
            lines.append(f"{topic.name}: {name}: expected {value}, found {config.get(name)}")
    return lines


def described(bootstrap: str, names: Iterable[str]) -> dict[str, TopicDescription]:
    """The named topics. Raises ``Stop`` for those that are missing, ``Retry`` while the broker is away."""
    wanted = list(names)
    found = Admin(bootstrap).described(wanted)
    if missing := sorted(set(wanted) - found.keys()):
        raise Stop(f"topics missing at {bootstrap}: {', '.join(missing)}", "run `baton topics apply`")
    return found
