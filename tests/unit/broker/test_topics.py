"""The registry against what a broker has."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from broker.admin import TopicDescription
from broker.topics import apply_to, drift
from schemas.errors import Stop
from schemas.settings import load
from schemas.topics import Topic, registry

TOPICS = registry(load())


class MemoryTopics:
    """Topics in memory."""

    bootstrap = "memory"

    def __init__(self, topics: tuple[Topic, ...]) -> None:
        self.topics = {t.name: t for t in topics}

    def described(self, names: list[str]) -> dict[str, TopicDescription]:
        return {name: TopicDescription("id", t.partitions) for name, t in self.topics.items() if name in names}

    def configs(self, names: list[str]) -> dict[str, Mapping[str, str]]:
        return {name: self.topics[name].config for name in names}

    def create(self, topic: Topic) -> None:
        self.topics[topic.name] = topic


def test_only_what_is_missing_is_made() -> None:
    """Missing topics are made, in the registry's order; a second time there is nothing to do."""
    broker = MemoryTopics(TOPICS[:1])
    assert apply_to(broker, TOPICS) == [t.name for t in TOPICS[1:]]
    assert apply_to(broker, TOPICS) == []


def test_every_difference_is_named_and_nothing_is_made() -> None:
    """All differences are named in one error, with both values, and while there are any nothing is made."""
    broker = MemoryTopics(tuple(replace(t, partitions=9, config={**t.config, "retention.ms": "5"}) for t in TOPICS[:2]))
    with pytest.raises(Stop) as caught:
        apply_to(broker, TOPICS)
    for topic in TOPICS[:2]:
        assert f"{topic.name}: partitions: expected {topic.partitions}, found 9" in caught.value.problem
        assert f"{topic.name}: retention.ms: expected {topic.config['retention.ms']}, found 5" in caught.value.problem
    assert len(broker.topics) == 2


def test_settings_of_the_broker_beyond_the_registry_are_its_own() -> None:
    """What the registry says nothing about may be anything."""
    topic = TOPICS[0]
    assert drift(topic, topic.partitions, {**topic.config, "segment.ms": "1"}) == []
