"""Which process a recorded pid meant: the system gives a pid to another process later, a pid with its start time never."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class ProcessIdentity:
    """A pid and when the process started, as the system writes it (boot id and clock ticks, or the date that ps prints)."""

    pid: int
    started: str


def identify(pid: int) -> ProcessIdentity | None:
    """The process that has this pid now; None when there is none, or only a zombie that its parent has not waited for."""
    started = _started_by_proc(pid) if PROC.joinpath("self").exists() else _started_by_ps(pid)
    return ProcessIdentity(pid, started) if started else None


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether that very process still runs; a later owner of its pid doesn't count."""
    return identify(identity.pid) == identity


def end(identity: ProcessIdentity, grace_seconds: float) -> bool:
    """End that process, first by asking, then by force. False when it was gone already. Never touches a later owner."""
    if not is_alive(identity):
        return False
    for sent, seconds in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, 10.0)):
        try:
            # Between this check and the signal the pid could in theory go to another process; the system gives pids out in
            # turn.
            os.kill(identity.pid, sent)
        except ProcessLookupError:
            return True
        until = time.monotonic() + seconds
        # Not our child, so there is nothing to wait for but its disappearance. A zombie counts as gone.
        while is_alive(identity) and time.monotonic() < until:
            time.sleep(0.02)
    return True


def _started_by_proc(pid: int) -> str | None:
    try:
        # The name in parentheses may hold blanks and parentheses, so fields are counted from behind the last one.
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    # Ticks count from the boot: without its id a process of before a restart could seem to live.
    state, ticks_since_boot = fields[0], fields[19]
    return None if state in "ZX" else f"{boot} {ticks_since_boot}"


def _started_by_ps(pid: int) -> str | None:
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = answer.stdout.strip().partition(" ")
    return started.strip() if started and not state.startswith("Z") else None
