"""kill -9 at the worst moments: after `baton wait`, `baton verify` finds 0 differences; nothing is lost or doubled."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from producers.importers.sample_log import write_log
from schemas.record_codec import decode_fact, decode_fact_or_watermark
from schemas.structs.fact_records import ItemRecord
from schemas.topics import FACTS
from tests.fixtures.home import GENEROUS, Home, home_at

ITEMS = 240
MAPPING = "sample"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A small plausible log."""
    path = tmp_path / "sample.csv"
    write_log(path, items=ITEMS, seed=3)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home that replays history: a tick every five minutes of it, so there are hundreds of steps to die at."""
    with home_at(tmp_path / "home", BATON_TIME="log", BATON_POLL_RECORDS="300") as made:
        yield made


def dies(home: Home, who: str, step: str, steps: int) -> None:
    """Start a process that kills itself there, and see it dead."""
    assert home.start("tests.fixtures.dying", who, step, str(steps)).wait(GENEROUS) == -signal.SIGKILL


def all_items(home: Home) -> None:
    """Every item of the log is there, once, and everything recomputed is the same."""
    assert home.rows("SELECT toUInt32(count()), toUInt32(uniqExact(item)) FROM items") == [[ITEMS, ITEMS]]
    assert "0 differences" in home.verify()


@pytest.mark.stack
def test_worker_scores_and_sink_killed_after_the_effect(home: Home, log: Path) -> None:
    """Worker and scores killed after publishing, marking and saving, a sink killed after inserting: 0 differences."""
    home.up("prepare")
    home.baton("import", str(log), "--mapping", MAPPING)
    dies(home, "worker", "facts", 20)
    dies(home, "sink", "insert", 2)
    dies(home, "worker", "watermark", 15)
    dies(home, "sink", "insert", 4)
    dies(home, "worker", "save", 4)
    home.start("baton.main", "run", "worker")
    dies(home, "scores", "facts", 5)
    dies(home, "scores", "watermark", 15)
    dies(home, "scores", "save", 4)
    home.start("baton.main", "run", "scores")
    home.start("baton.main", "run", "sink")
    home.wait()
    all_items(home)


@pytest.mark.stack
def test_saving_before_publishing_loses_facts(tmp_path: Path, log: Path) -> None:
    """Negative control: with the state saved before the facts are published, the same kill leaves differences."""
    with home_at(tmp_path / "home") as home:
        home.up("prepare")
        home.baton("import", str(log), "--mapping", MAPPING)
        home.start("baton.main", "run", "clock")  # the first tick closes one cut with everything
        dies(home, "worker", "save-first", 1)
        home.start("baton.main", "run", "worker")
        home.start("baton.main", "run", "scores")
        home.start("baton.main", "run", "sink")
        home.wait()
        assert "not in the table" in home.verify(fine=(1,))


@pytest.mark.stack
def test_broker_killed_while_everything_flows(home: Home, log: Path) -> None:
    """A broker killed during an import and while facts are published: it comes back, everybody goes on, 0 differences."""
    home.up()
    importing = home.start("baton.main", "import", str(log), "--mapping", MAPPING)
    home.until(lambda: home.processes()["sink"]["behind"] not in (None, 0), "records behind")
    home.kill("broker")
    assert importing.wait(GENEROUS) == 0
    home.wait()
    all_items(home)


@pytest.mark.stack
def test_warehouse_killed_between_commit_and_reply(tmp_path: Path, log: Path) -> None:
    """A warehouse that dies after it has taken a block and before it says so: the sink sends it again, 0 differences."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with home_at(tmp_path / "home", BATON_TIME="log", BATON_CLICKHOUSE=f"http://127.0.0.1:{port}") as home:
        first = warehouse(home, port)
        home.up("worker", "scores")
        home.baton("import", str(log), "--mapping", MAPPING)
        first.send_signal(signal.SIGTERM)
        first.wait(GENEROUS)
        sinks = []
        for inserts in (1, 2, 3):
            dying = warehouse(home, port, "--die-after-insert", str(inserts))
            sinks.append(home.start("baton.main", "run", "sink"))
            assert dying.wait(GENEROUS) == -signal.SIGKILL
            if inserts < 3:
                os.kill(sinks[-1].pid, signal.SIGKILL)
                sinks[-1].wait(GENEROUS)
        warehouse(home, port)
        home.wait()
        all_items(home)
        assert sinks[-1].poll() is None


def warehouse(home: Home, port: int, *more: str) -> subprocess.Popen[bytes]:
    """A warehouse of our own that answers at ``port``."""
    ready = home.place.parent / "ready"
    ready.unlink(missing_ok=True)
    words = ["--path", str(home.place.parent / "tables"), "--port", str(port), "--ready-file", str(ready), *more]
    child = home.start("local.warehouse", *words)
    home.until(ready.exists, "the warehouse answers")
    return child


def late_write(home: Home) -> None:
    """What a zombie does: writes again, as the newest records of the topic, the first version of every item."""
    bootstrap = home.address("broker")
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    places = [TopicPartition(FACTS, p) for p in sorted(consumer.partitions_for_topic(FACTS) or ())]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    ends = consumer.end_offsets(places)
    oldest: dict[bytes, tuple[int, bytes]] = {}
    while any(consumer.position(place) < ends[place] for place in places):
        for records in consumer.poll(timeout_ms=1000).values():
            for record in records:
                fact = decode_fact_or_watermark(record.value)
                if isinstance(fact, ItemRecord):
                    before = oldest.get(record.key)
                    if before is None or fact.version < decode_fact(before[1]).version:
                        oldest[record.key] = (record.partition, record.value)
    consumer.close()
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for key, (partition, value) in oldest.items():
        producer.send(FACTS, key=key, value=value, partition=partition)
    producer.flush()
    producer.close()


POSITIONS = "SELECT toUInt32(sum(position)) FROM sink_positions FINAL WHERE topic = 'baton.facts.v1'"


def zombie(home: Home) -> None:
    """Late writes, until they are in the tables."""
    before = home.rows(POSITIONS)[0][0]
    late_write(home)
    home.until(lambda: bool(home.rows(POSITIONS)[0][0] >= before + ITEMS), "the late writes are in the tables")


@pytest.mark.stack
def test_a_zombie_changes_nothing(home: Home, log: Path) -> None:
    """Old versions written late, behind everything: the version decides, 0 differences.

    Negative control: in a table that keeps what was inserted last, the same late writes are differences.
    """
    home.up()
    home.baton("import", str(log), "--mapping", MAPPING)
    home.wait()
    zombie(home)
    all_items(home)
    ignore_versions(home)
    zombie(home)
    assert "computed again" in home.verify(fine=(1,))


def ignore_versions(home: Home) -> None:
    """Put a table without a version in the place of the item facts, with the same rows."""
    code = (
        "from baton.connection_settings import settings_with_addresses; from baton.options import settings_of\n"
        "from sinks.clickhouse import connect_from\n"
        "w = connect_from(settings_with_addresses(settings_of(None)))\n"
        "w.execute('CREATE TABLE versionless AS item_facts ENGINE = ReplacingMergeTree ORDER BY (generation, item)')\n"
        "w.execute('INSERT INTO versionless SELECT * FROM item_facts FINAL')\n"
        "w.execute('EXCHANGE TABLES versionless AND item_facts')\n"
    )
    subprocess.run([sys.executable, "-c", code], env=home.env, check=True, timeout=GENEROUS)
