"""The clock as a process, on a real broker, killed and asked to stop."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from broker.records import ProducerRecord
from broker.topics import apply
from producers.publisher.kafka_log import KafkaLog
from schemas.errors import STOP_EXIT
from schemas.event_codec import make
from schemas.events import TICK
from schemas.fields import parse_time, to_ms
from schemas.installation import KEY, FoldSettings, Installation
from schemas.settings import child_environment, load
from schemas.topics import CONTROL, EVENTS, registry
from tests.fixtures.providers import Stack, servers

pytestmark = pytest.mark.stack
PATIENCE = 600
RECORD = Installation(name="n", generation=1, time="live", fold=FoldSettings(time_zone="UTC", horizon_days=400))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A broker of this module's own, with Baton's topics."""
    with servers(tmp_path_factory.mktemp("clock"), ("broker",)) as stack:
        apply(stack.kafka, registry(load()))
        yield stack


class Clocks:
    """Starts clock processes, and ends what is left of them."""

    def __init__(self, home: Path, kafka: str) -> None:
        self.home = home
        self._kafka = kafka
        self._all: list[subprocess.Popen[bytes]] = []

    def start(self, **settings: str) -> subprocess.Popen[bytes]:
        """A clock that ticks four times a second."""
        env = child_environment(**{"BATON_KAFKA": self._kafka, "BATON_TICK_MS": "250", **settings})
        words = [sys.executable, "-m", "baton.main", "run", "clock", "--home", str(self.home)]
        output = (self.home / f"clock-{len(self._all)}.log").open("wb")
        with output:
            process = subprocess.Popen(words, env=env, stdout=output, stderr=output)
        self._all.append(process)
        return process

    def end(self) -> None:
        for process in self._all:
            if process.poll() is None:
                process.kill()
            process.wait()

    def words(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.home.glob("clock-*.log")))


@pytest.fixture
def clocks(tmp_path: Path, broker: Stack) -> Iterator[Clocks]:
    found = Clocks(tmp_path, broker.kafka)
    try:
        yield found
    finally:
        found.end()


def until(true: Callable[[], bool], clocks: Clocks) -> None:
    """Wait until it is true; fail with the clocks' own words when it never is."""
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            pytest.fail("never came true; the clocks wrote:\n" + clocks.words())
        time.sleep(0.05)


def values(log: KafkaLog, partition: int) -> list[dict[str, Any]]:
    records = log.read(EVENTS, partition, 0, log.ends(EVENTS)[partition])
    return [json.loads(r.value or b"{}") for r in records]


def ticks(log: KafkaLog, partition: int) -> list[int]:
    """The ticks a reader accepts."""
    found: list[int] = []
    for e in values(log, partition):
        if e.get("type") == TICK and (not found or to_ms(parse_time(e["time"])) > found[-1]):
            found.append(to_ms(parse_time(e["time"])))
    return found


def test_ticks_are_the_same_everywhere_through_kills_of_clock_and_broker(broker: Stack, clocks: Clocks) -> None:
    """With the clock killed four times under load and the broker once, all partitions hold the same ticks, ascending,
    none from the future, and the clock goes on by itself; SIGTERM ends it with 0."""
    with closing(KafkaLog(broker.kafka)) as log:

        def busy(more: int) -> None:
            goal = len(ticks(log, 0)) + more

            def enough() -> bool:
                log.publish([ProducerRecord(EVENTS, b"item", b"{}")])
                return len(ticks(log, 0)) >= goal

            until(enough, clocks)

        for _ in range(4):
            process = clocks.start()
            busy(3)
            process.kill()
            process.wait()
        process = clocks.start()
        busy(2)
        broker.kill("broker")
        broker.revive()
        busy(2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, clocks.words()
        found = [ticks(log, p) for p in range(3)]
        assert found[0] == found[1] == found[2] == sorted(set(found[0]))
        assert all(w_ms % 250 == 0 and w_ms <= time.time() * 1000 for w_ms in found[0])


def test_a_request_reaches_every_partition_before_a_tick_that_says_so(broker: Stack, clocks: Clocks) -> None:
    """A request written to the control topic is in every partition, and a later tick tells how far requests were read."""
    holidays = make(
        "baton.holidays.set.v1", id="h", source="t", subject="holidays", time_ms=1, body={"days": ["2026-12-25"]}, revision=7
    )
    with closing(KafkaLog(broker.kafka)) as log:
        log.publish([ProducerRecord(CONTROL, KEY, RECORD.encode()), ProducerRecord(CONTROL, b"holidays", holidays)])
        (end,) = log.ends(CONTROL)
        process = clocks.start()
        until(lambda: all(values(log, p)[-1].get("data", {}).get("control", 0) >= end for p in range(3)), clocks)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert (clocks.home / "run" / "clock.ready").exists()
        for partition in range(3):
            assert [e["revision"] for e in values(log, partition) if e.get("type") == "baton.holidays.set.v1"] == [7]


def test_a_clock_has_no_place_in_a_log_home(broker: Stack, clocks: Clocks) -> None:
    """Where the record says that history is replayed the clock stops and says how it gets its time, whatever was forgotten."""
    with closing(KafkaLog(broker.kafka)) as log:
        log.publish([ProducerRecord(CONTROL, KEY, RECORD.model_copy(update={"time": "log"}).encode())])
    process = clocks.start()
    assert process.wait(PATIENCE) == STOP_EXIT
    assert "replays history in its own time" in clocks.words()


def test_a_clock_told_to_stop_while_the_broker_is_away_stops(clocks: Clocks) -> None:
    """Waiting for a broker that never comes, the clock still ends cleanly on SIGTERM."""
    process = clocks.start(BATON_KAFKA="127.0.0.1:1")
    until(lambda: "waiting" in clocks.words(), clocks)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0, clocks.words()
