"""Settings by the installation's record on the control topic, wherever its broker is."""

from collections.abc import Container

from baton.connection_settings import kafka_address
from broker.installation_record import newest_installation
from schemas.errors import Retry, Stop
from schemas.installation import agreed
from schemas.settings import Settings


def recorded_settings(settings: Settings, kafka: str | None = None, free: Container[str] = ()) -> Settings:
    """The settings as ``agreed`` with the record at ``kafka``, else at the settings' broker, else at the running home's.

    Raises ``Stop`` where something is set otherwise, or no broker is known; ``Retry`` while the broker is away.
    """
    return agreed(settings, newest_installation(kafka_address(settings, kafka)), free)


def settings_if_recorded(settings: Settings) -> Settings:
    """The same for what must work without a broker: as they are while one that the settings name does not answer.

    Of the home's own broker the copy has decided already. Raises ``Stop`` as ``agreed`` does.
    """
    try:
        return agreed(settings, newest_installation(settings.kafka)) if settings.kafka else settings
    except Retry:
        return settings


def settings_of_history(settings: Settings, kafka: str | None = None) -> Settings:
    """``recorded_settings`` for who sends history, which a clock or the history itself must follow with ticks.

    Raises ``Stop`` besides where neither record nor settings say which.
    """
    record = newest_installation(kafka_address(settings, kafka))
    if record is None and "time" not in settings.model_fields_set:
        raise Stop(
            "the broker holds no installation's record yet, so nobody can say whether history brings its own ticks here",
            "run `baton up` or `baton prepare`, which write it, or say it with BATON_TIME (live or log)",
        )
    return agreed(settings, record)
