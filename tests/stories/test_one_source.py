"""One source whose every record is refused, in a live home: it is named, and everybody else's numbers go on."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaProducer

from broker.partitioner import partition_of
from producers.parsing.time_formats import time_parser
from runtime.wall_clock import now_ms
from schemas.errors import STOP_EXIT
from schemas.event_codec import make
from schemas.topics import EVENTS
from tests.fixtures.home import Home, home_at
from tests.stories.asking import said

pytestmark = pytest.mark.stack
SOURCE = "import/case-02"
LETTERS = "SELECT count() FROM dead_letters WHERE reason = 'too_far_ahead'"
Event = tuple[bytes, bytes]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A live home for this module."""
    with home_at(tmp_path_factory.mktemp("one-source") / "home") as found:
        found.up()
        yield found


@pytest.fixture
def far_ahead(real_logs: Callable[[str], Path], tmp_path: Path) -> list[Event]:
    """The 3,000 rows of a log whose years were moved to 2100 and beyond, as moves of one source."""
    subprocess.run([sys.executable, str(real_logs("cases/make-large.py")), str(tmp_path)], check=True)
    rows = (tmp_path / "02-large.csv").read_text().splitlines()[1:]
    moment = time_parser(("%Y-%m-%d %H:%M",), "UTC")
    cells = [row.split(";") for row in rows]
    return [moved(item, n, moment(changed).ms, team, SOURCE) for n, (item, changed, team, _) in enumerate(cells)]


def moved(item: str, number: int, time_ms: int, team: str, source: str) -> Event:
    """A move of an item."""
    parts = {"id": f"{item}-{number}", "source": source, "subject": item, "time_ms": time_ms}
    return item.encode(), make("baton.item.moved.v1", body={"to": team}, **parts)  # type: ignore[arg-type]  # texts and a number


def of_desk(*items: str) -> list[Event]:
    """Two moves of each of these items, by another source, a minute ago."""
    began = now_ms() - 60_000
    return [moved(item, n, began + n, team, "desk") for item in items for n, team in enumerate(("Desk", "Network"))]


def send(home: Home, events: list[Event]) -> None:
    """By another client's producer, in order."""
    with closing(KafkaProducer(bootstrap_servers=home.address("broker"), acks="all")) as producer:
        for sent in [producer.send(EVENTS, key=key, value=value) for key, value in events]:
            sent.get(600)


def named(home: Home) -> bool:
    """Whether the worker names the source of the far future."""
    return any(SOURCE in line for line in home.processes()["worker"]["parked_sources"])


@pytest.mark.guard("one source")
def test_one_import_of_the_far_future_stops_nobody(home: Home, far_ahead: list[Event]) -> None:
    """All its records are parked and its source is named with the reason; the desk's events before, among and behind them
    count; the worker is not stopped, also where it is killed among them and begins to count anew; and everything computed
    again is the same."""
    items = [f"D{n}" for n in range(30)]
    half = len(far_ahead) // 2
    send(home, [*of_desk(*items[:10]), *far_ahead[:half], *of_desk(*items[10:20]), *far_ahead[half:]])
    home.until(lambda: named(home), "the source is named")
    home.kill("worker")
    send(home, [*far_ahead, *of_desk(*items[20:])])
    home.wait()
    assert home.rows(LETTERS) == [[2 * len(far_ahead)]]
    assert dict(home.rows("SELECT item, path FROM items")) == {item: ["Desk", "Network"] for item in items}
    home.until(lambda: named(home), "the source is named again")
    told = said(home, "status", code=1)
    assert f"PARKS source '{SOURCE}': " in told and "too_far_ahead: time: more than 400 days" in told and "mend: " in told
    worker = home.processes()["worker"]
    assert (worker["state"], worker["restarts"], worker["last_exit"]) == ("ready", 1, -9)
    assert f"worker parks: source '{SOURCE}'" in home.baton("healthy", "worker")
    assert "WRONG  sources" in said(home, "doctor", code=1)
    assert "0 differences" in home.verify()


@pytest.mark.control("one source")
def test_two_at_once_where_nothing_is_used_stop_the_worker(home: Home) -> None:
    """Negative control: of a worker that has used nothing yet, whatever two sources send at the same time is refused: it
    stops with 78, names both and the way on; let pass, it parks them all."""
    home.baton("down")
    home.up()
    before = home.rows(LETTERS)[0][0]
    items = [item for item in (f"A{n}" for n in range(3_000)) if partition_of(item.encode(), 3) == 1][:600]
    far = now_ms() + 500 * 86_400_000
    flood = [moved(item, 0, far, "Ward", source) for item in items for source in ("one", "two")]
    send(home, flood)
    home.until(lambda: home.processes()["worker"]["state"] == "stopped", "the worker stops")
    assert home.processes()["worker"]["last_exit"] == STOP_EXIT
    told = said(home, "status", code=1)
    for words in (
        f"dead-letter limit reached in {EVENTS} partition 1",
        "source 'one': ",
        "source 'two': ",
        "BATON_DEAD_LETTER_RUN",
    ):
        assert words in told
    assert "dead-letter limit reached" in said(home, "wait")
    home.baton("down")
    home.env |= {"BATON_DEAD_LETTER_RUN": "100000", "BATON_DEAD_LETTER_SHARE": "1"}
    home.up()
    home.wait()
    assert home.rows(LETTERS) == [[before + len(flood)]]
    home.verify()
