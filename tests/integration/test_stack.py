"""The stack with real processes: crashes, restarts, orphans, two homes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.stack import control, run_state
from local.stack.process_identity import ProcessIdentity, end, is_alive
from local.stack.run_state import ProcessStatus, RunState

PATIENCE = 300.0
Start = Callable[..., "subprocess.Popen[str]"]


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; fails after a generous time."""
    limit = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a small stack in a home; all are ended afterwards, with whatever they left."""
    begun: list[tuple[Path, subprocess.Popen[str]]] = []

    def run(home: Path, *options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.fixtures.small_stack", str(home), *options]
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        begun.append((home, program))
        return program

    yield run
    for home, program in begun:
        program.terminate()
        program.communicate(timeout=PATIENCE)
        control.down(home)


def up(home: Path) -> RunState:
    """The state of a home once first and second work."""
    until(lambda: bool((s := run_state.running(home)) and all(p.state == "ready" for p in s.processes if p.name != "third")))
    found = run_state.running(home)
    assert found is not None
    return found


def named(found: RunState | None, name: str) -> ProcessStatus:
    """One process of a state."""
    assert found is not None
    return next(process for process in found.processes if process.name == name)


def identity(found: RunState, name: str) -> ProcessIdentity:
    """Who the process of this name is."""
    who = named(found, name).identity
    assert who is not None
    return who


def test_what_dies_is_started_again_and_said_so(tmp_path: Path, start: Start) -> None:
    """A killed process comes back as another one; the state counts it and says what killed it."""
    start(tmp_path)
    before = identity(up(tmp_path), "first")
    os.kill(before.pid, signal.SIGKILL)
    until(lambda: named(run_state.running(tmp_path), "first").restarts == 1)
    after = named(up(tmp_path), "first")
    assert after.identity not in (None, before)
    assert (after.restarts, after.last_exit) == (1, -signal.SIGKILL)


def test_a_stop_is_shown_and_not_started_again(tmp_path: Path, start: Start) -> None:
    """A process that ends with 78 stays stopped, with its problem and mend, while others are restarted."""
    start(tmp_path, "third=78")
    for restarts in (1, 2):
        os.kill(identity(up(tmp_path), "first").pid, signal.SIGKILL)
        until(lambda wanted=restarts: named(run_state.running(tmp_path), "first").restarts == wanted)  # type: ignore[misc]  # a default argument pins the loop's value
    third = named(up(tmp_path), "third")
    assert (third.state, third.last_exit) == ("stopped", 78)
    assert third.reason == "stopped: nothing below 7\n  mend: baton rebuild"
    assert (tmp_path / "logs" / "third.log").read_text().count("begun") == 1


def test_another_code_is_started_again(tmp_path: Path, start: Start) -> None:
    """Negative control of the above: code 1 is tried again and again."""
    start(tmp_path, "third=1")
    until(lambda: bool(run_state.running(tmp_path)) and named(run_state.running(tmp_path), "third").restarts >= 2)
    assert (tmp_path / "logs" / "third.log").read_text().count("begun") >= 2


def test_waking_tries_a_stopped_process_again(tmp_path: Path, start: Start) -> None:
    """After the cause was mended a stopped process is started by asking the stack."""
    start(tmp_path, "third=78")
    until(lambda: bool(run_state.running(tmp_path)) and named(run_state.running(tmp_path), "third").state == "stopped")
    control.wake(tmp_path)
    until(lambda: (tmp_path / "logs" / "third.log").read_text().count("begun") == 2)


@pytest.mark.skipif(sys.platform != "linux", reason="could not run: only Linux ends children with a killed parent")
def test_a_killed_supervisor_leaves_no_orphan(tmp_path: Path, start: Start) -> None:
    """When the supervisor is killed with SIGKILL its processes die too."""
    program = start(tmp_path)
    found = up(tmp_path)
    program.kill()
    until(lambda: not any(is_alive(identity(found, name)) for name in ("first", "second")))


def test_without_the_death_signal_a_process_survives_and_the_next_start_ends_it(tmp_path: Path, start: Start) -> None:
    """Negative control of the above; and what was left behind is ended by the next start in that home."""
    program = start(tmp_path, "--survive-parent")
    found = up(tmp_path)
    program.kill()
    program.wait(PATIENCE)
    left = identity(found, "first")
    try:
        assert is_alive(left)
        start(tmp_path)
        assert identity(up(tmp_path), "first") != left
        assert not is_alive(left)
    finally:
        end(left, 0)


def test_two_homes_do_not_disturb_each_other(tmp_path: Path, start: Start) -> None:
    """Ending one home leaves every process of the other as it was."""
    one, two = tmp_path / "one", tmp_path / "two"
    start(one), start(two)
    up(one)
    before = up(two)
    assert control.down(one) == ["stack"]
    assert run_state.running(one) is None
    assert run_state.running(two) == before
    assert all(is_alive(identity(before, name)) for name in ("first", "second"))


def test_a_home_has_one_supervisor(tmp_path: Path, start: Start) -> None:
    """A second supervisor of the same home refuses and changes nothing."""
    start(tmp_path)
    before = up(tmp_path)
    second = start(tmp_path)
    printed, _ = second.communicate(timeout=PATIENCE)
    assert second.returncode != 0 and "another `baton up`" in printed
    assert run_state.running(tmp_path) == before


def test_ending_goes_backwards_and_forgets(tmp_path: Path, start: Start) -> None:
    """SIGTERM ends the processes in the opposite order of their start and leaves no state."""
    program = start(tmp_path)
    up(tmp_path)
    program.terminate()
    printed, _ = program.communicate(timeout=PATIENCE)
    assert [line for line in printed.splitlines() if line.endswith("ended")] == ["second ended", "first ended"]
    assert run_state.read(tmp_path) is None
    assert control.down(tmp_path) == []
