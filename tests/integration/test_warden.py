"""A test session that is ended from outside leaves nothing running."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.stack.process_identity import ProcessIdentity, end, identify, is_alive
from schemas.settings import child_environment
from tests.house.tree import ROOT

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="could not run: this system does not show a process's environment"
)
PATIENCE = 300
INNER = """
import os, subprocess, sys, time
from pathlib import Path
from schemas.settings import child_environment

def test_that_starts_a_home_and_hangs():
    home = Path(os.environ["INNER_HOME"])
    subprocess.Popen([sys.executable, "-m", "tests.fixtures.small_stack", str(home)], env=child_environment(),
                     start_new_session=True, stdout=subprocess.DEVNULL)
    time.sleep(3600)
"""


@pytest.fixture
def started() -> Iterator[list[ProcessIdentity]]:
    """Processes to be ended after the test, whatever happens."""
    found: list[ProcessIdentity] = []
    yield found
    for one in reversed(found):
        end(one, grace_seconds=10)


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait, generously."""
    over = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < over, f"never came about: {what}"
        time.sleep(0.05)


def working(home: Path) -> list[ProcessIdentity]:
    """Supervisor and processes of a home, once all of them work."""
    try:
        found = json.loads((home / "run" / "state.json").read_text())
    except FileNotFoundError:
        return []
    if not all(process["state"] == "ready" for process in found["processes"]):
        return []
    return [ProcessIdentity(**one) for one in (found["supervisor"], *(process["identity"] for process in found["processes"]))]


def session(
    place: Path, started: list[ProcessIdentity], *options: str
) -> "tuple[subprocess.Popen[bytes], list[ProcessIdentity]]":
    """A test session that hangs in a test, and what runs in the home which that test started."""
    (place / "test_inner.py").write_text(INNER)
    inner = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), *options,
         str(place / "test_inner.py")],
        cwd=ROOT, env=child_environment(INNER_HOME=str(place / "home")), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    me = identify(inner.pid)
    assert me is not None
    started.append(me)
    until(lambda: bool(working(place / "home")) or inner.poll() is not None, "the inner session's home works")
    assert inner.poll() is None, "the inner session ended by itself"
    started += working(place / "home")
    return inner, started[1:]


@pytest.mark.parametrize(("how", "options"), [(signal.SIGTERM, ("-n", "2")), (signal.SIGKILL, ())])
def test_no_home_outlives_its_session(
    tmp_path: Path, started: list[ProcessIdentity], how: signal.Signals, options: tuple[str, ...]
) -> None:
    """A session that is terminated, or killed, in the middle of a test takes the homes it started with it."""
    inner, home = session(tmp_path, started, "-p", "tests.conftest", *options)
    assert len(home) == 3
    os.kill(inner.pid, how)
    inner.wait(PATIENCE)
    until(lambda: not any(map(is_alive, home)), "everything of the home has ended")


def test_without_a_warden_it_would(tmp_path: Path, started: list[ProcessIdentity]) -> None:
    """Negative control: the same session without what tests/conftest.py does leaves its home running."""
    inner, home = session(tmp_path, started)
    os.kill(inner.pid, signal.SIGKILL)
    inner.wait(PATIENCE)
    assert all(map(is_alive, home))
