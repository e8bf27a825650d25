"""``baton simulate``: a made-up company at work."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from baton.connection_settings import kafka_address
from baton.options import Home, Kafka, settings_of
from baton.recorded_settings import settings_of_history
from local.stack.process import announce
from producers.parsing.time_formats import time_parser
from producers.publisher.kafka_log import KafkaLog
from producers.simulator.company import DEFAULT_TEAMS, MAX_TEAMS, MIN_TEAMS
from producers.simulator.event_json import SOURCE, rfc3339
from producers.simulator.noise import CORRECTED, DUPLICATED, LATE, RETRACTED
from producers.simulator.plan import SimulationPlan
from producers.simulator.sender import Sender
from producers.simulator.simulation import Simulation
from runtime.shutdown import on_signals
from runtime.wall_clock import now_ms
from schemas.errors import RETRY_EXIT, Stop
from schemas.timestamps import DAY_MS

Teams = Annotated[int, typer.Option("--teams", min=MIN_TEAMS, max=MAX_TEAMS, help="Teams of the company.")]
Days = Annotated[int, typer.Option("--days", min=0, max=390, help="Days of history, back from now.")]
Rate = Annotated[float, typer.Option("--rate", min=0.1, help="Of --live: about how many events a second.")]
Seed = Annotated[int, typer.Option("--seed", help="Another seed makes another history.")]
Live = Annotated[bool, typer.Option("--live", help="Go on in the present until stopped.")]
PerDay = Annotated[float, typer.Option("--per-day", min=1, help="Events on a usual working day of the history.")]
Until = Annotated[
    str, typer.Option("--until", metavar="TIME", help="End of the history, to repeat a run.", show_default="now")
]
_PROGRESS_SECONDS = 10.0
SIMULATED = "simulated "
"""So begins the first of two lines that say what the history was."""


def command(
    teams: Teams = DEFAULT_TEAMS,
    days: Days = 90,
    rate: Rate = 3.0,
    seed: Seed = 7,
    live: Live = False,
    per_day: PerDay = 900.0,
    until: Until = "",
    home: Home = None,
    kafka: Kafka = None,
) -> None:
    """Simulate a company: handoffs, tickets, ratings and complaints, as history and with --live in the present.

    Events come with duplicates, late ones, corrections and retractions, whose shares it prints. Its agreements are applied
    with it. The source of every event begins with baton/simulator. The same seed with the same --until gives the same
    events with the same ids, so that a run repeated changes nothing. In a home whose time is log, history brings its ticks.

    \b
    Examples:
        baton simulate
        baton simulate --days 30 --teams 40 --live --rate 5
    """
    settings = settings_of_history(settings_of(home), kafka)
    if live and settings.time == "log":
        raise Stop(
            f"--live needs a clock, and the home {settings.home} replays history in its own time",
            "leave --live out, or take a live home (BATON_TIME=live)",
        )
    end = _until_ms(until) if until else now_ms() // 1000 * 1000
    run = Simulation(SimulationPlan(seed, end - days * DAY_MS, end, teams, per_day, rate if live else 0.0))
    started = time.monotonic()
    with (
        on_signals() as stopping,
        KafkaLog(kafka_address(settings, kafka), stopping=stopping) as log,
    ):
        sender = Sender(run, log, now_ms, stopping, _ProgressLines().progress)
        try:
            sender.agreements()
            sender.replay() if settings.time == "log" else sender.history()
            if not stopping():
                argv = f"--days {days} --teams {teams} --seed {seed} --per-day {per_day:g} --until {rfc3339(end)}"
                repeat = f"to repeat it: baton simulate {argv}" + (f" --live --rate {rate:g}" if live else "")
                report(settings.home, [*summary(run, sender, time.monotonic() - started), repeat])
            if live:
                typer.echo(f"live from {rfc3339(now_ms())} on, about {rate:g} events a second; Ctrl-C ends it")
                sys.stdout.flush()
                sender.live(_ProgressLines().live)
        finally:
            typer.echo(f"acknowledged: {sender.sent.history:,} events of history, {sender.sent.live:,} live")
    if stopping() and not live:
        typer.echo("stopped before the end; run it again with the same --until: what was sent is not counted twice", err=True)
        raise typer.Exit(RETRY_EXIT)


def report(home: Path, lines: list[str]) -> None:
    """Print what the history was, then announce that it is sent."""
    # In this order: who sees the announcement reads these lines in the file of its output at once.
    for line in lines:
        typer.echo(line)
    announce(home, "simulate")


def summary(run: Simulation, sender: Sender, seconds: float) -> list[str]:
    """What was made and sent, a line each, with the share of each kind of noise beside the one meant."""
    counts, sent = run.counts, sender.sent
    happened = max(1, counts["happened"])
    shares = (("duplicated", DUPLICATED), ("late", LATE), ("corrected", CORRECTED), ("retracted", RETRACTED))
    noise = ", ".join(f"{name} {counts[name] / happened:.2%} (meant {meant:.1%})" for name, meant in shares)
    return [
        f"{SIMULATED}{run.plan.teams} teams ({SOURCE}/…): {sent.agreements} agreements applied, {sent.history:,} events"
        f" of history sent in {seconds:.0f} s" + (f", {sent.ticks:,} ticks" if sent.ticks else ""),
        f"of {counts['happened']:,} events that happened or are under way: {noise}",
    ]


class _ProgressLines:
    """A line now and then, on standard error."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def progress(self, records: int, share: float) -> None:
        """History so far."""
        self._print(f"history: {records:,} events, {share:.0%} of its time")

    def live(self, records: int) -> None:
        """The present so far."""
        self._print(f"live: {records:,} events")

    def _print(self, line: str) -> None:
        if time.monotonic() - self._last >= _PROGRESS_SECONDS:
            self._last = time.monotonic()
            typer.echo(line, err=True)


def _until_ms(text: str) -> int:
    try:
        return time_parser(("iso",), "UTC")(text).ms
    except ValueError as error:
        raise Stop(f"--until {text}: {error}", "give a time like 2026-11-22T20:00:00Z") from error
