"""A pid alone is not a process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.stack.process_identity import ProcessIdentity, end, identify, is_alive

SLEEPER = [sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"]


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that does nothing."""
    with subprocess.Popen(SLEEPER, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def known(pid: int) -> ProcessIdentity:
    """ProcessIdentity of a process that surely runs."""
    identity = identify(pid)
    assert identity is not None
    return identity


def test_a_pid_given_away_again_is_left_alone(sleeper: "subprocess.Popen[bytes]") -> None:
    """A recorded process with this pid but another start time counts as gone, and its successor is not ended."""
    earlier = replace(known(sleeper.pid), started="before the flood")
    assert not is_alive(earlier)
    assert end(earlier, grace_seconds=1) is False
    assert sleeper.poll() is None


def test_the_process_itself_is_ended(sleeper: "subprocess.Popen[bytes]") -> None:
    """Negative control of the above: with the right start time it is ended."""
    assert end(known(sleeper.pid), grace_seconds=60) is True
    assert sleeper.wait(60) == -15


def test_a_process_that_does_not_listen_is_killed() -> None:
    """Who ignores SIGTERM is killed after the grace."""
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert end(known(process.pid), grace_seconds=0.2) is True
        assert process.wait(60) == -9


def test_a_zombie_is_not_alive(sleeper: "subprocess.Popen[bytes]") -> None:
    """A process that has ended but whose parent hasn't asked for its code counts as gone."""
    identity = known(sleeper.pid)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # returns when it has died, and leaves it a zombie
    assert not is_alive(identity)
    assert end(identity, grace_seconds=60) is False
