"""``baton migrate``: tables and views up to date."""

import typer

from baton.connection_settings import settings_with_addresses
from baton.options import Home, settings_of
from sinks.clickhouse import connect_from
from sinks.migrate import migrate
from sinks.migration_files import read


def command(home: Home = None) -> None:
    """Create or bring up to date the tables and views in ClickHouse. Safe to run twice; the sink does it by itself.

    \b
    Example:
        baton migrate
    """
    settings = settings_with_addresses(settings_of(home))
    readers = settings.clickhouse_database
    warehouse = connect_from(settings)
    applied = migrate(warehouse, read(), lambda name: typer.echo(f"migration {name}"), readers)
    typer.echo(f"databases {readers} and {warehouse.database} are up to date" + ("" if applied else ", nothing to do"))
