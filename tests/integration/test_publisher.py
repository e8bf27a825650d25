"""Publishing to a broker that dies, and topics as the registry wants them."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from broker import topic_watch
from broker.records import ProducerRecord
from broker.topics import apply, described
from producers.publisher.kafka_log import KafkaLog
from producers.publisher.kafka_publisher import KafkaPublisher
from schemas.errors import Retry, Stop
from schemas.settings import load
from schemas.topics import ANOTHER_LOG, EVENTS, registry
from tests.fixtures.providers import Stack, servers

pytestmark = pytest.mark.stack
PATIENCE = 600
RECORDS = 30_000


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A broker of this module's own: its tests make Baton's topics and kill it three times, which the fixture bears."""
    with servers(tmp_path_factory.mktemp("publisher"), ("broker",)) as stack:
        yield stack


@pytest.fixture
def topics(broker: Stack) -> Stack:
    """The broker with fresh topics of Baton's."""
    with closing(KafkaAdminClient(bootstrap_servers=broker.kafka)) as admin:
        if old := [name for name in admin.list_topics() if name.startswith("baton.")]:
            admin.delete_topics(old)
    apply(broker.kafka, registry(load()))
    return broker


def test_topics_are_made_once_and_drift_is_named(topics: Stack) -> None:
    """What is missing is made, what is there is left alone, what differs is an error that names both values."""
    assert apply(topics.kafka, registry(load())) == []
    with pytest.raises(Stop) as caught:
        apply(topics.kafka, registry(load(events_partitions=5, events_retention_days=7)))
    assert f"{EVENTS}: partitions: expected 5, found 3" in caught.value.problem
    assert f"{EVENTS}: retention.ms: expected 604800000, found 34560000000" in caught.value.problem


def test_a_topic_made_again_has_another_id(topics: Stack) -> None:
    """A topic's id stays while it lives, and is another one after it was deleted and made again."""
    before = described(topics.kafka, [EVENTS])[EVENTS].id
    assert described(topics.kafka, [EVENTS])[EVENTS].id == before
    with closing(KafkaAdminClient(bootstrap_servers=topics.kafka)) as admin:
        admin.delete_topics([EVENTS])
    with pytest.raises(Stop, match="baton topics apply"):
        described(topics.kafka, [EVENTS])
    assert apply(topics.kafka, registry(load())) == [EVENTS]
    assert described(topics.kafka, [EVENTS])[EVENTS].id != before


def test_topics_of_a_broker_that_is_away_are_for_later() -> None:
    """Where nobody listens, applying topics is a ``Retry``, not a failure of the settings."""
    with pytest.raises(Retry, match="does not answer"):
        apply("127.0.0.1:1", registry(load()))


def test_a_stock_client_chooses_the_same_partition(topics: Stack) -> None:
    """Any Kafka client puts a key where the publisher puts it."""
    keys = [b"item-%d" % n for n in range(50)]
    with closing(KafkaLog(topics.kafka)) as log:
        log.publish(ProducerRecord(EVENTS, key, b"ours") for key in keys)
        with closing(KafkaProducer(bootstrap_servers=topics.kafka)) as stock:
            theirs = {key: stock.send(EVENTS, b"theirs", key).get(PATIENCE).partition for key in keys}
        ours = {r.key: p for p, end in enumerate(log.ends(EVENTS)) for r in log.read(EVENTS, p, 0, end) if r.value == b"ours"}
    assert ours == theirs


@pytest.mark.guard("topic identity")
def test_a_publisher_notices_added_partitions(topics: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A publisher that runs while partitions are added stops, and writes nothing by the old count; before, it writes on."""
    monkeypatch.setattr(topic_watch, "LOOK_SECONDS", -1.0)  # look at every record
    with closing(KafkaLog(topics.kafka)) as log:
        assert log.publish([ProducerRecord(EVENTS, b"k", b"v")] * 3) == 3
        with closing(KafkaAdminClient(bootstrap_servers=topics.kafka)) as admin:
            admin.create_partitions({EVENTS: 6})
        with pytest.raises(Stop, match="had 3 partitions when this process began and has 6 now") as caught:
            while True:  # until the broker tells of them
                log.publish([ProducerRecord(EVENTS, b"k", b"v")])
        assert caught.value.mend == ANOTHER_LOG
        with pytest.raises(Stop, match="has 6 now"):
            log.ends(EVENTS)


def test_a_record_no_broker_takes_stops(topics: Stack) -> None:
    """A record beyond the largest size stops at once, and the publisher works on afterwards."""
    with closing(KafkaLog(topics.kafka)) as log:
        with pytest.raises(Stop, match="refused"):
            log.publish([ProducerRecord(EVENTS, b"k", b"x" * (5 << 20))])
        assert log.publish([ProducerRecord(EVENTS, b"k", b"v")]) == 1


def test_acknowledged_outlives_a_killed_broker(topics: Stack) -> None:
    """With the broker killed under load ``publish`` waits for its return; then every record is there, in order, once."""
    sent = iter(range(RECORDS))
    half = threading.Event()

    def records() -> Iterator[ProducerRecord]:
        for number in sent:
            if number == RECORDS // 2:
                half.set()
            yield ProducerRecord(EVENTS, b"one", b"%d" % number, None, 0)

    counted: list[int] = []
    with closing(KafkaLog(topics.kafka)) as log:
        thread = threading.Thread(target=lambda: counted.append(log.publish(records())))
        thread.start()
        assert half.wait(PATIENCE)
        topics.kill("broker")
        topics.revive()
        thread.join(PATIENCE)
        assert counted == [RECORDS]
        found = [int(r.value or b"") for r in log.read(EVENTS, 0, 0, log.ends(EVENTS)[0])]
    assert found == list(range(RECORDS))


def test_memory_stays_bounded_while_the_broker_is_away(topics: Stack) -> None:
    """Without a broker the publisher takes no more than its limit, waits, and ends with ``Retry`` when asked to stop."""
    taken = 0
    asked = False

    def records() -> Iterator[ProducerRecord]:
        nonlocal taken
        while True:
            taken += 1
            yield ProducerRecord(EVENTS, b"k", b"x" * 900, None, 0)

    publisher = KafkaPublisher(topics.kafka, in_flight_bytes=100_000, stopping=lambda: asked)
    publisher.publish([ProducerRecord(EVENTS, b"k", b"v")])
    topics.kill("broker")
    try:
        asked = True
        with pytest.raises(Retry, match="asked to stop"):
            publisher.publish(records())
        assert 90 <= taken <= 110
    finally:
        topics.revive()
        publisher.close()


def test_what_is_begun_while_the_broker_is_away(topics: Stack) -> None:
    """While the broker is away reading raises ``Retry`` and a new publisher waits; afterwards both do their work."""
    counted: list[int] = []
    late = KafkaPublisher(topics.kafka)
    thread = threading.Thread(target=lambda: counted.append(late.publish([ProducerRecord(EVENTS, b"k", b"v", None, 2)])))
    with closing(KafkaLog(topics.kafka)) as log:
        log.publish([ProducerRecord(EVENTS, b"k", b"v", None, 2)])
        assert log.ends(EVENTS) == [0, 0, 1]
        topics.kill("broker")
        try:
            with pytest.raises(Retry):
                while True:
                    log.ends(EVENTS)
            with pytest.raises(Retry):
                log.read(EVENTS, 2, 0, 1)
            thread.start()
        finally:
            topics.revive()
        thread.join(PATIENCE)
        late.close()
        assert counted == [1]
        assert log.ends(EVENTS) == [0, 0, 2]
