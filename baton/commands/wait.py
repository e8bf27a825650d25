"""``baton wait``: until everything produced so far can be read in the warehouse."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from baton.connection_settings import settings_with_addresses
from baton.lag.blame import only_a_tick, what_brings_it
from baton.lag.lag_query import LagQuery, made_of_it, produced
from baton.lag.process_lags import waiting_partitions
from baton.lag.stage_lag import StageLag
from baton.lag.tail import STILL_SECONDS
from baton.lag.waiting import WaitProgress, wait_until_complete
from baton.letters import letters_in
from baton.options import Home, settings_of
from baton.recorded_settings import settings_if_recorded
from local.stack import run_state
from schemas.errors import Stop
from schemas.settings import Settings

ASK_SECONDS = 1.0
LINE_SECONDS = 5.0
Seconds = Annotated[int | None, typer.Option("--seconds", min=0, help="How long to wait (BATON_WAIT_SECONDS).")]


def command(home: Home = None, seconds: Seconds = None) -> None:
    """Return when everything produced until now can be read in ClickHouse: events, dead letters, and the facts and scores
    made of them. Says what was parked, if anything was.

    When that takes too long, say what lags, and which partition waits for an open transaction; end with exit code 1. In a home
    whose time is log, records that no import's tick stands behind are not waited for.

    \b
    Examples:
        baton wait && baton sql "SELECT * FROM scores_now"
        baton wait --seconds 30
    """
    settings = settings_with_addresses(settings_if_recorded(settings_of(home)))
    until = time.monotonic() + (settings.wait_seconds if seconds is None else seconds)
    found = _until_complete(produced(settings), settings, until)
    # What was made of it, and parked of it, stands on the topics by now: wait for that, too.
    if not (found.left or found.away):
        found = _until_complete(made_of_it(settings), settings, until)
    if found.left or found.away:
        typer.echo("not everything can be read yet:", err=True)
        for lag in found.left:
            typer.echo(f"  {lag}", err=True)
        if hint := what_brings_it(found.left, settings.time):
            typer.echo(f"  {hint}", err=True)
        if found.away:
            typer.echo(f"  {found.away}", err=True)
        for transaction in waiting_partitions(settings):
            typer.echo(f"  {transaction}", err=True)
        raise typer.Exit(1)
    if letters := letters_in(settings):
        typer.echo(str(letters), err=True)


def _check_processes(home: Path) -> None:
    """Raises ``Stop`` when a process of the home is stopped: nobody would do its work, however long one waits."""
    running = run_state.running(home)
    for process in running.processes if running else ():
        if process.state == "stopped":
            problem, _, mend = process.reason.partition("mend: ")
            stopped = f"{process.name} is stopped, so nothing more will come. It said: {problem.strip()}"
            raise Stop(stopped, f"{mend}; then `baton up`")


def _until_complete(query: LagQuery, settings: Settings, until: float) -> WaitProgress:
    def ask() -> list[StageLag]:
        _check_processes(settings.home)
        return query()

    def hopeless(state: WaitProgress, still_seconds: float) -> bool:
        # Not at once: an import that is under way brings its tick at its end.
        return settings.time == "log" and only_a_tick(state.left) and still_seconds >= STILL_SECONDS

    with _progress() as progress:
        return wait_until_complete(ask, progress.show, time.monotonic, lambda: time.sleep(ASK_SECONDS), until, hopeless)


class _ProgressLines:
    """A line now and then, for logs and pipes."""

    def __init__(self) -> None:
        self._last = 0.0

    def show(self, state: WaitProgress) -> None:
        now = time.monotonic()
        if (state.left or state.away) and now - self._last >= LINE_SECONDS:
            self._last = now
            typer.echo(str(state), err=True)


class _ProgressBar:
    """A bar that moves, for terminals."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("waiting", total=None)

    def show(self, state: WaitProgress) -> None:
        self._progress.update(self._task, completed=state.done, total=state.total or None, description=str(state))


@contextmanager
def _progress() -> Iterator[_ProgressLines | _ProgressBar]:
    if not sys.stderr.isatty():
        yield _ProgressLines()
        return
    with Progress(BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), transient=True) as progress:
        yield _ProgressBar(progress)
