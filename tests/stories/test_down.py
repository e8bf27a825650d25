"""`baton down` reads its tail: what was produced before it is in the warehouse after it, or it says what is not."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from producers.importers.sample_log import write_log
from tests.fixtures.home import GENEROUS, Home, home_at

pytestmark = pytest.mark.stack
TICKETS = 300
TOLD = "SELECT toUInt32(count()), toUInt32(sum(events)) FROM items"
SCORED = "SELECT toUInt8((SELECT max(w) FROM score_as_of) >= (SELECT max(last_event_at) FROM items))"
LOST = "nothing is lost: it is in the log, and the next `baton up` reads it"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A live home for this module."""
    with home_at(tmp_path_factory.mktemp("down") / "home") as found:
        yield found


def imported(home: Home, seed: int) -> None:
    """A log of tickets in a running home, acknowledged and not waited for."""
    log = home.place.parent / f"log-{seed}.csv"
    write_log(log, items=TICKETS, seed=seed)
    home.baton("import", str(log), "--mapping", "sample")


def ended(home: Home, *options: str) -> "subprocess.CompletedProcess[str]":
    """What `baton down` said."""
    command = [sys.executable, "-m", "baton.main", "down", *options]
    return subprocess.run(command, env=home.env, capture_output=True, text=True, timeout=GENEROUS, check=True)


def down(home: Home, *options: str) -> str:
    """End a home that runs; what it said of its tail."""
    said = ended(home, *options)
    assert said.stdout.startswith("ended: ")
    return said.stderr


def at_rest(home: Home) -> tuple[int, int, bool]:
    """Items, their events, and whether scores have come as far, where only the warehouse runs and nobody reads on."""
    home.up("warehouse")
    ((items, events),), ((scored,),) = home.rows(TOLD), home.rows(SCORED)
    down(home)
    return items, events, scored == 1


def read_to_the_end(home: Home) -> int:
    """Events of items once everything is read."""
    home.up()
    home.wait()
    ((_, events),) = home.rows(TOLD)
    return int(events)


@pytest.mark.guard("tail")
def test_what_was_produced_before_is_there_afterwards(home: Home) -> None:
    """An import is acknowledged and the home ended at once: every item, its facts and scores are in the tables."""
    home.up()
    imported(home, 1)
    assert LOST not in down(home)
    items, events, scored = at_rest(home)
    assert (items, scored) == (TICKETS, True)
    assert read_to_the_end(home) == events  # nothing was left to be read


@pytest.mark.control("tail")
def test_without_waiting_it_says_what_is_not(home: Home) -> None:
    """Negative control: ended before, the tables lack what came last, which is said; the next start reads it."""
    home.up()
    ((_, before),) = home.rows(TOLD)
    os.kill(home.processes()["worker"]["pid"], signal.SIGSTOP)
    imported(home, 2)
    said = down(home, "--seconds", "5")  # the tick behind it comes: else it would be the clock that has work left
    assert "worker: baton.events.v1 partition" in said and "no facts yet for its last" in said and LOST in said
    assert at_rest(home)[1] == before < read_to_the_end(home)


@pytest.mark.guard("tail")
def test_a_killed_part_is_started_again_and_reads_on(home: Home) -> None:
    """kill -9 of worker, scores and sink right before: the stack starts them again, and the tail is there all the same."""
    home.up()
    imported(home, 3)
    for name in ("worker", "scores", "sink"):
        home.kill(name)
    assert LOST not in down(home, "--seconds", "300")
    _, events, scored = at_rest(home)
    assert scored and read_to_the_end(home) == events


@pytest.mark.guard("tail")
def test_a_part_that_hangs_keeps_nobody(home: Home) -> None:
    """A sink that hangs: it is ended after the time given, and what it did not insert is named."""
    home.up()
    os.kill(home.processes()["sink"]["pid"], signal.SIGSTOP)
    imported(home, 4)
    said = down(home, "--seconds", "3")
    assert "at most 3 s" in said and "records are not in the tables yet" in said and LOST in said


@pytest.mark.guard("tail")
def test_a_killed_stack_is_cleared_away_and_said(home: Home) -> None:
    """After kill -9 of the stack itself nobody can say what is in the warehouse: that is said, and nothing hangs."""
    home.up()
    os.kill(json.loads((home.place / "run" / "state.json").read_text())["supervisor"]["pid"], signal.SIGKILL)
    said = ended(home)
    assert "nobody could say what is in the warehouse" in said.stderr and LOST in said.stderr
    again = ended(home)
    assert (again.stdout, again.stderr) == ("not running\n", "")
