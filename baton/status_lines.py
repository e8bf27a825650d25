"""What a person reads about the stack."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from local.stack import logs
from local.stack.control import not_working
from local.stack.process_lifecycle import HEALTHY_SECONDS
from local.stack.run_state import ProcessStatus, RunState
from local.stack.supervisor import exit_text

LAST_LINES = 12


def lines_of(
    stack: RunState | None,
    now: float,
    lags: Mapping[str, int] | None = None,
    troubles: Mapping[str, str] | None = None,
    parked: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """One line a process: name, state, since when, pid, restarts, records behind, address. ``now`` in seconds since 1970.

    Below it why it ended, as long as it does not work again and for a minute after, what troubles it now, and whose records it
    mostly parks.
    """
    if stack is None:
        yield "not running"
        return
    yield f"{'PROCESS':<10} {'STATE':<12} {'FOR':>9} {'PID':>8} {'RESTARTS':>8} {'BEHIND':>8}  ADDRESS"
    for process in stack.processes:
        pid = str(process.identity.pid) if process.identity else "-"
        behind = (lags or {}).get(process.name)
        yield (
            f"{process.name:<10} {process.state:<12} {_duration(now - process.since):>9} {pid:>8} {process.restarts:>8} "
            f"{'-' if behind is None else behind:>8}  {process.address or ''}"
        ).rstrip()
        yield from (f"           {line}" for line in _last_end(process, now))
        for line in (troubles or {}).get(process.name, "").splitlines():
            yield f"           TROUBLE {line}"
        for line in (parked or {}).get(process.name, "").splitlines():
            yield f"           PARKS {line}"


def trouble(home: Path, stack: RunState | None) -> Iterator[str]:
    """Which processes don't work, and the end of what those wrote that have not said why."""
    if stack is None:
        return
    idle = not_working(stack)
    for process in idle:
        # Of one that stopped, problem and mend stand above; one that waits has written nothing.
        if process.state in ("starting", "backing off") and not process.reason.startswith("stopped: "):
            log = logs.log_path(home, process.name)
            yield f"\n{process.name} does not work yet ({process.state}). The end of {log}:"
            written = logs.last_lines(log, LAST_LINES, process.log_from)
            yield from (f"    {line}" for line in written or ["(nothing written)"])
    stopped = [process.name for process in idle if process.state == "stopped"]
    if stopped:
        yield f"\n{' and '.join(stopped)} stopped, for the reason above; the logs: {home / 'logs'}"
    if waiting := [process.name for process in idle if process.state == "waiting"]:
        yield f"not started yet, for they wait for others: {', '.join(waiting)}"
    if stopped:
        yield "Mend it, then `baton up` tries again; `baton down` ends the rest."
    else:
        yield "\nThe stack goes on trying: `baton status` shows it, `baton down` ends it."


def _last_end(process: ProcessStatus, now: float) -> Iterator[str]:
    if not process.last_exit:
        return
    first, *rest = process.reason.splitlines() or [""]
    said = f"{exit_text(process.last_exit)}: {first}"
    if process.state != "ready":
        yield f"last ended with {said}"
        yield from rest
    elif now - process.since < HEALTHY_SECONDS:  # its mend is of no use any more
        yield f"works again; before, it ended with {said}"


def _duration(seconds: float) -> str:
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h"
