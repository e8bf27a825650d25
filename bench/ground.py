"""A broker and a warehouse of the benchmark's own, in a temporary home; both end with it."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from baton.provisioning import record_installation
from baton.stack_plan import broker_process, warehouse_process
from bench.company import Company
from bench.history import Desk, Loaded, history
from bench.log import Place, ends, fill
from broker.topics import apply
from local.stack.logs import last_lines, log_path
from local.stack.supervisor import Supervisor
from schemas.installation import Installation, fold_settings
from schemas.settings import Settings, child_environment, load
from schemas.topics import CONTROL, EVENTS, registry

START_SECONDS = 600.0
PER_TICK = 8_000
"""Events between two ticks of a preloaded topic: a one-second tick at that rate."""
OPEN_ITEMS = 30_000


@dataclass(frozen=True)
class Ground:
    """Addresses, and the home's settings. ``partitions``: how many each of the topics has."""

    settings: Settings
    kafka: str
    clickhouse: str
    partitions: dict[str, int]

    def ends(self) -> dict[Place, int]:
        """Next offset of every partition of all topics."""
        return asyncio.run(ends(self.kafka, self.partitions))

    def preload(self, events: int, seed: int = 1, open_items: int = OPEN_ITEMS, teams: int = 0) -> Loaded:
        """Fill the events topic with a desk's history of about ``events`` events.

        ``open_items``: under way at a time, where there are enough events. ``teams``: 0 for the usual ones.
        """
        count = self.partitions[EVENTS]
        desk = Desk(Random(seed), count, min(open_items, events // 12), teams=teams)
        asyncio.run(fill(self.kafka, EVENTS, history(desk, events, PER_TICK, count)))
        return desk.loaded

    def preload_company(self, events: int, seed: int = 1) -> Loaded:
        """Fill the events topic with about ``events`` events of two weeks of the simulated company."""
        company = Company(events, seed)
        asyncio.run(fill(self.kafka, EVENTS, company.history(PER_TICK, self.partitions[EVENTS])))
        return company.loaded


@contextmanager
def ground(place: Path | None, warehouse: bool = False) -> Iterator[Ground]:
    """Start it, make the topics, record the installation. ``place``: where the temporary home is made."""
    with TemporaryDirectory(prefix="baton-bench-", dir=place) as directory:
        home = Path(directory)
        settings = load(home=home, cache=load().cache.expanduser().absolute(), time="log")
        processes = [broker_process(settings, lambda _line: None)]
        if warehouse:
            processes.append(warehouse_process(home / "warehouse", settings.clickhouse_user))
        said: list[str] = []
        supervisor = Supervisor(home, processes, child_environment, said.append)
        supervisor.begin()
        try:
            _wait(supervisor, home, said)
            addresses = {process.name: str(process.address) for process in processes}
            topics = registry(settings)
            apply(addresses["broker"], topics)
            record_installation(
                addresses["broker"], Installation(name="bench", generation=1, time="log", fold=fold_settings(settings))
            )
            counts = {topic.name: topic.partitions for topic in topics if topic.name != CONTROL}
            yield Ground(settings, addresses["broker"], addresses.get("warehouse", ""), counts)
        finally:
            supervisor.stop()


def _wait(supervisor: Supervisor, home: Path, said: list[str]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        supervisor.poll()
        if supervisor.up:
            return
        if time.monotonic() > until:
            words = [line for name in supervisor.watched for line in last_lines(log_path(home, name), 20)]
            raise RuntimeError("broker or warehouse did not come up:\n" + "\n".join(said + words))
        time.sleep(0.05)
