"""`baton import` as people run it: on a real broker, killed, repeated, with mistakes."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from broker.topics import apply
from producers.importers.sample_log import write_log
from producers.publisher.kafka_log import KafkaLog
from schemas.errors import STOP_EXIT
from schemas.events import TICK
from schemas.settings import child_environment, load
from schemas.topics import EVENTS, registry
from tests.fixtures.providers import Stack, servers

pytestmark = pytest.mark.stack
PATIENCE = 600


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Stack]:
    """A broker of the test's own, with Baton's topics."""
    with servers(tmp_path / "home", ("broker",)) as stack:
        apply(stack.kafka, registry(load()))
        yield stack


def begun(home: Path, kafka: str, *words: str, when: str = "log") -> subprocess.Popen[str]:
    env = child_environment(BATON_KAFKA=kafka, BATON_TIME=when, BATON_HOME=str(home))
    return subprocess.Popen(
        [sys.executable, "-m", "baton.main", "import", *words],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def done(process: subprocess.Popen[str]) -> tuple[int, str]:
    words, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, words


def values(log: KafkaLog, partition: int) -> list[dict[str, Any]]:
    return [json.loads(r.value or b"") for r in log.read(EVENTS, partition, 0, log.ends(EVENTS)[partition])]


def test_an_import_killed_midway_is_mended_by_another(tmp_path: Path, broker: Stack) -> None:
    """After `kill -9` in the middle and a second run the log holds each event of the file, every one with the same words
    wherever it stands twice, whenever it was recorded, and the same ascending ticks in all partitions."""
    rows = write_log(tmp_path / "log.csv", 3000, seed=2)
    words = (str(tmp_path / "log.csv"), "--mapping", "sample")
    with closing(KafkaLog(broker.kafka)) as log:
        first = begun(tmp_path, broker.kafka, *words)
        until = time.monotonic() + PATIENCE
        while sum(log.ends(EVENTS)) < rows // 4 and first.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        first.kill()
        first.communicate()
        assert first.returncode == -9, "it was done before it could be killed: take more tickets"
        code, output = done(begun(tmp_path, broker.kafka, *words))
        assert code == 0, output
        assert f"acknowledged by the broker: {2 * rows:,} events" in output
        found = [values(log, partition) for partition in range(3)]
    events = [{**e, "recordedat": ""} for part in found for e in part if e["type"] != TICK]
    assert len({e["id"] for e in events}) == 2 * rows == len({json.dumps(e, sort_keys=True) for e in events})
    forward = []
    for part in found:
        seen: list[str] = []
        for e in part:
            if e["type"] == TICK and (not seen or e["time"] > seen[-1]):
                seen.append(e["time"])
        forward.append(seen)
    assert forward[0] == forward[1] == forward[2]


def test_a_dry_run_needs_no_broker(tmp_path: Path) -> None:
    """A dry run counts everything and shows the first events, without a broker and without a trace."""
    rows = write_log(tmp_path / "log.csv", 50)
    code, output = done(begun(tmp_path, "127.0.0.1:1", str(tmp_path / "log.csv"), "--mapping", "sample", "--dry-run"))
    assert code == 0
    assert f"mapping sample: {rows:,} rows, 50 items, 8 teams" in output
    assert "dry run: nothing was sent" in output


def test_a_replay_in_a_live_home_stops(tmp_path: Path, broker: Stack) -> None:
    """History's own time and a clock don't go together; the message names both ways out."""
    write_log(tmp_path / "log.csv", 5)
    words = (str(tmp_path / "log.csv"), "--mapping", "sample", "--replay")
    code, output = done(begun(tmp_path, broker.kafka, *words, when="live"))
    assert code == STOP_EXIT
    assert "BATON_TIME=log" in output


def test_a_backfill_into_a_live_home_ticks_nothing(tmp_path: Path, broker: Stack) -> None:
    """In a live home the clock alone ticks: an import brings events only."""
    rows = write_log(tmp_path / "log.csv", 100)
    code, output = done(begun(tmp_path, broker.kafka, str(tmp_path / "log.csv"), "--mapping", "sample", when="live"))
    assert code == 0, output
    with closing(KafkaLog(broker.kafka)) as log:
        found = [e for partition in range(3) for e in values(log, partition)]
    assert len(found) == 2 * rows
    assert all(e["type"] != TICK for e in found)
