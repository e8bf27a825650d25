"""``baton sql``: ask the warehouse."""

import re
import sys
from typing import Annotated

import typer

from baton.connection_settings import settings_with_addresses
from baton.options import Home, settings_of
from schemas.errors import Stop
from sinks.clickhouse import connect_from

SECONDS = 3600
Query = Annotated[str, typer.Argument(metavar="QUERY", help="One statement that reads; - takes it from standard input.")]
Format = Annotated[
    str,
    typer.Option("--format", metavar="NAME", help="PrettyCompact, TSV, TSVWithNames, CSVWithNames, JSONEachRow, Vertical …"),
]
_OWN_FORMAT = re.compile(r"\bFORMAT\s+\w+\s*$", re.IGNORECASE)


def command(query: Query, output: Format = "PrettyCompact", home: Home = None) -> None:
    """Run one query that reads, and print its answer. docs/warehouse.md tells what there is.

    Nothing can be written this way. A query may name its own FORMAT.

    \b
    Examples:
        baton sql "SELECT item, path, bounces FROM items ORDER BY bounces DESC LIMIT 10"
        baton sql - --format CSVWithNames < question.sql > answer.csv
    """
    statement = (sys.stdin.read() if query == "-" else query).strip().rstrip(";").rstrip()
    if not statement:
        raise Stop("the query is empty", 'baton sql "SELECT count() FROM items"')
    warehouse = connect_from(settings_with_addresses(settings_of(home)), seconds=SECONDS)
    try:
        answer = warehouse.text(statement, None if _OWN_FORMAT.search(statement) else output)
    finally:
        warehouse.close()
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
