"""What the stack is asked to run."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One process.

    ``env`` is added to the environment the stack itself has. ``ready`` says whether it does its work; without
    it a process is ready once it has lived for a second. ``after`` names the processes that must be ready
    first. ``once`` marks a job that is ready when it has ended with code 0. ``address`` is for people.
    """

    name: str
    argv: list[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
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


def ready_file(path: Path) -> Callable[[], bool]:
    """A ``ready`` for a process that writes a file once it works. Remove the file before a start."""
    return path.exists
