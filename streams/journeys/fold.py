"""The journeys fold of one partition: cuts in, changed facts out. No clock, no randomness, no settings but the generation's.

Published for W is the fold of each id's surviving revision within the cut, chosen first, and of those only the ones before
W. Everything an item says is folded anew whenever its survivors change or a younger event's time has come, so late, corrected
and retracted events are one mechanism.

Keys of its state: ``i<subject>`` packed items, ``t<time><subject>`` items waiting for W, ``x<day><subject>`` ended items
by append day, ``g<hash>`` items forgotten for ever, ``s`` the last day on which that was done.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice, takewhile
from typing import Any, NamedTuple

from schemas.errors import Park
from schemas.facts import FACT_STRUCTS, VERDICT_BODY, encode_fact, fact_key
from schemas.topics import FACTS
from schemas.watermarks import version_of
from streams.engine.ports import Outgoing, StateStore, Tick
from streams.journeys.arrivals import TIME, Stored, stored
from streams.journeys.item import EventKey, Item, ended, unpack
from streams.journeys.lifecycle import follow
from streams.journeys.path import item_fact

VERSION = 1
"""Of the fold's rules and its state's shape; another version is another generation."""
DAY_MS = 86_400_000
AHEAD_MS = 400 * DAY_MS
_ITEM, _TIMER, _SHELF, _GONE, _SWEPT = b"i", b"t", b"x", b"g", b"s"
_item_record = FACT_STRUCTS["item"]
_verdict_record = FACT_STRUCTS["verdict"]


def _by_time(prefix: bytes, time: int, subject: str) -> bytes:
    return prefix + time.to_bytes(8, "big") + subject.encode()


def gone_key(subject: str) -> bytes:
    """Where it stands that an item was forgotten: 16 bytes of its id's hash."""
    return _GONE + blake2b(subject.encode(), digest_size=16).digest()


def _fact(key: bytes, record: Any) -> Outgoing:
    return Outgoing(FACTS, key, key, encode_fact(record))


class Arrival(NamedTuple):
    """An event waiting for its cut to close."""

    subject: str
    key: EventKey
    append_ms: int
    event: Stored


class Where(NamedTuple):
    """What every fact record of one item at one tick says of itself."""

    subject: str
    version: int
    partition: int
    w: int


class Journeys:
    """State of one partition between two saves. ``hot_items`` bounds the unpacked items kept in memory."""

    def __init__(self, store: StateStore, partition: int, generation: int, horizon_days: int, hot_items: int) -> None:
        self._store = store
        self._partition = partition
        self._generation = generation
        self._horizon_ms = horizon_days * DAY_MS
        self._hot_items = hot_items
        self._items: dict[str, Item] = {}
        self._dirty: dict[str, Item] = {}
        self._writes: dict[bytes, bytes | None] = {}
        self._timers = [(int.from_bytes(k[1:9], "big"), k[9:].decode()) for k, _ in store.scan(_TIMER)]
        heapq.heapify(self._timers)
        swept = store.get_many([_SWEPT])[0]
        self._swept_day = -1 if swept is None else int(swept)
        self.counters: Counter[str] = Counter()

    def admit(self, event: Any, append_ms: int) -> Arrival | None:
        """The event as it is kept; None for control records. Raises ``Park`` when its time is far ahead of its arrival."""
        kept = stored(event)
        if kept is None:
            self.counters["control"] += 1
            return None
        if kept[TIME] > append_ms + AHEAD_MS:
            raise Park("too_far_ahead", "time: more than 400 days after the record arrived")
        return Arrival(event.subject, (event.source, event.id), append_ms, kept)

    def close(self, cut: Sequence[Arrival], tick: Tick) -> Iterator[Outgoing]:
        """Take in a cut's events; gives every fact that was published differently before, or not at all."""
        by_subject: dict[str, list[Arrival]] = {}
        for arrival in cut:
            by_subject.setdefault(arrival.subject, []).append(arrival)
        while self._timers and self._timers[0][0] < tick.w:
            by_subject.setdefault(heapq.heappop(self._timers)[1], [])
        self._load(by_subject)
        version = version_of(self._generation, tick.offset)
        for subject, arrivals in by_subject.items():
            item = self._items.get(subject)
            where = Where(subject, version, self._partition, tick.w)
            if item is None:
                for key in dict.fromkeys(a.key for a in arrivals):
                    yield self._verdict(where, key, "too_late", "item_forgotten")
            elif self._take_in(item, arrivals, tick.w):
                yield from self._refold(item, where)
                self._dirty[subject] = item
        self._forget(tick)

    def _load(self, subjects: Iterable[str]) -> None:
        """Bring items into memory; a subject that is new becomes an empty item, a forgotten one stays absent."""
        missing: list[str] = []
        for subject in subjects:
            item = self._items.pop(subject, None)
            if item is None:
                missing.append(subject)
            else:
                self._items[subject] = item  # to the end: the oldest leave memory first
        unknown: list[str] = []
        for subject, packed in zip(missing, self._get([_ITEM + s.encode() for s in missing]), strict=True):
            if packed is None:
                unknown.append(subject)
            else:
                self._items[subject] = unpack(packed)
        for subject, gone in zip(unknown, self._get([gone_key(s) for s in unknown]), strict=True):
            if gone is None:
                self._items[subject] = Item()

    def _get(self, keys: list[bytes]) -> list[bytes | None]:
        if not keys:
            return []
        saved = self._store.get_many(keys)
        return [self._writes.get(key, value) for key, value in zip(keys, saved, strict=True)]

    def _take_in(self, item: Item, arrivals: list[Arrival], w: int) -> bool:
        """Choose the survivors; True when the item must be folded anew."""
        changed = 0 <= item.pending < w
        counters = self.counters
        counters["received"] += len(arrivals)
        for arrival in arrivals:
            before = item.events.get(arrival.key)
            if before is None or arrival.event > before:
                item.events[arrival.key] = arrival.event
                item.last_append = max(item.last_append, arrival.append_ms)
                changed = True
                counters["corrected"] += before is not None
            else:
                counters["duplicate" if arrival.event == before else "stale_revision"] += 1
        return changed

    def _refold(self, item: Item, where: Where) -> list[Outgoing]:
        facts: list[Outgoing] = []
        waiting = item.pending
        rows = item.rows(where.w)
        custody = follow(rows)
        if rows:
            subject, version, partition, w = where
            record = _item_record(body=item_fact(rows, custody), subject=subject, version=version, partition=partition, w=w)
            facts.append(_fact(fact_key("item", where.subject), record))
        elif item.published:
            facts.append(_fact(fact_key("item", where.subject), _item_record(deleted=True, **where._asdict())))
        item.published = bool(rows)
        if custody.anomalies != item.verdicts:
            for key in sorted(item.verdicts.keys() | custody.anomalies.keys()):
                before, now = item.verdicts.get(key), custody.anomalies.get(key)
                if before != now:
                    facts.append(self._verdict(where, key, "anomaly", now or before, deleted=now is None))
            item.verdicts = custody.anomalies
        self._file(_TIMER, where.subject, waiting, item.pending)
        if item.pending not in (-1, waiting):
            heapq.heappush(self._timers, (item.pending, where.subject))
        shelf = item.last_append // DAY_MS if ended(rows, item.pending) else -1
        self._file(_SHELF, where.subject, item.shelf, shelf)
        item.shelf = shelf
        return facts

    def _file(self, prefix: bytes, subject: str, before: int, now: int) -> None:
        """Move an item's entry in an index; -1 means none."""
        if before != now:
            if before >= 0:
                self._writes[_by_time(prefix, before, subject)] = None
            if now >= 0:
                self._writes[_by_time(prefix, now, subject)] = b""

    def _verdict(self, where: Where, key: EventKey, verdict: str, reason: str | None, deleted: bool = False) -> Outgoing:
        body = VERDICT_BODY(verdict=verdict, reason=reason)
        record = _verdict_record(source=key[0], id=key[1], deleted=deleted, body=body, **where._asdict())
        self.counters[verdict] += not deleted
        return _fact(fact_key(verdict, where.subject, *key), record)

    def _forget(self, tick: Tick) -> None:
        """Once in a day of append time: ended items past the horizon leave nothing but a hash."""
        day = (tick.append_ms - self._horizon_ms) // DAY_MS
        if day <= self._swept_day:
            return
        self._swept_day = day
        self._writes[_SWEPT] = str(day).encode()  # kept: a restart must not sweep twice in a day
        limit = _by_time(_SHELF, max(day, 0), "")
        due = {key for key, _ in takewhile(lambda pair: pair[0] < limit, self._store.scan(_SHELF))}
        due.update(key for key, value in self._writes.items() if key[:1] == _SHELF and value is not None and key < limit)
        for key in sorted(due):
            if self._writes.get(key, b"") is None:
                continue
            subject = key[9:].decode()
            self._items.pop(subject, None)
            self._dirty.pop(subject, None)
            self._writes[key] = None
            self._writes[_ITEM + subject.encode()] = None
            self._writes[gone_key(subject)] = b""
            self.counters["forgotten"] += 1

    def changes(self) -> dict[bytes, bytes | None]:
        """Writes since the last call. Afterwards the oldest unpacked items beyond the bound leave memory."""
        writes, self._writes = self._writes, {}
        for subject, item in self._dirty.items():
            writes[_ITEM + subject.encode()] = item.pack()
        self._dirty = {}
        surplus = len(self._items) - self._hot_items
        for subject in list(islice(self._items, max(surplus, 0))):
            del self._items[subject]
        return writes
