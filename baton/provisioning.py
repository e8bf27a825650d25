"""What must be there before a worker starts: topics, migrations, the installation's record."""

from secrets import token_hex

import structlog

from baton.record_copy import copy_record
from broker.installation_record import newest_installation
from broker.records import ProducerRecord
from broker.topics import apply
from producers.publisher.kafka_publisher import KafkaPublisher
from schemas.installation import KEY, Installation, agreed, fold_settings
from schemas.settings import Settings
from schemas.topics import CONTROL, registry
from sinks.clickhouse import connect_from
from sinks.migrate import migrate
from sinks.migration_files import read
from sinks.ports import Block
from sinks.tables import GENERATION_ZONES

_log = structlog.get_logger("provisioning")


def prepare(settings: Settings) -> None:
    """Make broker and warehouse ready for this installation; may be called again at any time.

    ``settings.kafka`` and ``settings.clickhouse`` are set. Raises ``Retry`` when one of them is away and ``Stop``
    when the installation doesn't fit what it finds.
    """
    kafka = str(settings.kafka)
    # 1 topics   2 tables   3 the installation's record, which says that the others are there   4 which months it has
    for topic in apply(kafka, registry(settings)):
        _log.info("topic created", topic=topic)
    warehouse = connect_from(settings)
    try:
        migrate(warehouse, read(), lambda name: _log.info("migrated", name=name), settings.clickhouse_database)
        found = _installation(kafka, settings)
        zones = GENERATION_ZONES
        warehouse.insert(Block(zones.name, zones.columns, ([found.generation], [found.fold.time_zone])))
    finally:
        warehouse.close()


def _installation(kafka: str, settings: Settings) -> Installation:
    """The installation's record, made where there is none. Raises ``Stop`` where it is another kind of home."""
    recorded = newest_installation(kafka)
    if recorded is None:
        fold = fold_settings(settings)
        recorded = Installation(name=token_hex(8), generation=1, time=settings.time, fold=fold, unmarked_until={})
        record_installation(kafka, recorded)
    agreed(settings, recorded)
    copy_record(settings, recorded)
    return recorded


def record_installation(kafka: str, new: Installation) -> None:
    """Write the installation's record; every process that starts from now on goes by it."""
    with KafkaPublisher(kafka) as publisher:
        publisher.publish([ProducerRecord(CONTROL, KEY, new.encode())])
    _log.info("installation recorded", generation=new.generation, time=new.time)
