"""``baton wait``: until everything produced so far can be read in the warehouse."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from baton.connected import connected
from baton.options import Home, settings_of
from producers.broker import Admin, Reader
from reports.progress import complete
from reports.waiting import State, wait
from schemas.errors import Stop
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS, EVENTS
from sinks.ports import Place
from sinks.warehouse import ClickHouse, connect_from

ASK_SECONDS = 1.0
LINE_SECONDS = 5.0
Seconds = Annotated[int | None, typer.Option("--seconds", min=0, help="How long to wait (BATON_WAIT_SECONDS).")]


def command(home: Home = None, seconds: Seconds = None) -> None:
    """Return when everything produced until now can be read in ClickHouse: events, dead letters, and the facts made of them.

    When that takes too long, say what lags and end with exit code 1.

    \b
    Examples:
        baton wait && baton sql "SELECT count() FROM items"
        baton wait --seconds 30
    """
    settings = connected(settings_of(home))
    until = time.monotonic() + (settings.wait_seconds if seconds is None else seconds)
    reader = Reader(str(settings.kafka))
    try:
        state = _wait(settings, reader, until)
    finally:
        reader.close()
    if state.left or state.away:
        typer.echo("not everything can be read yet:", err=True)
        for lag in state.left:
            typer.echo(f"  {lag}", err=True)
        if state.away:
            typer.echo(f"  {state.away}", err=True)
        raise typer.Exit(1)


def _wait(settings: Settings, reader: Reader, until: float) -> State:
    counts = {name: found.partitions for name, found in Admin(str(settings.kafka)).found([EVENTS, DEAD_LETTERS]).items()}
    if missing := {EVENTS, DEAD_LETTERS} - counts.keys():
        raise Stop(f"topics missing: {', '.join(sorted(missing))}", "run `baton prepare`")
    warehouse = connect_from(settings)
    try:
        ends = _ends(reader, counts)
        state = _until_complete(warehouse, ends, until)
        if not (state.left or state.away):  # what was unreadable among it has been parked by now: wait for that, too
            ends |= _ends(reader, {DEAD_LETTERS: counts[DEAD_LETTERS]})
            state = _until_complete(warehouse, ends, until)
        return state
    finally:
        warehouse.close()


def _ends(reader: Reader, counts: Mapping[str, int]) -> dict[Place, int]:
    return {Place(name, p): end for name, count in counts.items() for p, end in enumerate(reader.ends(name, count))}


def _until_complete(warehouse: ClickHouse, ends: Mapping[Place, int], until: float) -> State:
    with _shown() as shown:
        return wait(lambda: complete(warehouse, ends), shown.state, time.monotonic, lambda: time.sleep(ASK_SECONDS), until)


class _Lines:
    """A line now and then, for logs and pipes."""

    def __init__(self) -> None:
        self._last = 0.0

    def state(self, state: State) -> None:
        now = time.monotonic()
        if (state.left or state.away) and now - self._last >= LINE_SECONDS:
            self._last = now
            typer.echo(str(state), err=True)


class _Bar:
    """A bar that moves, for terminals."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("waiting", total=None)

    def state(self, state: State) -> None:
        self._progress.update(self._task, completed=state.done, total=state.total or None, description=str(state))


@contextmanager
def _shown() -> Iterator[_Lines | _Bar]:
    if not sys.stderr.isatty():
        yield _Lines()
        return
    with Progress(BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), transient=True) as progress:
        yield _Bar(progress)
