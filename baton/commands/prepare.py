"""``baton prepare``: topics, migrations and the installation's record."""

from baton.connection_settings import settings_with_addresses
from baton.options import Home, settings_of
from baton.provisioning import prepare


def command(home: Home = None) -> None:
    """Make broker and warehouse ready for this installation. `baton up` does it by itself.

    \b
    Example: against servers of your own
        BATON_KAFKA=kafka:9092 BATON_CLICKHOUSE=http://clickhouse:8123 baton prepare
    """
    prepare(settings_with_addresses(settings_of(home)))
