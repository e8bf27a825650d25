"""``baton import``: a log of the past into Kafka."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from baton.connection_settings import kafka_address, settings_with_addresses
from baton.options import Home, Kafka, settings_of
from baton.recorded_settings import settings_of_history
from producers.importers.import_log import import_log
from producers.importers.import_result import ImportResult
from producers.importers.known_events import FIRSTS, KNOWN, KnownEvent, KnownEvents
from producers.importers.mapping import load
from producers.importers.progress import ImportStage
from producers.publisher.kafka_log import KafkaLog
from producers.replay.pace import Pace, no_pause
from runtime.shutdown import on_signals
from runtime.wall_clock import now_ms
from schemas.errors import RETRY_EXIT, BatonError, Stop
from schemas.fields import from_ms
from schemas.settings import Settings
from schemas.timestamps import DAY_MS
from sinks.clickhouse import connect_from

_SECONDS = 600
File = Annotated[Path, typer.Argument(metavar="FILE", help="The log: .csv, .xes or .xlsx; the first two also as .gz or .zip.")]
MappingName = Annotated[
    str, typer.Option("--mapping", metavar="NAME|FILE", help="A preset (uci-498, bpic-2013) or a YAML file.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read everything, send nothing, say what would happen.")]
Replay = Annotated[bool, typer.Option("--replay", help="In history's own time, with ticks. Needs a home whose time is log.")]
Speed = Annotated[
    float | None,
    typer.Option(
        "--speed", min=0.001, help="Of a replay: so many times as fast as it happened.", show_default="as fast as it goes"
    ),
]


def command(
    file: File,
    mapping: MappingName,
    dry_run: DryRun = False,
    replay: Replay = False,
    speed: Speed = None,
    home: Home = None,
    kafka: Kafka = None,
) -> None:
    """Import a log of the past. Importing it again, or a longer export of it, changes nothing.

    In a live home it is a backfill: facts and SQL as of any date. In a home whose time is log it brings its own time.
    Rows that can't be used go to the dead letters with line and reason.

    \b
    Examples:
        baton import incidents.zip --mapping uci-498 --dry-run
        baton import tickets.csv --mapping tickets.yaml
    """
    settings = settings_of(home) if dry_run else settings_of_history(settings_of(home), kafka)
    rules = load(mapping)
    if replay and settings.time == "live" and not dry_run:
        raise Stop(
            f"--replay brings history's own time, but the home {settings.home} has a clock (time = live)",
            "leave --replay out (a backfill), or take a home of its own, made with BATON_TIME=log",
        )
    if speed and settings.time == "live" and not dry_run:
        raise Stop(
            f"--speed is of history's own time, but the home {settings.home} has a clock (time = live)",
            "leave --speed out (a backfill), or take a home of its own, made with BATON_TIME=log",
        )
    with on_signals() as stopping, _progress() as progress:
        if dry_run:
            with _known_events(settings) as known:
                result = import_log(file, rules, None, dry_run=True, progress=progress, stopping=stopping, known=known)
            if known is None:
                typer.echo("no home is running, so what the import would change there is not said", err=True)
        else:
            address = kafka_address(settings, kafka)
            with KafkaLog(address, stopping=stopping) as log:
                result = import_log(
                    file,
                    rules,
                    log,
                    replay=settings.time == "log",
                    progress=progress,
                    stopping=stopping,
                    bad_share=settings.dead_letter_share,
                    pace=Pace(speed, now_ms, stopping.wait) if speed else no_pause,
                )
    _print_result(result)


def _print_result(result: ImportResult) -> None:
    for line in result.lines():
        typer.echo(line)
    if result.stopped:
        raise typer.Exit(RETRY_EXIT)
    if result.useless:
        raise typer.Exit(1)
    if not result.dry_run and result.last_ms is not None:
        end = from_ms(result.last_ms + DAY_MS).date()
        typer.echo("next: baton wait && baton report")
        typer.echo(
            '      baton sql "SELECT supplier, customer, measure, value, n FROM scores_at(as_of = '
            f"toDateTime64('{end}', 3, 'UTC'), window = '30d') WHERE scope = 'pair' AND n >= 5 ORDER BY n DESC LIMIT 10\""
        )


@contextmanager
def _known_events(settings: Settings) -> Iterator[KnownEvents | None]:
    """The events that the home's warehouse holds of a source; None where none answers: a dry run needs no home."""
    try:
        warehouse = connect_from(settings_with_addresses(settings), seconds=_SECONDS)
    except BatonError:
        yield None
        return
    try:

        def known(source: str) -> Iterator[KnownEvent]:
            for first in FIRSTS:
                yield from ((identity, said) for identity, said in warehouse.rows(KNOWN, {"source": source, "first": first}))

        yield known
    finally:
        warehouse.close()


class _ProgressBars:
    """A bar for each stage, with rate and time left."""

    def __init__(self) -> None:
        rate = TextColumn("{task.completed:,.0f} of {task.total:,.0f}  {task.speed:,.0f}/s")
        self._bars = Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), rate, TimeRemainingColumn())
        self._tasks: dict[ImportStage, TaskID] = {}

    def __enter__(self) -> "_ProgressBars":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def __call__(self, stage: ImportStage, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)


class _ProgressLines:
    """A line now and then, for logs and pipes."""

    def __init__(self) -> None:
        self._last_tenth: dict[ImportStage, int] = {}

    def __call__(self, stage: ImportStage, done: int, total: int) -> None:
        tenth = done * 10 // max(total, 1)
        if self._last_tenth.get(stage, -1) < tenth:
            self._last_tenth[stage] = tenth
            typer.echo(f"{stage}: {done:,} of {total:,}", err=True)


def _progress() -> AbstractContextManager[_ProgressBars] | AbstractContextManager[_ProgressLines]:
    return _ProgressBars() if sys.stderr.isatty() and sys.stdout.isatty() else nullcontext(_ProgressLines())
