"""The demonstration: from nothing to numbers, and nothing left behind however it ends."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import run_state
from local.stack.process_identity import ProcessIdentity, is_alive
from producers.importers.sample_log import write_log
from tests.fixtures.home import GENEROUS, Home, home_at

pytestmark = pytest.mark.stack
SMALL = ("--days", "3", "--rate", "0.5")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A place for one demonstration; whatever is left of it ends with the test."""
    with home_at(tmp_path / "home") as found:
        yield found


def begin(home: Home, *words: str) -> "subprocess.Popen[bytes]":
    """Start a demonstration, which ends with the test."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "baton.main", "demo", "--home", str(home.place), *words],
        env=home.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    home.children.append(demo)
    return demo


def rest(demo: "subprocess.Popen[bytes]") -> str:
    """What it says until its end."""
    return demo.communicate(timeout=GENEROUS)[0].decode()


def until_said(demo: "subprocess.Popen[bytes]", words: str) -> str:
    """Read on until the words come; all that was said."""
    assert demo.stdout is not None
    said = ""
    for line in demo.stdout:
        said += line.decode()
        if words in said:
            return said
    raise AssertionError(f"never said {words!r}:\n{said}")


def ids(home: Home) -> list[ProcessIdentity]:
    """The supervisor and everything it runs."""
    found = run_state.read(home.place)
    assert found is not None
    return [found.supervisor, *(process.identity for process in found.processes if process.identity)]


def all_end(wanted: list[ProcessIdentity]) -> None:
    until = time.monotonic() + GENEROUS
    while left := [one for one in wanted if is_alive(one)]:
        assert time.monotonic() < until, left
        time.sleep(0.1)


def test_from_nothing_to_numbers(home: Home) -> None:
    """Where no terminal is, the demonstration prints the pairs with their numbers once and ends by itself, everything with it;
    a second one in the same home goes on with what is there."""
    for _ in range(2):
        demo = begin(home, *SMALL)
        told = rest(demo)
        assert demo.returncode == 0, told
        assert "supplier > customer" in told and "Marketing > Sales" in told
        assert "Ask more, in another terminal" in told and told.rstrip().endswith("ended")
        assert run_state.running(home.place) is None
    assert "0 days of history" in told


def test_the_first_numbers_are_of_the_whole_history(home: Home) -> None:
    """The first table counts every event of the history, and ratings of the last midnight are among them."""
    told = rest(begin(home, "--days", "40", "--rate", "0.1", "--seconds", "0"))
    sent, shown = (
        int(re.findall(pattern, told)[0].replace(",", ""))
        for pattern in (r"([\d,]+) events of history", r"as of \d.* UTC: ([\d,]+) ev")
    )
    assert shown >= sent > 5000
    (row,) = (line for line in told.splitlines() if line.startswith("Marketing > Sales"))
    assert "(" in row and "%" in row


@pytest.mark.parametrize("moment", ["is ready", "as of"])
def test_ctrl_c_leaves_nothing(home: Home, moment: str) -> None:
    """Ctrl-C while it starts, and while it shows numbers, ends every process it started; it says so and ends well."""
    demo = begin(home, *SMALL, "--seconds", "3600")
    until_said(demo, moment)
    running = ids(home)
    assert len(running) > 1
    demo.send_signal(signal.SIGINT)
    told = rest(demo)
    assert demo.returncode == 0 and told.rstrip().endswith("ended"), told
    all_end(running)


@pytest.mark.skipif(sys.platform != "linux", reason="could not run: only Linux tells a child that its parent died")
def test_a_demonstration_that_is_killed_leaves_nothing(home: Home) -> None:
    """``kill -9`` of the demonstration ends every process it started."""
    demo = begin(home, *SMALL, "--seconds", "3600")
    until_said(demo, "simulate is ready")
    running = ids(home)
    os.kill(demo.pid, signal.SIGKILL)
    rest(demo)
    all_end(running)


def test_a_log_of_ones_own(home: Home, tmp_path: Path) -> None:
    """A log is replayed at a chosen speed in a home of its own time, and its counts and pairs are shown."""
    log = tmp_path / "tickets.csv"
    write_log(log, 120, seed=4)
    told = rest(begin(home, "--log", str(log), "--mapping", "sample", "--speed", "10000000"))
    assert "acknowledged by the broker" in told and "120" in told, told
    assert "supplier > customer" in told and "Service Desk" in told
    assert told.rstrip().endswith("ended")


def test_it_writes_nothing_into_servers_of_ones_own(home: Home) -> None:
    """With a broker in the settings the made-up company is refused, before anything is started."""
    home.env["BATON_KAFKA"] = "broker.example:9092"
    told = rest(begin(home))
    assert "would write a made-up company into your servers" in told
    assert not (home.place / "run").exists()
