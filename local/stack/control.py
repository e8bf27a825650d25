"""What other processes do to a running stack: wait until it is up, wake it, end it."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from local.stack import run_state
from local.stack.process_identity import end
from local.stack.run_state import ProcessStatus, RunState

POLL_SECONDS = 0.1
END_SECONDS = 120.0
WAKE_SECONDS = 3.0
HOPELESS_RESTARTS = 2
"""While waiting for a stack to come up, a process that had to be started again this often is reported."""


def not_working(stack: RunState) -> tuple[ProcessStatus, ...]:
    """The processes that don't do their work (yet)."""
    return tuple(process for process in stack.processes if process.state not in ("ready", "done"))


def wait_until_up(home: Path, seconds: float, starting: Callable[[], bool]) -> RunState | None:
    """Wait until every process works, one of them will not (stopped, or restarted too often), or time is up.

    The state then; None when there is no supervisor (any more). ``starting`` says whether one may still appear.
    """
    until = time.monotonic() + seconds
    while True:
        # Asked before the state is read: the other way round, a starter that becomes the supervisor in between is missed.
        maybe_later = starting()
        found = run_state.running(home)
        if found is None and not maybe_later:
            return None
        if found and (found.up or any(map(_hopeless, found.processes))):
            return found
        if time.monotonic() > until:
            return found
        time.sleep(POLL_SECONDS)


def wake(home: Path) -> None:
    """Ask the supervisor to start at once what isn't running; returns when it has begun to, or after a few seconds."""
    found = run_state.running(home)
    if not found:
        return
    os.kill(found.supervisor.pid, signal.SIGHUP)
    # The signal has no answer; that states have changed is the only sign of it.
    until = time.monotonic() + WAKE_SECONDS
    while found and any(p.state in ("stopped", "backing off") for p in found.processes) and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
        found = run_state.running(home)


def down(home: Path) -> list[str]:
    """End the stack of a home and whatever an earlier one left; names of what was ended, empty when nothing ran."""
    found = run_state.read(home)
    if found is None:
        return []
    # 1 the supervisor, which ends its processes in order   2 what a killed one left   3 the state, which names both
    supervisor = ["stack"] if end(found.supervisor, END_SECONDS) else []
    ended_processes = [p.name for p in reversed(found.processes) if p.identity and end(p.identity, grace_seconds=10)]
    run_state.forget(home)
    return supervisor + ended_processes


def _hopeless(process: ProcessStatus) -> bool:
    return process.state == "stopped" or (process.state == "backing off" and process.restarts >= HOPELESS_RESTARTS)
