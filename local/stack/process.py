"""A process as the stack is asked to run it, and the files by which a running one reports how it is."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path

from local.stack.process_identity import ProcessIdentity, identify
from schemas.settings import DEFAULT_WORKER


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
    """Report that this process, ``name`` of this home, is ready; clears the trouble it or its predecessor reported."""
    # By pid and start time: the file may outlive its process, and the pid be given to another.
    me = identify(os.getpid())
    assert me is not None
    path = ready_path(home, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    # 1 what the one before reported goes   2 ready. In the other order a reader would see both.
    report_trouble(home, name, "")
    report_parked_sources(home, name, "")
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


def trouble_of(home: Path, name: str) -> str:
    """The trouble the process ``name`` reports now; empty when there is none."""
    return _reported(home, name, "trouble")


def report_parked_sources(home: Path, name: str, words: str) -> None:
    """Report whose records the process ``name`` mostly parks, while it does its work for others; empty: nobody's any more."""
    _report(home, name, "sources", words)


def parked_sources_of(home: Path, name: str) -> str:
    """Whose records the process ``name`` mostly parks now, a line each; empty when nobody's."""
    return _reported(home, name, "sources")


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


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.replace(path)  # a reader sees the whole text or the one before, never half
