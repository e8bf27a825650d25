"""One suite for every ``Log``: the shipped one in memory, and a real broker."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from broker.memory_broker import MemoryBroker
from broker.partitioner import partition_of
from broker.records import ProducerRecord
from broker.topics import apply
from producers.publisher.kafka_log import KafkaLog
from producers.publisher.ports import Log
from schemas.errors import Stop
from schemas.settings import load
from schemas.topics import registry
from tests.fixtures.providers import Stack

PARTITIONS = 3


@pytest.fixture(params=["memory", pytest.param("broker", marks=pytest.mark.stack)])
def log(request: pytest.FixtureRequest, unique: str) -> Iterator[Log]:
    """A log with one empty topic of three partitions, named by ``unique``."""
    if request.param == "memory":
        yield MemoryBroker({unique: PARTITIONS}, lambda: 1_800_000_000_000)
        return
    stack: Stack = request.getfixturevalue("stack")
    template = registry(load(events_partitions=PARTITIONS))[0]
    apply(stack.kafka, [type(template)(**{**vars(template), "name": unique})])
    with closing(KafkaLog(stack.kafka)) as found:
        yield found


def test_what_was_placed_is_read_back(log: Log, unique: str) -> None:
    """Records have the offsets that were returned, in their order, with keys, values and append times."""
    assert (log.starts(unique), log.ends(unique)) == ([0, 0, 0], [0, 0, 0])
    records = [ProducerRecord(unique, b"k%d" % n, b"v%d" % n, None, 1) for n in range(5)]
    assert log.publish_for_offsets(records) == [0, 1, 2, 3, 4]
    assert log.ends(unique) == [0, 5, 0]
    found = log.read(unique, 1, 1, 4)
    assert [(r.offset, r.key, r.value) for r in found] == [(n, b"k%d" % n, b"v%d" % n) for n in (1, 2, 3)]
    assert all(r.timestamp > 1_700_000_000_000 for r in found)


def test_published_means_readable(log: Log, unique: str) -> None:
    """When ``publish`` returns, every record can be read, each key's in their order, in the partition of the key."""
    records = [ProducerRecord(unique, b"item-%d" % (n % 20), b"%d" % n, [("h", b"1")]) for n in range(2000)]
    assert log.publish(iter(records)) == 2000
    for partition, end in enumerate(log.ends(unique)):
        expected = [(r.key, r.value) for r in records if partition_of(r.key, PARTITIONS) == partition]
        assert [(r.key, r.value) for r in log.read(unique, partition, 0, end)] == expected


def test_nothing_published_is_nothing_written(log: Log, unique: str) -> None:
    """No record, no write; an empty range reads empty."""
    assert (log.publish([]), log.publish_for_offsets([])) == (0, [])
    assert log.ends(unique) == [0, 0, 0]
    assert log.read(unique, 0, 0, 0) == []


def test_a_topic_that_is_not_there_stops(log: Log, unique: str) -> None:
    """Writing to or reading from a topic nobody made says how to make it."""
    for use in (
        lambda: log.publish([ProducerRecord("never-made", b"k", b"v")]),
        lambda: log.publish_for_offsets([ProducerRecord("never-made", b"k", b"v", None, 0)]),
        lambda: log.ends("never-made"),
        lambda: log.partitions("never-made"),
    ):
        with pytest.raises(Stop, match="baton topics apply"):
            use()
    assert log.partitions(unique) == PARTITIONS
