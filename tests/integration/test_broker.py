"""The local broker: what it acknowledged stays, two first starts don't harm each other, one command starts it."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from local.broker import broker_cache, jars
from local.broker.maven import locked
from schemas.settings import load
from tests.fixtures.providers import local_stack

PATIENCE = 600
RECORDS = 2000


def records(address: str, topic: str) -> list[int]:
    """Every record of the one partition, from its start to its end."""
    partition = TopicPartition(topic, 0)
    with closing(KafkaConsumer(bootstrap_servers=address)) as consumer:
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        end = consumer.end_offsets([partition])[partition]
        found: list[int] = []
        while consumer.position(partition) < end:
            found += [int(record.value) for batch in consumer.poll(timeout_ms=1000).values() for record in batch]
    return found


def cluster_of(address: str) -> str:
    """The cluster id the broker gives."""
    with closing(KafkaAdminClient(bootstrap_servers=address)) as admin:
        return str(admin.describe_cluster()["cluster_id"])


def test_acknowledged_records_outlive_a_killed_broker(tmp_path: Path) -> None:
    """Killed with SIGKILL under load, the broker comes back at its address with every acknowledged record, once, in order."""
    with local_stack(tmp_path / "home", ("broker",)) as stack:
        with closing(KafkaAdminClient(bootstrap_servers=stack.kafka)) as admin:
            admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
        with closing(
            KafkaProducer(bootstrap_servers=stack.kafka, acks="all", linger_ms=2, reconnect_backoff_max_ms=500)
        ) as producer:
            sent = [producer.send("kept", str(number).encode()) for number in range(RECORDS - 100)]
            sent[RECORDS // 4].get(PATIENCE)
            stack.kill("broker")
            sent += [producer.send("kept", str(number).encode()) for number in range(RECORDS - 100, RECORDS)]
            assert not all(future.is_done for future in sent)
            stack.revive()
            for future in sent:
                future.get(PATIENCE)
        assert records(stack.kafka, "kept") == list(range(RECORDS))


def test_two_homes_are_two_clusters_and_a_home_keeps_its_own(tmp_path: Path) -> None:
    """Homes made from the same formatted storage are different clusters; a restart stays the same one at the same address."""
    with local_stack(tmp_path / "one", ("broker",)) as one, local_stack(tmp_path / "two", ("broker",)) as two:
        address, cluster = one.kafka, cluster_of(one.kafka)
        assert cluster_of(two.kafka) != cluster
    with local_stack(tmp_path / "one", ("broker",)) as again:
        assert (again.kafka, cluster_of(again.kafka)) == (address, cluster)


def test_two_first_starts_at_once_fill_the_cache_once(tmp_path: Path) -> None:
    """Two processes that find an empty cache both get the whole cache; the jars are here already, so no network is used."""
    ready = broker_cache.fill_cache(load().cache, lambda _line: None)
    seed = tmp_path / "broker" / jars.folder(Path(), locked()).name
    seed.mkdir(parents=True)
    for jar in ready.classpath:
        shutil.copy2(jar, seed)
    program = "import sys, pathlib, local.broker.broker_cache as s; s.fill_cache(pathlib.Path(sys.argv[1]), print)"

    def first_start(_number: int) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", program, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(first_start, range(2)))
    assert [done.returncode for done in both] == [0, 0], both
    assert sum("preparing the JVM's class archive" in done.stdout for done in both) == 1
    assert broker_cache.missing(tmp_path) == []
    assert not [left.name for left in (tmp_path / "broker").iterdir() if left.name.startswith(("training-", "formatting-"))]


def baton(home: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of Baton in this home."""
    environment = {**os.environ, "BATON_HOME": str(home)}
    command = [sys.executable, "-m", "baton.main", *args]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_up_twice_and_down_twice(tmp_path: Path) -> None:
    """The first `up` returns when the broker answers, the second says it runs already; `down` ends it, twice is no error."""
    try:
        first = baton(tmp_path, "up", "--detach", "--only", "broker")
        assert first.returncode == 0, first.stderr
        seen = json.loads(baton(tmp_path, "status", "--json").stdout)
        assert seen["up"] and [process["name"] for process in seen["processes"]] == ["broker"]
        assert cluster_of(seen["addresses"]["kafka"])
        second = baton(tmp_path, "up", "--detach")
        assert second.returncode == 0 and "already running" in second.stdout
        assert json.loads(baton(tmp_path, "status", "--json").stdout)["processes"][0]["pid"] == seen["processes"][0]["pid"]
        refused = baton(tmp_path, "reset", "--yes")
        assert refused.returncode == 78 and "baton down" in refused.stderr
    finally:
        ended = baton(tmp_path, "down")
    assert (ended.returncode, ended.stdout) == (0, "ended: stack\n")
    assert baton(tmp_path, "down").stdout == "not running\n"
    assert baton(tmp_path, "status").returncode == 1
    assert baton(tmp_path, "reset", "--yes").returncode == 0
    assert list(tmp_path.iterdir()) == []
