"""Many kills at random while very many events flow; by hand, `make chaos`."""

import time
from pathlib import Path
from random import Random

import pytest

from producers.importers.sample_log import write_log
from tests.fixtures.home import home_at

ITEMS = 15_200
"""About 200,000 events."""
KILLS = 24
NAMES = ("worker", "scores", "sink", "broker", "warehouse", "clock")


@pytest.mark.chaos
@pytest.mark.parametrize("seed", [1, 2])
def test_random_kills_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    """At least 20 kill -9 of any process while 200,000 events flow: afterwards `baton verify` finds 0 differences."""
    log = tmp_path / "sample.csv"
    rows = write_log(log, items=ITEMS, seed=seed)
    assert 2 * rows >= 200_000
    rng = Random(seed)
    with home_at(tmp_path / "home") as home:
        home.up()
        importing = home.start("baton.main", "import", str(log), "--mapping", "sample")
        killed = 0
        while killed < KILLS:
            time.sleep(rng.uniform(0.2, 3))
            name = rng.choice(NAMES)
            if home.processes()[name]["pid"]:
                home.kill(name)
                killed += 1
            if importing.poll() is not None and killed < KILLS:
                # all is produced; again, so that something flows to the end: nothing of it may show
                importing = home.start("baton.main", "import", str(log), "--mapping", "sample")
        assert importing.wait(3600) == 0
        home.wait()
        assert home.rows("SELECT toUInt32(count()), toUInt32(sum(events)) FROM items") == [[ITEMS, 2 * rows]]
        assert "0 differences" in home.verify()
