"""A log in memory through the real journeys stage: the same runs as in a worker, without a broker."""

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

from broker.memory_broker import MemoryBroker
from broker.records import LogRecord, ProducerRecord
from producers.importers.import_log import import_log
from producers.importers.mapping import Mapping
from schemas.event_codec import make
from schemas.events import TICK
from schemas.keys import SEPARATOR
from schemas.record_codec import decode_contribution, decode_fact
from schemas.topics import DEAD_LETTERS, EVENTS
from streams.engine.checkpoint import StateIdentity, fresh
from streams.engine.dead_letter_limit import DeadLetterLimit
from streams.engine.memory_outbox import MemoryOutbox
from streams.engine.memory_store import MemoryStore
from streams.engine.partition_run import PartitionRun
from streams.journeys.fold import VERSION, Journeys
from streams.stages import events_run

NOW = 1_900_000_000_000
PARTITIONS = 3
HOT_ITEMS = 500
"""Far fewer than the logs have items, so that they are packed and unpacked on the way."""

Facts = dict[str, Any]
"""Work item → its newest item fact (``schemas.facts.ItemFact`` as struct), without version and W."""


class Folded(NamedTuple):
    """What stands at the end: facts' bodies by (kind, subject, source, id), contributions by (scope, parts, giver)."""

    facts: dict[tuple[str, ...], Any]
    contributions: dict[tuple[str, ...], list[Any]]

    def of(self, kind: str) -> list[Any]:
        """Bodies of one kind of facts."""
        return [body for key, body in self.facts.items() if key[0] == kind]


def imported(files: list[Path], mapping: Mapping, behind: MemoryBroker | None = None) -> MemoryBroker:
    """The files one after the other into a log in memory, each followed by a tick that contains it.

    ``behind``: a log of one file that they follow; it stays as it is.
    """
    log = MemoryBroker({EVENTS: PARTITIONS, DEAD_LETTERS: 1}, lambda: NOW)
    if behind is not None:
        log.topics = {topic: [list(part) for part in parts] for topic, parts in behind.topics.items()}
    for number, path in enumerate(files, 0 if behind is None else 1):
        result = import_log(path, mapping, log)
        assert (result.bad_rows, dict(result.counts.unmapped)) == (0, {})
        w = NOW + number * 1000
        tick = make(TICK, id=str(w), source="baton/clock", subject="clock", time_ms=w, body={})
        for partition in range(PARTITIONS):
            log.append(ProducerRecord(EVENTS, b"clock", tick, partition=partition))
    return log


def folded(log: MemoryBroker) -> Facts:
    """The item facts that hold at the end of the log. Nothing of it may be parked."""
    return items_of(everything(log))


def items_of(found: Folded) -> Facts:
    """The item facts among all that stands."""
    return {key[1]: body for key, body in found.facts.items() if key[0] == "item"}


def everything(log: MemoryBroker) -> Folded:
    """All that stands at the end of the log, every partition's. Nothing of it may be parked."""
    found = Folded({}, {})
    for partition, stored in enumerate(log.topics[EVENTS]):
        records = [LogRecord(r.offset, r.timestamp, r.key or b"", r.value or b"") for r in stored]
        outbox = through(records, partition, PARTITIONS)
        take(found, outbox)
    return found


def through(records: list[LogRecord], partition: int = 0, partitions: int = 1) -> MemoryOutbox:
    """Records of one partition through its run; what was published."""
    store, outbox = MemoryStore(), MemoryOutbox()
    identity = StateIdentity("journeys", 1, "topic", partition, partitions, VERSION, "UTC", 400)
    fold = Journeys(store, partition, 1, 400, HOT_ITEMS)
    run = events_run(EVENTS, fresh(identity, 0), fold, store, outbox, DeadLetterLimit(1.0, 1))
    asyncio.run(_handle(run, records))
    return outbox


def take(found: Folded, outbox: MemoryOutbox) -> None:
    """Add what stands at the end of what was published."""
    for kind, key, value in outbox.log:
        if kind == "fact":
            assert isinstance(key, bytes)
            record = decode_fact(value)  # type: ignore[arg-type]  # of this kind it is bytes
            place = tuple(key.decode().split(SEPARATOR))
            if record.deleted:
                found.facts.pop(place, None)
            else:
                found.facts[place] = record.body
        elif kind == "contribution":
            given = decode_contribution(value)  # type: ignore[arg-type]  # as above
            where = (given.scope, *given.parts, SEPARATOR.join((given.subject, given.source, given.id, str(given.group))))
            if given.live:
                found.contributions[where] = given.entries
            else:
                found.contributions.pop(where, None)


async def _handle(run: PartitionRun[Any], records: list[LogRecord], batch: int = 20_000) -> None:
    for first in range(0, len(records), batch):
        await run.handle(records[first : first + batch])
    await run.landed()
    assert run.saved.offset == len(records)
