"""A new generation: everything folded again from the start, while readers keep the old one until the new one is complete.

1 note how far readers have come, in every partition, and where the contributions of the new generation will begin
2 record the new generation with both; workers that start from now on belong to it
3 where Kafka no longer holds the start of a partition, fold that part from the warehouse, and leave the state as a copy

Recorded before anything is published: a rebuild that dies half way leaves records of a generation that nobody goes on with,
for the next one is another. Otherwise two tries would publish as one, by different ticks, and what only the first saw would
stay.
"""

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from baton.provisioning import record_installation
from broker.installation_record import newest_installation
from broker.reader import TopicReader
from broker.topics import described
from schemas.errors import Stop
from schemas.installation import CONSTANTS, FoldSettings, Installation, agreed, next_fold
from schemas.settings import Settings
from schemas.topics import CONTRIBUTIONS, CONTROL, DEAD_LETTERS, EVENTS, FACTS
from sinks.clickhouse import ClickHouse, connect_from
from streams.engine.checkpoint import fresh
from streams.engine.dead_letter_limit import DeadLetterLimit
from streams.engine.outbox import KafkaOutbox
from streams.engine.rocksdb_store import RocksStore
from streams.engine.stage import snapshots_of
from streams.engine.warehouse_replay import replay
from streams.stages import journeys_stage
from verification.raw_log import raw_records

Say = Callable[[str], None]


def rebuild(settings: Settings, say: Say) -> tuple[Installation, Installation]:
    """Begin the next generation, with ``next_fold``; gives the old record and the new one.

    Raises ``Stop`` when there is nothing to rebuild, the settings are another home's, or a part of
    the history is neither in Kafka nor in the warehouse.
    """
    kafka = str(settings.kafka)
    old = newest_installation(kafka)
    if old is None:
        raise Stop(f"{CONTROL} at {kafka} holds no installation, so there is nothing to rebuild", "run `baton up`")
    settings = agreed(settings, old, free=CONSTANTS)
    warehouse = connect_from(settings)
    try:
        new = _next(kafka, warehouse, old, next_fold(settings, old))
        starts = _starts(kafka)
        parts = {p: max(new.rebuilt_until.get(p, -1) + 1, start) for p, start in enumerate(starts) if start > 0}
        for partition, end in parts.items():
            # Before it is recorded: of a history that is not there nothing is begun.
            _check_whole(warehouse, partition, end)
        # 2
        record_installation(kafka, new)
        for partition, end in parts.items():
            # 3 elsewhere Kafka has the start, and workers read it themselves
            start = starts[partition]
            say(f"{EVENTS} partition {partition}: Kafka begins at offset {start}; folding the rest from the warehouse")
            asyncio.run(_from_warehouse(settings, warehouse, new, partition, end))
    finally:
        warehouse.close()
    return old, new


def _next(kafka: str, warehouse: ClickHouse, old: Installation, fold: FoldSettings) -> Installation:
    """The record of the next generation, as of now."""
    # 1 what readers may have seen: the newest tick over all targets, since one of them may be ahead of the others; and over
    # all generations, since the last one may not be complete yet
    reached = warehouse.rows("SELECT partition, toUInt64(max(offset)) FROM watermarks FINAL GROUP BY partition")
    unmarked = old.unmarked_until
    if unmarked is None:  # up to here the clock of an older release gave control records other keys
        unmarked = _ends(kafka, EVENTS, uncommitted=True)
    update = {
        "generation": old.generation + 1,
        "fold": fold,
        "rebuilt_until": dict(reached),
        "unmarked_until": unmarked,
        "contributions_from": _ends(kafka, CONTRIBUTIONS),
        "rating_zone": old.zone_of_ratings,
    }
    return old.model_copy(update=update)


def _starts(kafka: str) -> list[int]:
    with closing(TopicReader(kafka)) as reader:
        return reader.starts(EVENTS, described(kafka, [EVENTS])[EVENTS].partitions)


def _ends(kafka: str, topic: str, *, uncommitted: bool = False) -> dict[int, int]:
    with closing(TopicReader(kafka, uncommitted=uncommitted)) as reader:
        return dict(enumerate(reader.ends(topic, described(kafka, [topic])[topic].partitions)))


def _check_whole(warehouse: ClickHouse, partition: int, end: int) -> None:
    """Raises ``Stop`` when the warehouse lacks records of the partition below ``end``."""
    missing = end - _readable(warehouse, partition, end)
    if missing:
        raise Stop(
            f"{EVENTS} partition {partition}: {missing} records below offset {end} are neither in Kafka nor in the warehouse",
            f"restore them in {warehouse.database}.raw_events from a backup; without them that partition can't be recomputed",
        )


async def _from_warehouse(settings: Settings, warehouse: ClickHouse, new: Installation, partition: int, end: int) -> None:
    """Fold a partition from the warehouse, up to a tick below ``end`` that Kafka still holds; leave the state as a copy."""
    kafka = str(settings.kafka)
    found = described(kafka, [EVENTS, FACTS, CONTRIBUTIONS, DEAD_LETTERS])
    stage = journeys_stage(new, settings, found[EVENTS])
    targets = {name: found[name].partitions for name in (FACTS, CONTRIBUTIONS)}
    outbox = KafkaOutbox(kafka, new.generation, found[EVENTS].partitions, targets, found[DEAD_LETTERS].partitions)
    # Never reached: the limit is there for bad deploys, and these records have passed it once.
    limit = DeadLetterLimit(1.0, end + 1)
    # The workers find the state as a snapshot, whichever of them gets the partition.
    with tempfile.TemporaryDirectory(prefix="baton-rebuild-") as folder:
        store = RocksStore(Path(folder) / "state")
        try:
            # From offset 0 on, whatever Kafka still holds; dead letters and facts are published as by a worker.
            run = stage.run_of(fresh(stage.identity(partition), 0), store, outbox, limit)
            await replay(run, raw_records(warehouse, partition, end - 1))
            snapshots_of(stage, settings, partition).put(store, run.saved.offset, Path(folder) / "scratch")
        finally:
            store.close()
            await outbox.close()


def _readable(warehouse: ClickHouse, partition: int, end: int) -> int:
    """How many offsets below ``end`` the warehouse accounts for: a row each, a dead letter, or no record at all."""
    query = """
    SELECT uniqExact(offset) FROM
    (
        SELECT offset FROM raw_events WHERE partition = {p:UInt16} AND offset < {end:UInt64}
        UNION ALL
        SELECT position FROM dead_letter_log
        WHERE origin = {topic:String} AND partition = {p:UInt16} AND position < {end:UInt64}
        UNION ALL
        SELECT arrayJoin(range(first_offset, least(last_offset + 1, {end:UInt64}))) FROM log_holes
        WHERE topic = {topic:String} AND partition = {p:UInt16} AND first_offset < {end:UInt64}
    )
    """
    count: int = warehouse.rows(query, {"p": partition, "end": end, "topic": EVENTS})[0][0]
    return count
