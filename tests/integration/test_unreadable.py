"""A record that the broker's own disk has damaged: no reader calls that a broker that is away, or goes on without it."""

import asyncio
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from broker.reader import TopicReader
from broker.records import TopicPartition
from schemas.errors import Stop
from sinks.kafka_source import KafkaSource
from tests.fixtures.providers import local_stack

pytestmark = pytest.mark.stack
TOPIC = "damaged"
SAID = f"{TOPIC} partition 0: the record at offset 1 can't be read"


async def by_the_sink(address: str) -> list[int]:
    """Offsets the sink's source gives until it has seen three records."""
    source = KafkaSource(address, [TOPIC], "w", lambda: {TopicPartition(TOPIC, 0): 0})
    await source.start()
    found: list[int] = []
    try:
        while len(found) < 3:
            polled = await source.read(100, 1.0)
            found += [record.offset for records in polled.values() for record in records]
    finally:
        await source.stop()
    return found


@pytest.mark.guard("unreadable")
def test_a_damaged_record_stops_with_its_place(tmp_path: Path) -> None:
    """The second of three records is changed on the broker's disk: both clients' readers stop, name topic, partition and
    offset and how to mend, where they read all three before."""
    with local_stack(tmp_path / "home", ("broker",)) as stack, closing(TopicReader(stack.kafka)) as reader:
        with closing(KafkaAdminClient(bootstrap_servers=stack.kafka)) as admin:
            admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
        with closing(KafkaProducer(bootstrap_servers=stack.kafka, acks="all", linger_ms=0)) as producer:
            for number in range(3):
                producer.send(TOPIC, b"whole %d" % number).get(60)
        assert [record.offset for record in reader.read(TOPIC, 0, 0, 3)] == [0, 1, 2]
        assert asyncio.run(by_the_sink(stack.kafka)) == [0, 1, 2]

        (segment,) = (tmp_path / "home").rglob(f"{TOPIC}-0/*.log")
        with segment.open("r+b") as log:  # in place: the broker has it open
            at = log.read().index(b"whole 1")
            log.seek(at)
            log.write(b"whole 3")
        for ask in (lambda: reader.read(TOPIC, 0, 0, 3), lambda: asyncio.run(by_the_sink(stack.kafka))):
            with pytest.raises(Stop) as caught:
                ask()
            assert SAID in caught.value.problem and "backup of the broker" in caught.value.mend
