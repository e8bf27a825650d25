"""Where broker and warehouse answer: as the settings say, else those that the home itself runs."""

from local.stack.addresses import addresses
from schemas.settings import Settings


def kafka_address(settings: Settings, option: str | None = None) -> str:
    """HOST:PORT of the broker: the command's ``option``, else the settings', else the running home's.

    Raises ``Stop`` when none is given and the home isn't running.
    """
    return option or settings.kafka or addresses(settings.home).kafka


def settings_with_addresses(settings: Settings) -> Settings:
    """The settings with ``kafka`` and ``clickhouse`` filled in from the running home where they are unset.

    Raises ``Stop`` when one is unset and the home isn't running.
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
