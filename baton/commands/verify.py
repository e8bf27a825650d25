"""``baton verify``: everything computed a second time, on the user's own data."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from baton.connection_settings import settings_with_addresses
from baton.options import Home, settings_of
from broker.installation_record import newest_installation
from schemas.errors import Stop
from schemas.topics import CONTROL
from sinks.clickhouse import connect_from
from verification.comparison import Check
from verification.recompute import fold_checks
from verification.scores_in_sql import score_checks
from verification.sql_checks import sql_checks

_WIDE = 200
Examples = Annotated[int, typer.Option("--examples", min=0, help="How many differences of each check to show.")]


def command(home: Home = None, examples: Examples = 5) -> None:
    """Recompute from raw events and compare with what was streamed: a table, and exit code 1 on any difference.

    The Python folds compute every fact and every score anew, with their versions, from the warehouse's raw events. SQL
    computes item paths and event counts, looks for records that are missing, and computes the current scores from the
    facts. Run it when nothing lags: after `baton wait`.

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
    warehouse = connect_from(settings)
    try:
        checks = [*fold_checks(warehouse, found), *sql_checks(warehouse), *score_checks(warehouse)]
    finally:
        warehouse.close()
    show(checks, examples)
    if not all(check.holds for check in checks):
        raise typer.Exit(1)


def show(checks: list[Check], examples: int) -> None:
    """The table, then what differs."""
    table = Table("check", "raw events say", "streamed", "differences", "note", box=None, header_style="bold")
    for name in ("raw events say", "streamed", "differences"):
        table.columns[[column.header for column in table.columns].index(name)].justify = "right"
    for check in checks:
        table.add_row(check.name, f"{check.expected:,}", f"{check.actual:,}", f"{check.differences:,}", check.note)
    console = Console()
    if not console.is_terminal:  # a file has no width: a check's name stays on its line
        console.width = _WIDE
    console.print(table)
    for check in checks:
        for example in check.examples[:examples]:
            typer.echo(f"  {check.name}: {example}")
    total = sum(check.differences for check in checks)
    left_out = sum("not compared" in check.note for check in checks)
    if left_out:
        typer.echo(f"{left_out} checks compared not everything, see their notes")
    typer.echo(f"{total} differences" if total else "0 differences: what was streamed is what the raw events say")
