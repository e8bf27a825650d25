"""Two workers join and leave, some of them by kill -9, while records flow: every record is handled, none is passed over."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from tests.fixtures.providers import Stack

PARTITIONS = 4
MOST = 2_000_000
GENEROUS = 300.0


class Storm:
    """A topic, its records, and workers that come and go."""

    def __init__(self, bootstrap: str, topic: str, place: Path, broken: bool) -> None:
        self.bootstrap, self.topic, self.place, self.broken = bootstrap, topic, place, broken
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.ends = [0] * PARTITIONS
        self.joined = 0

    def join(self, name: str, *order: str) -> None:
        """Start a worker, each time as a new member, so that every joining and every missing one is a rebalance."""
        self.joined += 1
        member = f"{name}-{self.joined}"
        words = [self.bootstrap, self.topic, self.topic, member, str(self.place), *(["broken"] if self.broken else []), *order]
        log = (self.place / f"{name}.log").open("ab")
        self.workers[name] = subprocess.Popen(
            [sys.executable, "-m", "tests.fixtures.storm_worker", *words], stdout=log, stderr=log
        )
        log.close()

    def leave(self, name: str, how: signal.Signals) -> None:
        """End a worker, kindly or not."""
        worker = self.workers.pop(name)
        worker.send_signal(how)
        worker.wait(GENEROUS)

    def produce(self, stop: Event) -> None:
        """Append records to all partitions, without a pause, until told to stop or there are very many."""
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5)
        while not stop.is_set() and self.ends[0] < MOST:
            for n in range(100):
                producer.send(self.topic, key=b"k", value=b"v", partition=n % PARTITIONS)
                self.ends[n % PARTITIONS] += 1
            producer.flush()
            stop.wait(0.02)
        producer.close()

    def handled(self) -> list[set[int]]:
        """Per partition, the offsets somebody handled."""
        offsets: list[set[int]] = [set() for _ in range(PARTITIONS)]
        for file in self.place.glob("handled-*"):
            for line in file.read_text().splitlines():
                partition, first, last = map(int, line.split())
                offsets[partition].update(range(first, last + 1))
        return offsets

    def places(self) -> list[int]:
        """Per partition, the saved place."""
        files = [self.place / f"place-{p}" for p in range(PARTITIONS)]
        return [int(f.read_text()) if f.exists() else 0 for f in files]

    def wait_for_end(self) -> None:
        """Until every partition's place is its end. Generous; fails with the workers' last words."""
        until = time.monotonic() + GENEROUS
        while any(place < end for place, end in zip(self.places(), self.ends, strict=True)):
            if time.monotonic() > until or any(w.poll() is not None for w in self.workers.values()):
                words = "".join(f.read_text()[-2000:] for f in self.place.glob("*.log"))
                pytest.fail(f"places {self.places()} never reached {self.ends}:\n{words}")
            time.sleep(0.2)


@contextmanager
def storm(stack: Stack, topic: str, place: Path, broken: bool = False) -> Iterator[Storm]:
    """A storm on a topic of its own; its workers end with it."""
    admin = KafkaAdminClient(bootstrap_servers=stack.kafka)
    admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    admin.close()
    made = Storm(stack.kafka, topic, place, broken)
    try:
        yield made
    finally:
        for name in list(made.workers):
            made.leave(name, signal.SIGKILL)


def blow(weather: Storm, rounds: int, rng: Random) -> None:
    """Two workers come and go while records flow; in the end they work everything off."""
    names = ("first", "second")
    stop = Event()
    flow = Thread(target=weather.produce, args=[stop])
    flow.start()
    try:
        for name in names:
            weather.join(name)
        for number in range(rounds):
            time.sleep(rng.uniform(3, 6))
            name = names[number % 2]
            weather.leave(name, signal.SIGKILL if number % 3 == 0 else signal.SIGTERM)
            time.sleep(rng.uniform(0, 2))
            weather.join(name)
    finally:
        stop.set()
        flow.join()
    weather.wait_for_end()


@pytest.mark.stack
def test_no_record_is_lost_in_a_rebalance_storm(stack: Stack, unique: str, tmp_path: Path) -> None:
    """Joins, leaves and kills lose nothing: every offset is handled, and no place is saved beyond one that is not."""
    with storm(stack, unique, tmp_path) as weather:
        blow(weather, 4, Random(7))
        assert weather.handled() == [set(range(end)) for end in weather.ends]


@pytest.mark.chaos
@pytest.mark.stack
@pytest.mark.parametrize("seed", range(5))
def test_no_record_is_lost_in_long_storms(stack: Stack, unique: str, tmp_path: Path, seed: int) -> None:
    """The same law over many rounds."""
    with storm(stack, unique, tmp_path) as weather:
        blow(weather, 10, Random(seed))
        assert weather.handled() == [set(range(end)) for end in weather.ends]


@pytest.mark.stack
def test_the_broken_order_loses_records(stack: Stack, unique: str, tmp_path: Path) -> None:
    """Negative control: committing before handling, and starting from the commit, passes over records after a kill."""
    with storm(stack, unique, tmp_path, broken=True) as weather:
        stop = Event()
        flow = Thread(target=weather.produce, args=[stop])
        flow.start()
        try:
            weather.join("first", "dies")
            assert weather.workers.pop("first").wait(GENEROUS) == -signal.SIGKILL
            weather.join("second")
        finally:
            stop.set()
            flow.join()
        weather.wait_for_end()
        lost = sum(end - len(seen) for end, seen in zip(weather.ends, weather.handled(), strict=True))
        assert lost > 0
