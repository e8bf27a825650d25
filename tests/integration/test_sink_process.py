"""The sink as a process between a real broker and the real engine: killed, cut off, told to stop, given an empty database."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient

from baton.lag.stage_lag import stage_lags, unfinished
from baton.topic_identity import check_same_log
from broker.records import ProducerRecord, TopicPartition
from broker.topics import apply, described
from producers.publisher.kafka_publisher import KafkaPublisher
from schemas.settings import child_environment, load
from schemas.topics import DEAD_LETTERS, EVENTS, FACTS, SCORES, registry
from sinks.clickhouse import ClickHouse, connect
from tests.fixtures.providers import Stack, servers
from tests.unit.sinks.sink_logs import item_fact, letter, moved, unreadable, watermark

pytestmark = pytest.mark.stack
PATIENCE_SECONDS = 180.0


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A broker with Baton's own topics and a warehouse, for this module alone: it kills them."""
    with servers(tmp_path_factory.mktemp("sink")) as stack:
        apply(stack.kafka, registry(load(events_partitions=2, facts_partitions=2)))
        yield stack


class Sink:
    """One ``baton run sink`` at a time over one database."""

    def __init__(self, stack: Stack, home: Path, database: str) -> None:
        self.log = home / "log"
        self._ready = home / "run" / "sink.ready"
        self._command = [sys.executable, "-m", "baton.main", "run", "sink", "--home", str(home)]
        self._environment = child_environment(
            BATON_KAFKA=stack.kafka,
            BATON_CLICKHOUSE=stack.clickhouse,
            BATON_CLICKHOUSE_USER=stack.user,
            BATON_CLICKHOUSE_PASSWORD=stack.password,
            BATON_CLICKHOUSE_DATABASE=database,
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *flags: str) -> None:
        """Start, and wait until it says that it works."""
        self._ready.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*self._command, *flags], env=self._environment, stdout=log, stderr=log)
        self.until(self._ready.exists)

    def until(self, done: Callable[[], bool]) -> None:
        """Wait for something; the sink must not end meanwhile."""
        limit = time.monotonic() + PATIENCE_SECONDS
        while not done():
            assert self.process is not None and self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < limit, self.log.read_text()
            time.sleep(0.05)

    def end(self, number: signal.Signals) -> int:
        """Send a signal and give the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def sink(own: Stack, tmp_path: Path, unique: str) -> Iterator[Sink]:
    """A sink over a database of its own; its process ends with the test."""
    found = Sink(own, tmp_path, unique)
    yield found
    if found.process is not None and found.process.poll() is None:
        os.kill(found.process.pid, signal.SIGKILL)
        found.process.wait(PATIENCE_SECONDS)


def opened(stack: Stack, database: str) -> ClickHouse:
    """A connection to look at the tables, which stand in the private database."""
    return connect(stack.clickhouse, stack.user, stack.password, f"{database}_private")


def produce(stack: Stack, name: str, count: int) -> None:
    """So many moves of items called after ``name``, and something unreadable."""
    records = []
    for i in range(count):
        key, value, _ = moved(f"{name}-{i % 97}", f"{name}-{i}", "Ops", at=i)
        records.append(ProducerRecord(EVENTS, key, value))
    records.append(ProducerRecord(EVENTS, *unreadable()[:2]))
    with KafkaPublisher(stack.kafka) as publisher:
        publisher.publish(records)


def arrived(warehouse: ClickHouse, name: str) -> tuple[int, int]:
    """Rows of ``name`` with FINAL, and how many different events they are."""
    query = "SELECT count(), uniqExact(id) FROM raw_events FINAL WHERE startsWith(id, {name:String})"
    (counts,) = warehouse.rows(query, {"name": f"{name}-"})
    return counts[0], counts[1]


def everything(warehouse: ClickHouse, name: str, count: int) -> Callable[[], bool]:
    """Whether all events of ``name`` are in the tables."""
    return lambda: arrived(warehouse, name)[1] >= count


def test_killed_again_and_again_it_loses_and_doubles_nothing(own: Stack, sink: Sink, unique: str) -> None:
    """kill -9 in the middle of a backlog, twice; in the end every event has exactly one row."""
    produce(own, unique, 30_000)
    sink.start()
    warehouse = opened(own, unique)
    for least in (1, 10_000):
        sink.until(lambda least=least: arrived(warehouse, unique)[0] >= least)  # type: ignore[misc]  # bound at once
        assert sink.end(signal.SIGKILL) == -signal.SIGKILL
        sink.start()
    sink.until(everything(warehouse, unique, 30_000))
    assert arrived(warehouse, unique) == (30_000, 30_000)
    assert sink.end(signal.SIGTERM) == 0
    warehouse.close()


def test_a_marker_of_a_transaction_is_passed(own: Stack, sink: Sink, unique: str) -> None:
    """What a transaction leaves at the end of the log has no row, is told as a hole, and nothing lags."""
    place = TopicPartition(EVENTS, 0)

    async def transact() -> int:
        async with AIOKafkaProducer(bootstrap_servers=own.kafka, transactional_id=unique) as producer:
            for n in range(2):
                async with producer.transaction():
                    key, value, _ = moved(unique, f"{unique}-{n}", "Ops")
                    sent = await producer.send_and_wait(EVENTS, value, key, partition=0)
            return int(sent.offset) + 2  # behind the last record stands its marker

    end = asyncio.run(transact())
    sink.start()
    warehouse = opened(own, unique)
    sink.until(lambda: warehouse.positions().get(place, 0) >= end)
    assert warehouse.positions()[place] == end
    holes = warehouse.rows("SELECT topic, partition, first_offset, last_offset FROM log_holes FINAL ORDER BY first_offset")
    assert holes[-2:] == [(EVENTS, 0, end - 3, end - 3), (EVENTS, 0, end - 1, end - 1)]
    assert [str(lag) for lag in unfinished(stage_lags(warehouse, {place: end}, 1)) if lag.stage == "sink"] == []
    assert sink.end(signal.SIGTERM) == 0
    warehouse.close()


def test_it_waits_for_a_warehouse_and_a_broker_that_are_away(own: Stack, sink: Sink, unique: str) -> None:
    """While the warehouse is away it says so and goes on by itself afterwards, the same process; a broker likewise."""
    sink.start()
    assert sink.process is not None
    pid = sink.process.pid
    own.kill("warehouse")
    produce(own, unique, 500)
    sink.until(lambda: "trying again" in sink.log.read_text())
    own.revive()
    warehouse = opened(own, unique)
    sink.until(everything(warehouse, unique, 500))
    own.kill("broker")
    own.revive()
    produce(own, f"{unique}b", 500)
    sink.until(everything(warehouse, f"{unique}b", 500))
    assert arrived(warehouse, unique) == (500, 500)
    assert sink.process.pid == pid and sink.end(signal.SIGTERM) == 0
    warehouse.close()


def test_an_emptied_database_fills_itself(own: Stack, sink: Sink, unique: str) -> None:
    """A sink that finds an empty database starts at the beginning of the log, whatever offsets Kafka remembers."""
    produce(own, unique, 300)
    sink.start()
    warehouse = opened(own, unique)
    sink.until(everything(warehouse, unique, 300))
    assert sink.end(signal.SIGTERM) == 0
    warehouse.execute(f"DROP DATABASE {unique}_private SYNC")
    sink.start()
    sink.until(everything(warehouse, unique, 300))
    assert arrived(warehouse, unique) == (300, 300)
    warehouse.close()


def test_facts_and_letters_arrive_and_nothing_lags(own: Stack, sink: Sink, unique: str) -> None:
    """Items, watermarks and dead letters become readable; afterwards the sink lags nowhere."""
    fact, mark = item_fact(unique, 7, ["Ops", "Net"], reassignments=1), watermark(7, targets=1)
    parked = letter("a file.csv", 0, 3)
    with KafkaPublisher(own.kafka) as publisher:
        publisher.publish([ProducerRecord(FACTS, *fact[:2], partition=0), ProducerRecord(FACTS, *mark[:2], partition=0)])
        publisher.publish([ProducerRecord(DEAD_LETTERS, b"k", parked[1], headers=list(parked[2]), partition=1)])
    sink.start()
    warehouse = opened(own, unique)
    sink.until(lambda: warehouse.rows("SELECT count() FROM dead_letters") == [(1,)])
    sink.until(lambda: warehouse.rows("SELECT generation, offset FROM progress") == [(1, 7)])
    assert warehouse.rows("SELECT path, reassignments FROM items") == [(["Ops", "Net"], 1)]
    assert not unfinished(stage_lags(warehouse, {TopicPartition(FACTS, 0): 2, TopicPartition(DEAD_LETTERS, 1): 1}, 1))
    assert unfinished(stage_lags(warehouse, {TopicPartition(DEAD_LETTERS, 1): 2}, 1))
    warehouse.close()


def test_a_log_that_is_another_one_stops_it(own: Stack, sink: Sink, unique: str) -> None:
    """A position above the end of the log is a stop that says so, not a silent skip."""
    sink.start()
    warehouse = opened(own, unique)
    assert sink.end(signal.SIGTERM) == 0
    warehouse.execute(f"INSERT INTO sink_positions SETTINGS async_insert = 0 VALUES ('{EVENTS}', 0, 1000000000)")
    sink.start()
    assert sink.process is not None
    assert sink.process.wait(PATIENCE_SECONDS) == 78
    assert "it is another log than the tables were made from" in sink.log.read_text()
    warehouse.close()


def test_a_topic_made_again_stops_it(own: Stack, sink: Sink, unique: str) -> None:
    """Tables made from a topic with another id take nothing from this one; with their own id they go on."""
    produce(own, unique, 300)
    sink.start()
    warehouse = opened(own, unique)
    sink.until(everything(warehouse, unique, 300))
    assert sink.end(signal.SIGTERM) == 0
    ids: dict[str, str] = dict(warehouse.rows("SELECT topic, topic_id FROM topic_ids"))
    assert ids == {topic: described(own.kafka, [topic])[topic].id for topic in (EVENTS, FACTS, SCORES, DEAD_LETTERS)}
    warehouse.execute("TRUNCATE TABLE topic_ids")
    check_same_log(warehouse, ids | {EVENTS: "the-one-before"})
    refused(sink, f"{EVENTS} has the id {ids[EVENTS]}, but .* made from one with the id the-one-before")
    warehouse.execute("TRUNCATE TABLE topic_ids")
    sink.start()
    assert sink.end(signal.SIGTERM) == 0
    assert dict(warehouse.rows("SELECT topic, topic_id FROM topic_ids")) == ids
    warehouse.close()


def test_records_that_are_gone_stop_it_until_the_loss_is_accepted(own: Stack, sink: Sink, unique: str) -> None:
    """Where the log lost records before they were in the tables the sink stops and names them; told to, it goes on."""
    sink.start()
    warehouse = opened(own, unique)
    produce(own, unique, 400)
    sink.until(everything(warehouse, unique, 400))
    assert sink.end(signal.SIGTERM) == 0
    produce(own, f"{unique}lost", 400)
    admin = KafkaAdminClient(bootstrap_servers=own.kafka)
    admin.delete_records({TopicPartition(EVENTS, 0): -1})
    admin.close()
    sink.start()
    assert sink.process is not None
    assert sink.process.wait(PATIENCE_SECONDS) == 78
    assert "are gone, the tables lack them" in sink.log.read_text()
    sink.start("--accept-loss")
    produce(own, f"{unique}new", 400)
    sink.until(everything(warehouse, f"{unique}new", 400))
    assert 0 < arrived(warehouse, f"{unique}lost")[1] < 400
    assert "going on without lost records" in sink.log.read_text()
    warehouse.close()


@pytest.mark.parametrize("topic", [EVENTS, FACTS])
def test_an_empty_database_on_a_log_without_its_beginning_stops(own: Stack, sink: Sink, unique: str, topic: str) -> None:
    """New tables over a log that has lost its oldest events or facts are a stop with a mend; told to, the sink goes on."""
    produce(own, f"{unique}lost", 400)
    fact, mark = item_fact(unique, 7, ["Ops"]), watermark(7, targets=1)
    with KafkaPublisher(own.kafka) as publisher:
        publisher.publish([ProducerRecord(FACTS, *record[:2], partition=0) for record in (fact, mark)])
    admin = KafkaAdminClient(bootstrap_servers=own.kafka)
    admin.delete_records({TopicPartition(topic, 0): -1})
    admin.close()
    refused(sink, "are gone, the tables lack them")
    sink.start("--accept-loss")
    produce(own, f"{unique}new", 400)
    warehouse = opened(own, unique)
    sink.until(everything(warehouse, f"{unique}new", 400))
    assert "going on without lost records" in sink.log.read_text()
    assert sink.end(signal.SIGTERM) == 0
    warehouse.execute(f"DELETE FROM sink_positions WHERE topic = '{topic}'")
    refused(sink, f"{topic} partition 0: records 0 to")
    warehouse.close()


def refused(sink: Sink, because: str) -> None:
    """The sink ends by itself, with Stop's exit code and ``because``."""
    with pytest.raises(AssertionError, match=because):
        sink.start()
        sink.until(lambda: False)
    assert sink.process is not None and sink.process.wait(PATIENCE_SECONDS) == 78


def test_letters_that_have_gone_stop_nothing(own: Stack, sink: Sink, unique: str) -> None:
    """Dead letters are kept for some weeks only: new tables begin with the oldest there is."""
    parked = letter(f"{unique}.csv", 0, 3)
    with KafkaPublisher(own.kafka) as publisher:
        publisher.publish([ProducerRecord(DEAD_LETTERS, b"k", parked[1], headers=list(parked[2]), partition=0)])
    admin = KafkaAdminClient(bootstrap_servers=own.kafka)
    produce(own, unique, 400)
    admin.delete_records({TopicPartition(DEAD_LETTERS, 0): -1, TopicPartition(EVENTS, 0): -1})
    admin.close()
    sink.start("--accept-loss")
    sink.until(lambda: "reading" in sink.log.read_text())
    said = sink.log.read_text()
    assert f"topic={EVENTS}" in said
    assert f"topic={DEAD_LETTERS}" not in said
    assert sink.end(signal.SIGTERM) == 0
