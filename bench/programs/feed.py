"""Feeds one partition's real run, fold and RocksDB store with many items, without a broker: the outbox only counts."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench.history import T0_MS, Desk, ticks
from bench.programs.told import answer, told
from bench.usage import Stretch, resident_mb
from runtime.garbage_collection import collect_rarely
from schemas.dead_letters import DeadLetter
from schemas.timestamps import DAY_MS
from streams.engine.checkpoint import StateIdentity, fresh
from streams.engine.dead_letter_limit import DeadLetterLimit
from streams.engine.ports import Outgoing, Tick
from streams.engine.rocksdb_store import RocksStore
from streams.journeys.fold import VERSION, Journeys
from streams.stages import events_run

BATCH = 20_000
HORIZON_DAYS = 400


class Fed(NamedTuple):
    """A record as Kafka gives it."""

    offset: int
    timestamp: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


class Counting:
    """Takes everything, keeps nothing."""

    def __init__(self) -> None:
        self.records = self.bytes = 0

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Facts and contributions."""
        self.records += len(records)
        self.bytes += sum(len(record.key) + len(record.value) for record in records)

    async def watermark(self, partition: int, ticks: Sequence[Tick]) -> None:
        """Watermarks."""

    async def dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Letters; there must be none."""
        assert not letters, f"{len(letters)} records were parked"


class Feed:
    """Makes records, batch by batch. ``bytes``: of keys and values of events so far."""

    def __init__(self, items: int, open_items: int, per_tick: int) -> None:
        self.desk = Desk(Random(1), 1, min(open_items, items))
        self._items, self._per_tick = items, per_tick
        self._offset = self.bytes = 0
        self.w = T0_MS

    def batches(self) -> Iterator[list[Fed]]:
        """Until every item is closed, and a tick after that."""
        batch: list[Fed] = []
        while made := self.desk.next(self.w, last=self.desk.opened >= self._items):
            batch.append(self._fed(made.key, made.value))
            self.bytes += len(made.key) + len(made.value)
            if self.desk.events % self._per_tick == 0:
                batch.append(self.tick())
            if len(batch) >= BATCH:
                yield batch
                batch = []
        yield [*batch, self.tick()]

    def tick(self, days: int = 0) -> Fed:
        """The next tick, appended ``days`` later."""
        self.w += 1000
        (sent,) = ticks(self.w, 1)
        fed = self._fed(sent.key, sent.value)
        return fed._replace(timestamp=fed.timestamp + days * DAY_MS)

    def _fed(self, key: bytes, value: bytes) -> Fed:
        self._offset += 1
        return Fed(self._offset - 1, self.w, key, value)


async def main() -> None:
    """All items through the run; then compact, and once more after the horizon."""
    collect_rarely()
    task = told()
    place, outbox, stretch = Path(task.place), Counting(), Stretch()
    store = RocksStore(place)
    fold = Journeys(store, 0, 1, HORIZON_DAYS, task.hot_items)
    head = fresh(StateIdentity("journeys", 1, "bench", 0, 1, VERSION, "UTC", HORIZON_DAYS), 0)
    run = events_run("events", head, fold, store, outbox, DeadLetterLimit(1.0, 1_000_000))
    feed = Feed(task.items, task.open_items, task.per_tick)
    resident: list[tuple[int, int]] = []
    packed: Counter[int] = Counter()
    stretch.begin()
    for batch in feed.batches():
        await run.handle(batch)
        await run.landed()
        if not resident or feed.desk.items > resident[-1][0] + task.items // 10:
            resident.append((feed.desk.items, round(resident_mb())))
    stretch.end()
    db = store._db  # the port knows no compaction; only a measurement wants it at once
    db.flush()
    found = stretch.told(feed.desk.events, items=feed.desk.items, resident=resident, event_bytes=feed.bytes)
    found["more"] |= {"facts": outbox.records, "disk_bytes": _size(place), "received": fold.counters["received"]}
    for key, value in store.scan(b"i"):
        packed[len(key) + len(value)] += 1
    found["more"] |= {"packed_items": packed.total(), "packed_bytes": sum(size * n for size, n in packed.items())}
    found["more"]["shelved"] = sum(1 for _ in store.scan(b"x"))
    db.compact_range(None, None)
    found["more"]["compacted_bytes"] = _size(place)
    await run.handle([feed.tick(HORIZON_DAYS + 2)])
    await run.landed()
    db.flush()
    db.compact_range(None, None)
    found["more"] |= {"forgotten": fold.counters["forgotten"], "forgotten_bytes": _size(place)}
    found["more"]["sweep_rss_mb"] = resident_mb("VmHWM")
    store.close()
    answer(task, found)


def _size(place: Path) -> int:
    """Bytes of the tables on disk, the write-ahead log left out."""
    return sum(file.stat().st_size for file in place.glob("*.sst"))


if __name__ == "__main__":
    asyncio.run(main())
