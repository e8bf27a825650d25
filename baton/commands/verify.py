"""``baton verify``: everything computed a second time, on the user's own data."""

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.table import Table

from baton.connection_settings import settings_with_addresses
from baton.lag.blame import what_brings_it
from baton.lag.lag_query import TailQuery
from baton.lag.waiting import wait_until_complete
from baton.options import Home, settings_of
from broker.installation_record import newest_installation
from schemas.errors import Retry, Stop
from schemas.installation import agreed
from schemas.settings import Settings
from schemas.topics import CONTROL
from sinks.clickhouse import connect_from
from verification.comparison import Check
from verification.recompute import fold_checks
from verification.scores_in_sql import score_checks
from verification.sql_checks import sql_checks

DIFFERS_EXIT, NOT_COMPARED_EXIT = 1, 3
"""Exit codes beside 0. Not 2, which says that the command was called wrongly."""
_WIDE = 200
BEHIND = "records of the log that are not in the tables, or count nowhere yet"
ANSWER_SECONDS = 120
ASK_SECONDS = 0.5
LAG_SECONDS, STILL_SECONDS = 60.0, 10.0
"""So long records on their way are waited for, and where nothing moves so long."""
Examples = Annotated[int, typer.Option("--examples", min=0, help="How many differences of each check to show.")]
All = Annotated[bool, typer.Option("--all", help="Show every check, also those that hold.")]
Parts: TypeAlias = Mapping[str, Sequence[Check]]
"""What was computed again, and the checks of it."""


def command(home: Home = None, examples: Examples = 5, all_checks: All = False) -> None:
    """Recompute from raw events and compare with what was streamed. Five lines when all is well; else what is not.

    The Python folds compute every fact and every score anew, with their versions, from the warehouse's raw events. SQL
    computes item paths and event counts, looks for records that are missing, and computes the current scores from the
    facts. Records of the log that are not in the tables, or count nowhere yet, are named; it waits for them some seconds. Run
    it when nothing lags: after `baton wait`.

    \b
    Exit code:
        0   everything there is was compared, and nothing differs
        1   something differs
        3   nothing differs, but some check could compare nothing, or records of the log are not in the tables: named, with why

    \b
    Example:
        baton wait && baton verify
    """
    settings = settings_with_addresses(settings_of(home))
    found = newest_installation(str(settings.kafka))
    if found is None:
        raise Stop(
            f"{CONTROL} at {settings.kafka} holds no installation, so there is nothing to verify",
            "run `baton up`, or name the right broker with BATON_KAFKA",
        )
    settings = agreed(settings, found)
    behind = behind_the_log(settings)  # first: what comes after that is the next one's
    warehouse = connect_from(settings)
    try:
        parts: dict[str, Sequence[Check]] = {BEHIND: behind} if behind else {}
        parts |= {
            "facts, scores and dead letters, by the folds over raw events": fold_checks(warehouse, found),
            "offsets, item paths and event counts, by SQL over raw events": sql_checks(warehouse),
            "current scores, by SQL over facts": score_checks(warehouse),
        }
    finally:
        warehouse.close()
    code = show(parts, examples, all_checks)
    if code:
        raise typer.Exit(code)


def behind_the_log(settings: Settings) -> list[Check]:
    """A check that compares nothing for each partition of the log of which records are not in the tables, or count nowhere.

    Waits for them while they come. Raises ``Retry`` while broker or warehouse is away.
    """
    query = TailQuery(settings, ANSWER_SECONDS)
    began = time.monotonic()
    state = wait_until_complete(
        query,
        lambda _: None,
        time.monotonic,
        lambda: time.sleep(ASK_SECONDS),
        began + LAG_SECONDS,
        lambda _, still_seconds: still_seconds >= STILL_SECONDS,
    )
    if state.away:
        raise Retry(state.away)
    hint = what_brings_it(state.left, settings.time)
    return [
        Check(str(lag), 0, 0, 0, (), "; ".join(filter(None, ("`baton wait` first", hint))), lag.left) for lag in state.left
    ]


def show(parts: Parts, examples: int, all_checks: bool) -> int:
    """A line for each part, what does not hold, and the verdict; gives the exit code."""
    checks = [check for of_part in parts.values() for check in of_part]
    for name, of_part in parts.items():
        compared = sum(max(check.expected, check.actual) for check in of_part)
        typer.echo(f"{name}: {len(of_part)} checks, {compared:,} compared{_left_out(of_part)}")
    shown = [check for check in checks if all_checks or not check.holds]
    if shown:
        _print_table(shown)
    for check in checks:
        for example in check.examples[:examples]:
            typer.echo(f"  {check.name}: {example}")
    return _verdict(checks)


def _left_out(checks: Sequence[Check]) -> str:
    left = sum(check.left_out for check in checks)
    return f", {left:,} left out (--all says where and why)" if left else ""


def _print_table(checks: Sequence[Check]) -> None:
    table = Table("check", "outcome", "raw events say", "streamed", "differences", "note", box=None, header_style="bold")
    for name in ("raw events say", "streamed", "differences"):
        table.columns[[column.header for column in table.columns].index(name)].justify = "right"
    for check in checks:
        counts = (f"{check.expected:,}", f"{check.actual:,}", f"{check.differences:,}")
        table.add_row(check.name, check.outcome, *counts, check.note)
    console = Console()
    if not console.is_terminal:  # a file has no width: a check's name stays on its line
        console.width = _WIDE
    console.print(table)


def _verdict(checks: Sequence[Check]) -> int:
    total = sum(check.differences for check in checks)
    silent = [check for check in checks if check.outcome == "not compared"]
    if total:
        also = f"; {len(silent)} checks compared nothing" if silent else ""
        typer.echo(f"{total:,} differences{also}")
        return DIFFERS_EXIT
    if silent:
        typer.echo(f"not compared: {len(silent)} checks compared nothing, the others found no difference")
        return NOT_COMPARED_EXIT
    if not any(check.expected or check.actual for check in checks):
        typer.echo("not compared: nothing complete is in the tables yet; `baton wait` first")
        return NOT_COMPARED_EXIT
    typer.echo("0 differences: what was streamed is what the raw events say")
    return 0
