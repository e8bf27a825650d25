"""The topic registry applied to a broker: what is missing is created, what differs is named, nothing is changed silently."""

from collections.abc import Iterable
from typing import Protocol

from producers.broker import Admin, Found
from schemas.errors import Stop
from schemas.topics import Topic


class Topics(Protocol):
    """The part of a broker that knows its topics."""

    def found(self, names: list[str]) -> dict[str, Found]:
        """Those of ``names`` that exist."""

    def create(self, topic: Topic) -> None:
        """Create ``topic``."""


def apply(bootstrap: str, registry: Iterable[Topic]) -> list[str]:
    """Create the missing topics of ``registry``; their names.

    Raises ``Stop`` naming every difference of those that exist (then nothing is created), ``Retry`` while the broker is away.
    """
    return apply_to(Admin(bootstrap), tuple(registry))


def apply_to(broker: Topics, registry: tuple[Topic, ...]) -> list[str]:
    """As ``apply``, on any ``Topics``."""
    found = broker.found([topic.name for topic in registry])
    problems = [line for topic in registry if topic.name in found for line in drift(topic, found[topic.name])]
    if problems:
        raise Stop(
            "topics differ from the registry:\n    " + "\n    ".join(problems),
            "configs: change them on the broker (kafka-configs --alter) or in the settings; "
            "partitions: take the number found into the settings. Never add partitions: items would lose their history",
        )
    missing = [topic for topic in registry if topic.name not in found]
    for topic in missing:
        broker.create(topic)
    return [topic.name for topic in missing]


def drift(topic: Topic, found: Found) -> list[str]:
    """Each difference between a topic as it must be and as it is, as a line."""
    lines = []
    if found.partitions != topic.partitions:
        lines.append(f"{topic.name}: partitions: expected {topic.partitions}, found {found.partitions}")
    for name, value in topic.config.items():
        if found.config.get(name) != value:
            lines.append(f"{topic.name}: {name}: expected {value}, found {found.config.get(name)}")
    return lines


def topic_id(bootstrap: str, name: str) -> str:
    """The broker's own id of a topic: another one after it was deleted and made again. Raises ``Stop`` when there is none."""
    found = Admin(bootstrap).found([name])
    if name not in found:
        raise Stop(f"there is no topic {name} on {bootstrap}", "run `baton topics apply`")
    return found[name].topic_id
