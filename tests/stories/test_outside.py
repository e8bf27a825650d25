"""Both servers outside: an installation on a broker and a warehouse that somebody else runs."""

from pathlib import Path

import pytest

from producers.importers.sample_log import write_log
from tests.fixtures.home import home_at

pytestmark = pytest.mark.stack
TICKETS = 60


def test_an_installation_on_servers_of_others(tmp_path: Path) -> None:
    """With both addresses set a home starts neither server, works all the way to a clean verification, and its end leaves
    the servers and what it recorded alone: a second home on the same servers reads it."""
    write_log(tmp_path / "sample.csv", TICKETS, seed=4)
    with home_at(tmp_path / "servers") as servers:
        servers.up("broker", "warehouse")
        outside = {"BATON_KAFKA": servers.address("broker"), "BATON_CLICKHOUSE": servers.address("warehouse")}
        before = {name: process["pid"] for name, process in servers.processes().items()}
        assert set(before) == {"broker", "warehouse"}
        with home_at(tmp_path / "ours", **outside) as ours:
            ours.up()
            assert not {"broker", "warehouse"} & ours.processes().keys()
            assert {"prepare", "clock", "worker", "sink"} <= ours.processes().keys()
            ours.baton("import", str(tmp_path / "sample.csv"), "--mapping", "sample")
            ours.wait()
            ours.verify()
            ours.baton("down")
            assert not {"broker", "warehouse"} & {path.name for path in ours.place.iterdir()}
        assert {name: process["pid"] for name, process in servers.processes().items()} == before
        with home_at(tmp_path / "guest", **outside) as guest:
            assert guest.rows("SELECT count() FROM items") == [[TICKETS]]
