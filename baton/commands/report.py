"""``baton report``: what the whole span of a home says."""

from contextlib import closing
from typing import Annotated

import typer

from baton.connection_settings import settings_with_addresses
from baton.options import Home, settings_of
from baton.report.report_lines import as_json, lines
from baton.report.whole_span import read_whole_span
from sinks.clickhouse import connect_from

Json = Annotated[bool, typer.Option("--json", help="One JSON object in place of tables.")]


def command(as_object: Json = False, home: Home = None) -> None:
    """Totals, pairs, ping-pong, the worst first pass and the slowest waits, over everything a home has, also of a past log.

    \b
    Examples:
        baton report
        baton report --json
    """
    with closing(connect_from(settings_with_addresses(settings_of(home)))) as warehouse:
        span = read_whole_span(warehouse)
    for line in [as_json(span)] if as_object else lines(span):
        typer.echo(line)
