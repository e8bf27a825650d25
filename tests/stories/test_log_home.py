"""A home whose time is history's own: a log replayed with its ticks, twice, and the refusals that keep the two times apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.importers.sample_log import write_log
from tests.fixtures.home import Home, home_at
from tests.stories.asking import said

pytestmark = pytest.mark.stack
TICKETS = 400
FACTS = "SELECT item, path, reassignments, reopens, status, opened_at, closed_at, events FROM items ORDER BY item"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample log."""
    path = tmp_path_factory.mktemp("log") / "sample.csv"
    write_log(path, TICKETS, seed=5)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A log home for this module."""
    with home_at(tmp_path_factory.mktemp("history") / "home", BATON_TIME="log") as found:
        found.up()
        yield found


def test_history_is_replayed_in_its_own_time(home: Home, log: Path) -> None:
    """After the import every ticket is there as of its log's end, W stands where history ends and no clock runs; imported
    again, nothing has changed; and `baton verify` agrees."""
    assert "clock" not in home.processes()
    told = home.baton("import", str(log), "--mapping", "sample", "--replay")
    assert "acknowledged by the broker" in told
    home.wait()
    items = home.rows(FACTS)
    assert len(items) == TICKETS
    assert home.rows("SELECT count() FROM items WHERE status = 'closed' AND length(path) > 0") == [[TICKETS]]
    behind, ends = home.rows(
        "SELECT (SELECT max(last_event_at) FROM items) < w, (SELECT max(last_event_at) FROM items) + INTERVAL 5 MINUTE >= w "
        "FROM as_of"
    )[0]
    assert behind and ends
    home.baton("import", str(log), "--mapping", "sample")
    home.wait()
    assert home.rows(FACTS) == items
    home.verify()


def test_the_two_times_are_kept_apart(home: Home, log: Path) -> None:
    """A replay into a live home, a clock in a log home and a home of the other time are refused, each with its way out."""
    told = said(home, "import", str(log), "--mapping", "sample", "--replay", env={"BATON_TIME": "live"})
    assert "has a clock (time = live)" in told and "BATON_TIME=log" in told
    assert "`baton import` brings the ticks" in said(home, "run", "clock")
    told = said(home, "prepare", env={"BATON_TIME": "live"})
    assert "is a log home" in told and "set BATON_TIME=log" in told
    assert "there is no process 'clock' in this home" in said(
        home, "up", "--only", "clock", env={"BATON_HOME": str(home.place.parent / "another")}
    )
