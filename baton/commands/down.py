"""``baton down``: end everything this home runs, after what was produced is in the warehouse."""

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from baton.connection_settings import settings_with_addresses
from baton.lag.lag_query import TailQuery
from baton.lag.process_lags import waiting_partitions
from baton.lag.tail import Tail, read_tail
from baton.options import Home, settings_as_given
from broker.installation_record import newest_installation
from local.stack import control, run_state
from schemas.errors import Retry, Stop
from schemas.settings import Settings

ASK_SECONDS = 0.5
WAIT_SECONDS = 60
ANSWER_SECONDS = 10
"""Longest wait for one answer of the warehouse: one that hangs must not keep the rest from being ended."""
KILLED = "the stack was no longer whole, so nobody could say what is in the warehouse"
Seconds = Annotated[
    int, typer.Option("--seconds", min=0, help="How long to wait until what was produced is in the warehouse; 0 ends at once.")
]


def command(home: Home = None, seconds: Seconds = WAIT_SECONDS) -> None:
    """End every process of this home, last started first, once what was produced before is in the warehouse.

    Where that takes too long, or a process that is needed for it does not work, everything is ended all the same, and what is
    not in the warehouse is named: it is in the log, and the next `baton up` reads it. Nothing recorded is lost.

    Also ends what a killed `baton up` left behind. Ending a home that doesn't run is no error.

    \b
    Examples:
        baton down
        baton down --seconds 600          a long import is to be read to its end
        baton down --seconds 0            at once
    """
    settings = settings_as_given(home)
    tail, its_time = Tail(away="it broke while it was asked what is in the warehouse"), settings.time
    try:
        tail = _read_tail(settings, seconds)
        its_time = _time(settings) if tail.left else its_time
    finally:
        # Whatever that ended with: nothing may keep the processes from being ended.
        ended = control.down(settings.home)
    typer.echo(f"ended: {', '.join(ended)}" if ended else "not running")
    for line in tail.lines(its_time):
        typer.echo(line, err=True)


def _read_tail(settings: Settings, seconds: int) -> Tail:
    found = run_state.read(settings.home)
    if found is None:
        return Tail()
    # The clock goes on meanwhile: it ticks once more after the last event, and only then can this be published.
    if not run_state.running(settings.home):
        return Tail(away=KILLED)
    settings = settings_with_addresses(settings)
    if not (settings.kafka and settings.clickhouse):  # a home that runs only a part of it
        return Tail()
    try:
        tail = read_tail(
            TailQuery(settings, ANSWER_SECONDS),
            lambda: at_work(settings.home),
            time.monotonic,
            lambda: time.sleep(ASK_SECONDS),
            seconds,
            lambda: typer.echo(f"waiting until what was produced is in the warehouse, at most {seconds} s", err=True),
        )
        return tail._replace(waiting=waiting_partitions(settings)) if tail.left else tail
    except KeyboardInterrupt:
        return Tail(away="interrupted while waiting for it")


def _time(settings: Settings) -> Literal["live", "log"]:
    """The time by the home's record, for words only: settings that contradict it are no reason not to end the home."""
    try:
        kafka = settings_with_addresses(settings).kafka
        record = newest_installation(kafka) if kafka else None
    except (Retry, Stop):
        record = None
    return record.time if record else settings.time


def at_work(home: Path) -> set[str]:
    """The processes of a home that run, or that its supervisor will start again; none when it has none."""
    running = run_state.running(home)
    return {process.name for process in running.processes if process.state not in ("stopped", "ended")} if running else set()
