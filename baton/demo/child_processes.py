"""Programs a demonstration starts: they end with it, however it ends, and Ctrl-C reaches the demonstration alone."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from local.stack import end_with_parent, run_state
from local.stack.run_state import RunState
from runtime.shutdown import StopSignal
from schemas.errors import Stop

_POLL_SECONDS = 0.2
_END_SECONDS = 120.0


class ChildProcesses:
    """Programs in one home. ``env`` is theirs; ``keep`` lets them live on at the end. Start them from the main thread."""

    def __init__(self, home: Path, env: dict[str, str], stopping: StopSignal, keep: bool) -> None:
        self._home, self._env, self._stopping, self._keep = home, env, stopping, keep
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # The last one started ends first: it may still need those before it.
        while self._running and not self._keep:
            terminate(self._running.pop())
        for left in self._running:
            left.returncode = 0  # it goes on without us; keeps subprocess from warning about that

    def start(self, *argv: str, log: str) -> subprocess.Popen[bytes]:
        """Start ``python -m ARGV``; its output goes to ``log`` among the home's logs."""
        log_file = self._home / "logs" / f"{log}.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        ends_with_us = [] if self._keep else [sys.executable, "-I", "-S", end_with_parent.__file__, str(os.getpid())]
        with log_file.open("wb") as output:
            child = subprocess.Popen(
                [*ends_with_us, sys.executable, "-m", *argv],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(child)
        return child

    def finish(self, child: "subprocess.Popen[bytes]", meanwhile: Callable[[], object] = lambda: None) -> int:
        """Wait for its end, calling ``meanwhile`` again and again; its exit code. When asked to stop, end it."""
        while child.poll() is None and not self._stopping.wait(_POLL_SECONDS):
            meanwhile()
        code = terminate(child)
        self._running.remove(child)
        return code

    def until_up(self, supervisor: "subprocess.Popen[bytes]", seconds: float, say: Callable[[str], None]) -> None:
        """Wait until every process of the stack works, saying which does when.

        Raises ``Stop`` when one of them can't, or all of it takes longer than ``seconds``; returns early when asked to stop.
        """
        started, known = time.monotonic(), set[str]()
        while not self._stopping():
            found = run_state.running(self._home)
            for process in found.processes if found else ():
                if process.state in {"ready", "done"} and process.name not in known:
                    known.add(process.name)
                    say(f"{time.monotonic() - started:5.0f} s  {process.name} is {process.state}")
            if found and found.up:
                return
            # A process that stopped by itself is not started again, so waiting for it would last the whole time.
            stopped = _stopped_process(found)
            if stopped or supervisor.poll() is not None or time.monotonic() - started > seconds:
                raise Stop(
                    stopped or f"the stack of {self._home} did not come up",
                    f"look into {self._home / 'logs'}; `baton doctor` says what is wrong with this machine",
                )
            self._stopping.wait(_POLL_SECONDS)


def terminate(child: "subprocess.Popen[bytes]") -> int:
    """Ask a program to end, wait, and in the end kill it; its exit code."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()


def _stopped_process(found: RunState | None) -> str:
    for process in found.processes if found else ():
        if process.state == "stopped":
            return f"{process.name} is stopped: {process.reason}"
    return ""
