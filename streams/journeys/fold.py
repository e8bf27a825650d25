"""The journeys fold of one partition: cuts in, changed facts out. No clock, no randomness, no settings but the generation's.

Published for W is the fold of each id's surviving revision within the cut, chosen first, and of those only the ones before
W. Everything an item says is folded anew whenever its survivors change or a younger event's time has come, so late, corrected
and retracted events are one mechanism.

Keys of its state: ``i<subject>`` packed items, ``t<time><subject>`` items waiting for W, ``x<day><subject>`` ended items
by append day, ``g<hash>`` items forgotten for ever, ``s`` the last day on which that was done, ``w`` the last W; those of
agreements and intake stand there.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice, takewhile
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from measures.entries import entries_of_intake
from schemas.errors import Park
from schemas.facts import FACT_STRUCTS, encode_fact, fact_key
from schemas.topics import FACTS
from schemas.watermarks import version_of
from streams.engine.ports import Outgoing, StateStore, Tick
from streams.journeys.agreements import Agreements, asked_key
from streams.journeys.arrival_counts import Intake
from streams.journeys.item_state import EventKey, Item, unpack
from streams.journeys.output_diff import Stamp, contribution, verdict
from streams.journeys.refold import refold
from streams.journeys.stored_event import AGREED, CODE, DELETED, TIME, Stored, stored

VERSION = 2
"""Of the fold's rules and its state's shape; another version is another generation."""
DAY_MS = 86_400_000
AHEAD_MS = 400 * DAY_MS
_CHUNK = 1000
_ITEM, _TIMER, _SHELF, _GONE, _SWEPT, _LAST_W = b"i", b"t", b"x", b"g", b"s", b"w"
_intake_record = FACT_STRUCTS["intake"]


def _by_time(prefix: bytes, time: int, subject: str) -> bytes:
    return prefix + time.to_bytes(8, "big") + subject.encode()


def gone_key(subject: str) -> bytes:
    """Where it stands that an item was forgotten: 16 bytes of its id's hash."""
    return _GONE + blake2b(subject.encode(), digest_size=16).digest()


class Arrival(NamedTuple):
    """An event waiting for its cut to close."""

    subject: str
    key: EventKey
    append_ms: int
    event: Stored


class Journeys:
    """State of one partition between two saves.

    ``hot_items`` bounds the unpacked items kept in memory; ``time_zone``: the installation's, for the months of votes.
    """

    def __init__(
        self,
        store: StateStore,
        partition: int,
        generation: int,
        horizon_days: int,
        hot_items: int,
        time_zone: str = "UTC",
    ) -> None:
        self._store = store
        self._partition = partition
        self._generation = generation
        self._horizon_ms = horizon_days * DAY_MS
        self._hot_items = hot_items
        self._zone = ZoneInfo(time_zone)
        self._items: dict[str, Item] = {}
        self._dirty: dict[str, Item] = {}
        self._writes: dict[bytes, bytes | None] = {}
        self._timers = [(int.from_bytes(k[1:9], "big"), k[9:].decode()) for k, _ in store.scan(_TIMER)]
        heapq.heapify(self._timers)
        swept, last_w = store.get_many([_SWEPT, _LAST_W])
        self._swept_day = -1 if swept is None else int(swept)
        self._last_w = -1 if last_w is None else int(last_w)
        self._agreements = Agreements(store)
        self._intake = Intake(store)
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
        """Take in a cut's events; gives every record that is another than the one that stands published."""
        by_subject: dict[str, list[Arrival]] = {}
        agreed: list[Arrival] = []
        for arrival in cut:
            if arrival.event[CODE] == AGREED:
                agreed.append(arrival)
            else:
                by_subject.setdefault(arrival.subject, []).append(arrival)
        concerned = self._concerned(agreed, tick.w)
        for subject in concerned:
            by_subject.setdefault(subject, [])
        while self._timers and self._timers[0][0] < tick.w:
            by_subject.setdefault(heapq.heappop(self._timers)[1], [])
        self._load(by_subject)
        version = version_of(self._generation, tick.offset)
        for subject, arrivals in by_subject.items():
            item = self._items.get(subject)
            where = Stamp(subject, version, self._partition, tick.w)
            if item is None:
                yield from self._too_late(where, arrivals)
            elif self._take_in(item, arrivals, tick.w) or subject in concerned:
                yield from self._refold(item, where, tick.append_ms)
                self._dirty[subject] = item
        yield from self._arrived(version, tick.w)
        self._forget(tick)
        self._last_w = tick.w
        self._writes[_LAST_W] = str(tick.w).encode()

    def _concerned(self, agreed: list[Arrival], w: int) -> dict[str, None]:
        """Take in agreements; gives the subjects that asked for one that is another now."""
        pairs = self._agreements.take_in([((a.subject, *a.key), a.event) for a in agreed], w, self._writes)
        return dict.fromkeys(subject for pair in sorted(pairs) for subject in self._agreements.askers(pair, self._writes))

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
        changed = 0 <= item.wake < w
        self.counters["received"] += len(arrivals)
        for arrival in arrivals:
            key, event = arrival.key, arrival.event
            counts = self._intake.of(key[0], arrival.append_ms)
            counts["received"] += 1
            before = item.events.get(key)
            if before is not None and event <= before:
                word = "duplicate" if event == before else "stale"
                counts[word] += 1
                self.counters[word] += 1
                continue
            item.take(key, event, before)
            item.last_append = max(item.last_append, arrival.append_ms)
            changed = True
            if event[DELETED] or before is not None:
                word = "retracted" if event[DELETED] else "corrected"
                counts[word] += 1
                self.counters[word] += 1
            if event[TIME] < self._last_w:
                counts["late"] += 1
            elif event[TIME] > w + DAY_MS:
                counts["future"] += 1
        return changed

    def _refold(self, item: Item, where: Stamp, append_ms: int) -> list[Outgoing]:
        waiting, asked, judged = item.wake, item.asked, item.verdicts
        ended, records = refold(item, where, self._agreements, self._zone)
        subject = where.subject
        for word, source, _ in item.verdicts.keys() - judged.keys() if item.verdicts else ():
            self._intake.of(source, append_ms)[word] += 1
            self.counters[word] += 1
        if item.asked != asked:
            self._writes.update((asked_key(pair, subject), None) for pair in asked - item.asked)
            self._writes.update((asked_key(pair, subject), b"") for pair in item.asked - asked)
        self._file(_TIMER, subject, waiting, item.wake)
        if item.wake not in (-1, waiting):
            heapq.heappush(self._timers, (item.wake, subject))
        shelf = item.last_append // DAY_MS if ended else -1
        self._file(_SHELF, subject, item.shelf, shelf)
        item.shelf = shelf
        return records

    def _file(self, prefix: bytes, subject: str, before: int, now: int) -> None:
        """Move an item's entry in an index; -1 means none."""
        if before != now:
            if before >= 0:
                self._writes[_by_time(prefix, before, subject)] = None
            if now >= 0:
                self._writes[_by_time(prefix, now, subject)] = b""

    def _too_late(self, where: Stamp, arrivals: list[Arrival]) -> Iterator[Outgoing]:
        """The item was forgotten: its events are judged, not folded."""
        self.counters["received"] += len(arrivals)
        self.counters["too_late"] += len(arrivals)
        for arrival in arrivals:
            counts = self._intake.of(arrival.key[0], arrival.append_ms)
            counts["received"] += 1
            counts["too_late"] += 1
        for key in dict.fromkeys(a.key for a in arrivals):
            yield verdict(where, ("too_late", *key), "item_forgotten")

    def _arrived(self, version: int, w: int) -> Iterator[Outgoing]:
        """What each source's panes have received by now, as facts and for its scope."""
        for source, body in self._intake.changed(self._writes):
            pane = str(body.pane)
            fact = (source, str(self._partition), pane)
            key = fact_key("intake", *fact)
            record = _intake_record(
                body=body, subject=source, source=fact[1], id=pane, version=version, partition=self._partition, w=w
            )
            yield Outgoing(FACTS, key, key, encode_fact(record))
            where = Stamp("#".join(fact), version, self._partition, w)
            yield contribution(where, "source", [source], entries_of_intake(body))

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
        gone = [key for key in sorted(due) if self._writes.get(key, b"") is not None]
        for first in range(0, len(gone), _CHUNK):
            chunk = gone[first : first + _CHUNK]
            packed = self._get([_ITEM + key[9:] for key in chunk])
            for key, value in zip(chunk, packed, strict=True):
                subject = key[9:].decode()
                item = self._items.pop(subject, None) or (Item() if value is None else unpack(value))
                self._dirty.pop(subject, None)
                self._writes.update((asked_key(pair, subject), None) for pair in item.asked)
                self._writes[key] = None
                self._writes[_ITEM + subject.encode()] = None
                self._writes[gone_key(subject)] = b""
                self.counters["forgotten"] += 1
        self._intake.drop(tick.append_ms, self._writes)

    def changes(self) -> dict[bytes, bytes | None]:
        """Writes since the last call. Afterwards ended items leave memory, and the oldest beyond the bound."""
        writes, self._writes = self._writes, {}
        for subject, item in self._dirty.items():
            writes[_ITEM + subject.encode()] = item.pack()
            if item.shelf >= 0:
                self._items.pop(subject, None)
        self._dirty = {}
        surplus = len(self._items) - self._hot_items
        for subject in list(islice(self._items, max(surplus, 0))):
            del self._items[subject]
        return writes
