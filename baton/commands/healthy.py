"""``baton healthy``: whether a process of this home does its work, for health checks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from baton.options import Home, settings_as_given
from local.stack.process import announced, instance_name, names_announced, parked_sources_of, trouble_of
from local.stack.process_identity import is_alive

Name = Annotated[
    str | None, typer.Argument(metavar="NAME", help="clock, worker, scores or sink; all that began, if not given.")
]


def command(name: Name = None, home: Home = None) -> None:
    """Say whether processes do their work: each has begun, is alive, moves, and reports no trouble.

    Asks no broker and no warehouse. Sources most of whose records are parked are named and are no failure: the process works,
    and a new start mends nothing.

    For the health checks of containers and service managers, beside the process: exit code 0 when all is well, 1 when not.
    Of several workers each has a name of its own (BATON_WORKER), and NAME means the one with this process's.

    \b
    Example:
        baton healthy worker
    """
    settings = settings_as_given(home)
    process = instance_name(name, settings.worker) if name else None
    found = list(problems(settings.home, process))
    for line in (*found, *parked(settings.home, process)):
        typer.echo(line)
    if found:
        raise typer.Exit(1)


def problems(home: Path, name: str | None) -> Iterator[str]:
    """What is wrong with the process ``name`` of this home, or with all that began; nothing when all is well."""
    names = [name] if name else names_announced(home)
    if not names:
        yield f"nothing has begun to work in {home} yet"
    for process in names:
        identity = announced(home, process)
        if identity is None:
            yield f"{process} has not begun to work yet"
        elif not is_alive(identity):
            yield f"{process} (pid {identity.pid}) has ended"
        elif trouble := trouble_of(home, process):
            yield f"{process} is in trouble: {trouble}"


def parked(home: Path, name: str | None) -> Iterator[str]:
    """Whose records the process ``name`` of this home, or any, mostly parks."""
    for process in [name] if name else names_announced(home):
        yield from (f"{process} parks: {line}" for line in parked_sources_of(home, process).splitlines())
