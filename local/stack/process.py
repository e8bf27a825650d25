"""What the stack is asked to run, and what its processes say of themselves in the home's ``run`` folder."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path

from local.stack.process_identity import ProcessIdentity, identify


@dataclass(frozen=True)
class Process:
    """One process.

    ``env`` is added to the environment the stack itself has. It is ready when it has written ``ready_file``
    (removed before each start) and ``ready`` says yes, as far as they are given; with neither, once it has lived
    for a second. ``after`` names the processes that must be ready first. ``once`` marks a job that is ready when
    it has ended with code 0. ``address`` is for people.
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

    Raises ``ValueError`` on two of one name, a name nobody has, or a circle.
    """
    named = {process.name: process for process in processes}
    listed = tuple(processes)
    if len(named) != len(listed):
        raise ValueError("two processes of one name")
    unknown = {name for process in listed for name in process.after} - named.keys()
    if unknown:
        raise ValueError(f"after names nobody: {', '.join(sorted(unknown))}")
    return tuple(named[name] for name in TopologicalSorter({p.name: p.after for p in listed}).static_order())


def ready_path(home: Path, name: str) -> Path:
    """The file by which a process of this home says that it works."""
    return home / "run" / f"{name}.ready"


def announce(home: Path, name: str) -> None:
    """Say that the process ``name`` of this home works. To be called by that process; whatever troubled it before is over."""
    me = identify(os.getpid())
    assert me is not None
    place = ready_path(home, name)
    place.parent.mkdir(parents=True, exist_ok=True)
    report_trouble(home, name, "")
    _write(place, json.dumps(asdict(me)))


def announced(home: Path, name: str) -> ProcessIdentity | None:
    """Who said so last; None when nobody did since the last start."""
    try:
        return ProcessIdentity(**json.loads(ready_path(home, name).read_text()))
    except FileNotFoundError:
        return None


def names_announced(home: Path) -> list[str]:
    """Names of the processes that said so."""
    return sorted(place.stem for place in ready_path(home, "any").parent.glob("*.ready"))


def report_trouble(home: Path, name: str, words: str) -> None:
    """Say why the process ``name`` runs and yet doesn't do its work; no words when that is over."""
    place = _trouble_path(home, name)
    if words:
        _write(place, words)
    else:
        place.unlink(missing_ok=True)


def trouble_of(home: Path, name: str) -> str:
    """What the process ``name`` says is wrong now; empty when nothing is."""
    try:
        return _trouble_path(home, name).read_text()
    except FileNotFoundError:
        return ""


def _trouble_path(home: Path, name: str) -> Path:
    return home / "run" / f"{name}.trouble"


def _write(place: Path, text: str) -> None:
    fresh = place.with_name(place.name + ".new")
    fresh.write_text(text)
    fresh.replace(place)  # whole or not at all
