"""A process as the stack is asked to run it, and the files by which a running one reports how it is."""

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path

from local.stack.process_identity import ProcessIdentity, identify
from schemas.settings import DEFAULT_WORKER

STILL_SECONDS = 60.0
"""A process that has not moved for so long is in trouble."""
_EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class Process:
    """One process to run.

    ``env`` is added to the environment the stack itself has. It is ready when it has written ``ready_file``
    (removed before each start) and ``ready`` gives true, as far as they are given; with neither, once it has lived
    for a second. ``after`` names the processes that must be ready first. ``once`` marks a job that is ready when
    it has ended with code 0. ``address`` is only printed.
    """

    name: str
    argv: list[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    ready_file: Path | None = None
    after: tuple[str, ...] = ()
    once: bool = False
    address: str | None = None
    grace_seconds: float = 20.0


def in_order(processes: Iterable[Process]) -> tuple[Process, ...]:
    """The processes so that each stands behind those it waits for; ended in the opposite order.

    Raises ``ValueError`` on two of one name or an ``after`` that names no process, its subclass ``CycleError`` on a cycle.
    """
    named = {process.name: process for process in processes}
    listed = tuple(processes)
    if len(named) != len(listed):
        raise ValueError("two processes of one name")
    unknown = {name for process in listed for name in process.after} - named.keys()
    if unknown:
        raise ValueError(f"after names no process: {', '.join(sorted(unknown))}")
    return tuple(named[name] for name in TopologicalSorter({p.name: p.after for p in listed}).static_order())


def instance_name(service: str, worker: str) -> str:
    """Under what name one of several processes of a service reports: ``worker@worker-2``, the default worker's ``worker``."""
    return service if worker == DEFAULT_WORKER else f"{service}@{worker}"


def ready_path(home: Path, name: str) -> Path:
    """The file by which a process of this home reports that it is ready."""
    return home / "run" / f"{name}.ready"


def announce(home: Path, name: str) -> None:
    """Report that this process, ``name`` of this home, is ready; clears what it or its predecessor reported."""
    # By pid and start time: the file may outlive its process, and the pid be given to another.
    me = identify(os.getpid())
    assert me is not None
    path = ready_path(home, name)
    # 1 what the one before reported goes   2 ready. In the other order a reader would see both.
    report_trouble(home, name, "")
    report_parked_sources(home, name, "")
    _progress_path(home, name).unlink(missing_ok=True)
    _write(path, json.dumps(asdict(me)))


def announced(home: Path, name: str) -> ProcessIdentity | None:
    """The process that announced ``name`` last; None when none did since the last start."""
    try:
        return ProcessIdentity(**json.loads(ready_path(home, name).read_text()))
    except FileNotFoundError:
        return None


def names_announced(home: Path) -> list[str]:
    """Names of the processes that have announced themselves in this home."""
    return sorted(path.stem for path in ready_path(home, "any").parent.glob("*.ready"))


def report_trouble(home: Path, name: str, reason: str) -> None:
    """Report why the process ``name`` runs and yet doesn't do its work; an empty reason: that is over."""
    _report(home, name, "trouble", reason)


def report_parked_sources(home: Path, name: str, words: str) -> None:
    """Report whose records the process ``name`` mostly parks, while it does its work for others; empty: nobody's any more."""
    _report(home, name, "sources", words)


def parked_sources_of(home: Path, name: str) -> str:
    """Whose records the process ``name`` mostly parks now, a line each; empty when nobody's."""
    return _reported(home, name, "sources")


class Progress:
    """Call it whenever the work of the process ``name`` has come round, also where there was nothing to do.

    ``clock``: seconds of the machine's monotonic clock, which all its processes share. Writes at most once in some seconds.
    """

    def __init__(self, home: Path, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = _progress_path(home, name)
        self._clock = clock
        self._written = float("-inf")

    def __call__(self) -> None:
        now = self._clock()
        if now - self._written >= _EVERY_SECONDS:
            self._written = now
            _write(self._path, repr(now))


def still_seconds(home: Path, name: str, clock: Callable[[], float] = time.monotonic) -> float | None:
    """For how long the work of the process ``name`` has not come round; None where it has not reported that yet."""
    try:
        return max(0.0, clock() - float(_progress_path(home, name).read_text()))
    except FileNotFoundError:
        return None


def trouble_of(home: Path, name: str) -> str:
    """The trouble of the process ``name`` now, as it reports it and as its silence tells; empty when there is none."""
    reported = _reported(home, name, "trouble")
    still = still_seconds(home, name)
    if still is None or still <= STILL_SECONDS:
        return reported
    log = f"`baton logs {name.partition('@')[0]}` shows what it did last"
    return "\n".join(filter(None, (reported, f"has not moved for {still:.0f} s: it hangs, or waits for what is away; {log}")))


def _report(home: Path, name: str, kind: str, words: str) -> None:
    path = home / "run" / f"{name}.{kind}"
    if words:
        _write(path, words)
    else:
        path.unlink(missing_ok=True)


def _reported(home: Path, name: str, kind: str) -> str:
    try:
        return (home / "run" / f"{name}.{kind}").read_text()
    except FileNotFoundError:
        return ""


def _progress_path(home: Path, name: str) -> Path:
    return home / "run" / f"{name}.progress"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.replace(path)  # a reader sees the whole text or the one before, never half
