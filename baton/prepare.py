"""What must be there before a worker starts: topics, migrations, the installation's record."""

from schemas.settings import Settings


def prepare(settings: Settings) -> None:
    """Make broker and warehouse ready for this installation; may be called again at any time.

    ``settings.kafka`` and ``settings.clickhouse`` are set. Raises ``Retry`` when one of them is away and ``Stop``
    when the installation doesn't fit what it finds.
    """
