"""Settings whose broker and warehouse are known."""

from local.stack.addresses import addresses
from schemas.settings import Settings


def settings_with_addresses(settings: Settings) -> Settings:
    """The settings with ``kafka`` and ``clickhouse`` filled in from the running home where they are unset.

    Raises ``Stop`` when something is unset and the home isn't running.
    """
    if settings.kafka and settings.clickhouse:
        return settings
    running = addresses(settings.home)
    return settings.model_copy(
        update={
            "kafka": settings.kafka or running.kafka,
            "clickhouse": settings.clickhouse or running.clickhouse,
        }
    )
