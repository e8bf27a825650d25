"""``baton sql``: ask the warehouse, as a reader or, on record, everything."""

import os
import pwd
import re
import sys
from typing import Annotated

import typer

from baton.connection_settings import settings_with_addresses
from baton.options import Home, settings_of
from baton.reader_queries import why_refused, with_private_named
from schemas.errors import Stop
from sinks.clickhouse import connect_from
from sinks.ports import Block
from sinks.tables import AUDIT

SECONDS = 3600
PRETTY = "PrettyCompact"
Query = Annotated[str, typer.Argument(metavar="QUERY", help="One statement that reads; - takes it from standard input.")]
Format = Annotated[
    str,
    typer.Option("--format", metavar="NAME", help="PrettyCompact, TSV, TSVWithNames, CSVWithNames, JSONEachRow, Vertical …"),
]
Private = Annotated[
    bool, typer.Option("--private", help="Read all tables, single votes too. Who asked what is written to the table audit.")
]
_OWN_FORMAT = re.compile(r"\bFORMAT\s+\w+\s*$", re.IGNORECASE)


def command(query: Query, output: Format = PRETTY, private: Private = False, home: Home = None) -> None:
    """Run one query that reads, and print its answer. docs/warehouse.md tells what there is.

    It reads the views for readers, which hold no single vote. Nothing can be written. A query may name its own FORMAT.

    \b
    Examples:
        baton sql "SELECT item, path, bounces FROM items ORDER BY bounces DESC LIMIT 10"
        baton sql - --format CSVWithNames < question.sql > answer.csv
    """
    statement = (sys.stdin.read() if query == "-" else query).strip().rstrip(";").rstrip()
    if not statement:
        raise Stop("the query is empty", 'baton sql "SELECT count() FROM items"')
    if not re.fullmatch(r"\w+", output):
        raise Stop(f"--format {output} is no name of a format", "baton sql --format TSV …")
    # Whole, as it runs: what is looked at and what is asked must be the same text.
    asked = statement if _OWN_FORMAT.search(statement) else f"{statement}\nFORMAT {output}"
    settings = settings_with_addresses(settings_of(home))
    warehouse = connect_from(settings, seconds=SECONDS, reader=not private)
    try:
        if private:
            # Before the answer: what can't be put on record is not told.
            warehouse.insert(Block(AUDIT.name, AUDIT.columns, [[_who()], [statement]]))
        elif refusal := why_refused(warehouse, asked, settings.private_database):
            raise Stop(f"refused: {refusal.problem}", refusal.mend)
        try:
            answer = warehouse.text(asked, None)
        except Stop as stop:
            raise stop if private else with_private_named(stop, warehouse, settings.private_database) from None
    finally:
        warehouse.close()
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    # A table without rows is nothing at all in this format; others have a header, or are read by programs.
    if not answer and asked != statement and output == PRETTY:
        typer.echo("0 rows", err=True)


def _who() -> str:
    user = os.getuid()
    try:
        # Not LOGNAME, which the one who asks may set.
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
