"""Children of a demonstration end with it, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from baton.demo.child_processes import ChildProcesses
from local.stack.process_identity import identify, is_alive
from runtime.shutdown import StopSignal
from schemas.errors import Stop
from schemas.settings import child_environment

SLEEPER = "import time\ntime.sleep(3600)\n"
GENEROUS = 120.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A home with two programs to run: one that sleeps, one that ends with code 3."""
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    (tmp_path / "ender.py").write_text("print('said this')\nraise SystemExit(3)\n")
    return tmp_path


def env_of(folder: Path) -> dict[str, str]:
    return child_environment(PYTHONPATH=str(folder))


def test_leaving_ends_every_child(folder: Path) -> None:
    """After the block no child runs, also when it was left by an error."""
    started: list[subprocess.Popen[bytes]] = []

    def run() -> None:
        with ChildProcesses(folder, env_of(folder), StopSignal(), keep=False) as children:
            started.extend(children.start("sleeper", log=f"s{number}") for number in range(2))
            raise Stop("no", "mend")

    with pytest.raises(Stop):
        run()
    assert len(started) == 2
    assert all(child.poll() is not None for child in started)


def test_a_child_that_ends_gives_its_code_and_its_words(folder: Path) -> None:
    """The exit code comes back and what it said stands in the home's logs."""
    with ChildProcesses(folder, env_of(folder), StopSignal(), keep=False) as children:
        assert children.finish(children.start("ender", log="ender")) == 3
    assert (folder / "logs" / "ender.log").read_text() == "said this\n"


def test_asked_to_stop_a_child_is_asked_to_end(folder: Path) -> None:
    """Waiting for a child ends when the demonstration is asked to stop, and the child has ended then."""
    stopping = StopSignal()
    with ChildProcesses(folder, env_of(folder), stopping, keep=False) as children:
        child = children.start("sleeper", log="s")
        assert children.finish(child, meanwhile=stopping.request_stop) != 0
        assert child.poll() is not None


def test_what_is_kept_goes_on(folder: Path) -> None:
    """With ``keep`` a child outlives the block."""
    with ChildProcesses(folder, env_of(folder), StopSignal(), keep=True) as children:
        child = children.start("sleeper", log="s")
    me = identify(child.pid)
    assert me is not None and is_alive(me)
    os.kill(child.pid, signal.SIGKILL)
    os.waitpid(child.pid, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="could not run: only Linux tells a child that its parent died")
def test_a_demonstration_that_is_killed_leaves_nothing(folder: Path) -> None:
    """``kill -9`` of whoever started them ends the children, too."""
    (folder / "starter.py").write_text(
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from baton.demo.child_processes import ChildProcesses\n"
        "from runtime.shutdown import StopSignal\n"
        "with ChildProcesses(Path(sys.argv[1]), dict(os.environ), StopSignal(), keep=False) as children:\n"
        "    print(children.start('sleeper', log='s').pid, flush=True)\n"
        "    time.sleep(3600)\n"
    )
    root = str(Path(__file__).parents[3])
    starter = subprocess.Popen(
        [sys.executable, "-m", "starter", str(folder)],
        env=child_environment(PYTHONPATH=f"{folder}{os.pathsep}{root}"),
        stdout=subprocess.PIPE,
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    child = identify(pid)
    assert child is not None
    starter.kill()
    starter.communicate()
    until = time.monotonic() + GENEROUS
    while is_alive(child):
        assert time.monotonic() < until
        time.sleep(0.05)
