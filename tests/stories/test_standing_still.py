"""A process that hangs: it is named, no other is blamed, what it keeps from the tables is said, and afterwards all is well."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack.process import STILL_SECONDS, Progress
from producers.importers.sample_log import write_log
from tests.fixtures.home import Home, home_at
from tests.stories.asking import said

pytestmark = pytest.mark.stack
OWN = ("clock", "worker", "scores", "sink")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A live home for this module."""
    with home_at(tmp_path_factory.mktemp("still") / "home") as found:
        found.up()
        yield found


def a_minute_later(home: Home, name: str) -> None:
    """As if a process that has been stopped had stood still for longer than a minute."""
    Progress(home.place, name, lambda: time.monotonic() - STILL_SECONDS - 15)()


@pytest.mark.guard("standing still")
@pytest.mark.parametrize("name", OWN)
def test_one_that_hangs_is_in_trouble_until_it_goes_on(home: Home, name: str) -> None:
    """It lives and reports nothing; `status` and `healthy` are red for it alone, and green once it moves again."""
    home.until(lambda: home.baton("healthy", fine=(0, 1)) == "", "all of them move")
    process = home.processes()[name]
    assert process["still_seconds"] is not None
    os.kill(process["pid"], signal.SIGSTOP)
    try:
        a_minute_later(home, name)
        assert said(home, "healthy", code=1).startswith(f"{name} is in trouble: has not moved for 7")
        status = said(home, "status", code=1)
        assert status.count("TROUBLE") == 1 and "TROUBLE has not moved for" in status
    finally:
        os.kill(process["pid"], signal.SIGCONT)
    home.until(lambda: home.baton("healthy", fine=(0, 1)) == "", f"{name} moves again")


@pytest.mark.guard("standing still")
def test_what_a_sink_that_hangs_keeps_is_named(home: Home, tmp_path: Path) -> None:
    """`verify` is not green while records of the log are in no table; the worker, which has done its work, is not blamed."""
    log = tmp_path / "log.csv"
    write_log(log, items=50, seed=3)
    home.wait()
    home.verify()
    sink = home.processes()["sink"]["pid"]
    os.kill(sink, signal.SIGSTOP)
    try:
        home.baton("import", str(log), "--mapping", "sample")
        home.until(lambda: behind(home)["worker"] == 0 < behind(home)["sink"], "the worker has done what the sink lacks")
        told = home.verify(fine=(3,))
        assert "sink: baton.events.v1 partition" in told and "records are not in the tables yet" in told
        assert "worker:" not in told and "0 differences" not in told
    finally:
        os.kill(sink, signal.SIGCONT)
    home.wait()
    assert "0 differences" in home.verify()


def behind(home: Home) -> dict[str, int]:
    """Records that each process is behind."""
    found = json.loads(home.baton("status", "--json", fine=(0, 1)))
    return {process["name"]: process["behind"] or 0 for process in found["processes"]}
