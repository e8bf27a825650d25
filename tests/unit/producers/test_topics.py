"""The registry against what a broker has."""

from dataclasses import replace

import pytest

from producers.broker import Found
from producers.topics import apply_to, drift
from schemas.errors import Stop
from schemas.settings import load
from schemas.topics import Topic, registry

TOPICS = registry(load())


class Shelf:
    """Topics in memory."""

    def __init__(self, topics: tuple[Topic, ...]) -> None:
        self.topics = {t.name: Found("id", t.partitions, dict(t.config)) for t in topics}

    def found(self, names: list[str]) -> dict[str, Found]:
        return {name: found for name, found in self.topics.items() if name in names}

    def create(self, topic: Topic) -> None:
        self.topics[topic.name] = Found("id", topic.partitions, dict(topic.config))


def test_only_what_is_missing_is_made() -> None:
    """Missing topics are made, in the registry's order; a second time there is nothing to do."""
    shelf = Shelf(TOPICS[:1])
    assert apply_to(shelf, TOPICS) == [t.name for t in TOPICS[1:]]
    assert apply_to(shelf, TOPICS) == []


def test_every_difference_is_named_and_nothing_is_made() -> None:
    """All differences are named in one error, with both values, and while there are any nothing is made."""
    shelf = Shelf(tuple(replace(t, partitions=9, config={**t.config, "retention.ms": "5"}) for t in TOPICS[:2]))
    with pytest.raises(Stop) as caught:
        apply_to(shelf, TOPICS)
    for topic in TOPICS[:2]:
        assert f"{topic.name}: partitions: expected {topic.partitions}, found 9" in caught.value.problem
        assert f"{topic.name}: retention.ms: expected {topic.config['retention.ms']}, found 5" in caught.value.problem
    assert len(shelf.topics) == 2


def test_settings_of_the_broker_beyond_the_registry_are_its_own() -> None:
    """What the registry says nothing about may be anything."""
    topic = TOPICS[0]
    assert drift(topic, Found("id", topic.partitions, {**topic.config, "segment.ms": "1"})) == []
