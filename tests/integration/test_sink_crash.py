"""The warehouse dies after it has committed an insert and before it answers: the insert comes again, the rows do not."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from broker.records import TopicPartition
from runtime.retry import AsyncRetry
from schemas.errors import Retry
from schemas.topics import EVENTS, FACTS
from sinks.batch_blocks import batch_of
from sinks.clickhouse import connect
from sinks.memory_source import MemorySource
from sinks.memory_warehouse import MemoryWarehouse
from sinks.migrate import migrate
from sinks.migration_files import read
from sinks.ports import Polled
from sinks.sink_loop import Sink
from tests.unit.sinks.sink_logs import item_fact, moved, placed, watermark

START_SECONDS = 120.0
ENTERED = sum(not migration.is_access for migration in read())
"""Inserts into the ledger of migrations, where no access is given to anybody."""
LOG = {
    TopicPartition(EVENTS, 0): placed([moved("I1", "a", "Ops"), moved("I1", "b", "Net", at=1)]),
    TopicPartition(FACTS, 0): placed([item_fact("I1", 2, ["Ops", "Net"]), watermark(2)]),
}
Begin = Callable[..., str]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts warehouse processes over one directory, one after the other; gives their address."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*flags: str) -> str:
        for process in started:
            process.wait(START_SECONDS)
        ready = tmp_path / "ready"
        command = [
            sys.executable,
            "-m",
            "local.warehouse",
            "--path",
            str(tmp_path / "tables"),
            "--ready-file",
            str(ready),
            *flags,
        ]
        ready.unlink(missing_ok=True)
        with (tmp_path / "log").open("ab") as log:
            started.append(subprocess.Popen(command, stderr=log))
        until = time.monotonic() + START_SECONDS
        while not ready.exists():
            assert started[-1].poll() is None and time.monotonic() < until, (tmp_path / "log").read_text()
            time.sleep(0.02)
        told = json.loads(ready.read_text())
        return f"http://{told['host']}:{told['port']}"

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(START_SECONDS)


@pytest.mark.parametrize(
    "fatal", [pytest.param(1, id="rows"), pytest.param(4, id="watermarks"), pytest.param(5, id="positions")]
)
def test_an_insert_that_was_committed_but_not_answered_is_repeated(begin: Begin, fatal: int) -> None:
    """Whichever insert the warehouse dies after, the sink goes on when it is back, and every row is there once."""
    address = begin("--die-after-insert", str(ENTERED + fatal))
    warehouse = connect(address, "baton", "", "crash", seconds=30)
    migrate(warehouse, read(), lambda _: None)
    revived: list[str] = []

    async def run() -> None:
        stop = asyncio.Event()

        async def pause(_: float) -> None:
            stop.clear()
            if not revived:
                revived.append(await asyncio.to_thread(begin, "--port", str(urlsplit(address).port)))

        class Ending(MemorySource):
            async def read(self, rows: int, seconds: float) -> Polled:
                polled = await super().read(rows, seconds)
                if not polled:
                    stop.set()
                return polled

        await Sink(Ending(LOG, MemoryWarehouse()), warehouse, AsyncRetry(stop, sleep=pause), time.monotonic).run()

    asyncio.run(run())
    assert revived == [address]
    tables = ("raw_events", "item_facts", "watermarks", "watermark_history")
    seen = {table: warehouse.rows(f"SELECT count() FROM {table} FINAL")[0][0] for table in tables}
    assert seen == {"raw_events": 2, "item_facts": 1, "watermarks": 1, "watermark_history": 1}
    assert warehouse.positions() == {TopicPartition(EVENTS, 0): 2, TopicPartition(FACTS, 0): 2}
    warehouse.close()


def test_without_the_key_the_repeated_insert_doubles(begin: Begin) -> None:
    """Negative control: the same crash and the same repetition into a plain table leave every row twice."""
    block = batch_of({place: LOG[place] for place in [TopicPartition(EVENTS, 0)]}).rows[0]
    address = begin("--die-after-insert", str(ENTERED + 1))
    warehouse = connect(address, "baton", "", "crash", seconds=30)
    migrate(warehouse, read(), lambda _: None)
    warehouse.execute("CREATE TABLE plain AS raw_events ENGINE = MergeTree ORDER BY (partition, offset)")
    plain = block._replace(table="plain")
    with pytest.raises(Retry):
        warehouse.insert(plain)
    begin("--port", str(urlsplit(address).port))
    for again in (plain, block, block):
        warehouse.insert(again)
    assert warehouse.rows("SELECT count() FROM plain") == [(2 * block.rows,)]
    assert warehouse.rows("SELECT count() FROM raw_events FINAL") == [(block.rows,)]
    warehouse.close()
