"""Somebody deletes rows: verify says the cause first and how to mend it, and what it says mends it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.importers.sample_log import write_log
from schemas.settings import load
from sinks.clickhouse import connect
from tests.fixtures.home import Home, home_at
from tests.stories.asking import said

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A live home with a log in it."""
    folder = tmp_path_factory.mktemp("lost")
    write_log(folder / "log.csv", items=60, seed=3)
    with home_at(folder / "home") as found:
        found.up()
        found.baton("import", str(folder / "log.csv"), "--mapping", "sample")
        found.wait()
        yield found


def delete(home: Home, rows: str) -> None:
    """Delete rows of a private table."""
    settings = load(home=home.place)
    warehouse = connect(home.address("warehouse"), settings.clickhouse_user, "", settings.private_database)
    try:
        warehouse.execute(f"DELETE FROM {rows}")
    finally:
        warehouse.close()


@pytest.mark.guard("verify")
def test_records_that_are_in_no_table_are_read_again(home: Home, tmp_path: Path) -> None:
    """The offsets stand above what follows from them; reading the log again brings them back, and nothing differs any more."""
    home.verify()
    delete(home, "raw_events WHERE partition = 0 AND offset IN (5, 6)")
    told = home.verify(fine=(1,))
    assert told.index("2 records of the log are in no table") < told.index(
        "has a row or a dead letter, but not: offsets 5 to 6"
    )
    assert "baton run sink --read-again" in told
    assert "only one may read again" in said(home, "run", "sink", "--read-again")
    home.baton("down")
    home.up("broker", "warehouse")
    reading = home.start("baton.main", "run", "sink", "--read-again")
    log = home.place.parent / "baton.main.log"
    home.until(lambda: "reading" in log.read_text() or reading.poll() is not None, "the sink reads")
    reading.send_signal(signal.SIGTERM)
    assert reading.wait(600) == 0
    home.baton("down")
    home.up()
    home.wait()
    assert "0 differences" in home.verify()


@pytest.mark.guard("verify")
def test_facts_and_scores_that_are_not_in_the_tables_are_folded_again(home: Home) -> None:
    """They are named in words, with what is to be done; a rebuild, which is no restart of anything, brings them back."""
    delete(home, "item_facts WHERE item = (SELECT min(item) FROM item_facts)")
    delete(home, "score_rows WHERE scope = 'source' AND window = '24h'")
    told = home.verify(fine=(1,))
    assert ": item T-0000001: computed again at version" in told and "not in the table" in told
    assert ": source import/sample, 24h until" in told and "baton rebuild && baton wait" in told
    assert "in no table" not in told
    home.baton("rebuild")
    home.wait()
    assert "0 differences" in home.verify()
    assert {process["restarts"] for process in home.processes().values()} == {0}
