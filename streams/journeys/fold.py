"""The journeys fold of one partition: cuts in, changed facts out. No clock, no randomness, no settings but the generation's.

Published for W is the fold of each id's surviving revision within the cut, chosen first, and of those only the ones before
W. Everything an item says is folded anew whenever its survivors change or a younger event's time has come, so late, corrected
and retracted events are one mechanism. Rating groups alone stay as they were made (``streams.journeys.votes``).

Groups of its state: ``w`` the last W, ``b`` the last one on the five-minute grid (at first the first); those of items,
timers, ended items, agreements and arrival counts stand there.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from zoneinfo import ZoneInfo

from measures.entries import entries_of_intake
from schemas.counters import Counters
from schemas.errors import Park
from schemas.fields import sequence_number
from schemas.keys import fact_key
from schemas.record_codec import encode_record
from schemas.structs.events import AnyEvent
from schemas.structs.fact_records import IntakeRecord
from schemas.ticks import BOUNDARY_MS
from schemas.timestamps import AHEAD_MS, DAY_MS
from schemas.topics import FACTS
from schemas.watermarks import version_of
from streams.engine.buffered_state import BufferedState
from streams.engine.ports import Outgoing, StateStore, Tick
from streams.journeys.agreements import Agreements
from streams.journeys.arrival_counts import ArrivalCounts
from streams.journeys.caps import CAPS, Caps
from streams.journeys.ended_items import EndedItems
from streams.journeys.event_conversion import stored
from streams.journeys.item_cache import ItemCache
from streams.journeys.item_fold import refold
from streams.journeys.item_state import Item
from streams.journeys.late_arrivals import Arrival, LateArrivals
from streams.journeys.output_diff import Stamp, contribution, verdict
from streams.journeys.stored_event import AGREED, NAMED
from streams.journeys.timers import Timers

VERSION = 4
"""Of the fold's rules and its state's shape; another version is another generation."""
# Items unpacked at once while a day is swept.
_CHUNK = 1000
_LAST_W, _LAST_BOUNDARY = b"w", b"b"


class Journeys:
    """State of one partition between two saves.

    ``hot_items`` bounds the unpacked items kept in memory; ``time_zone``: the installation's, for the months of votes;
    ``caps``: others in tests alone.
    """

    def __init__(
        self,
        store: StateStore,
        partition: int,
        generation: int,
        horizon_days: int,
        hot_items: int,
        time_zone: str = "UTC",
        caps: Caps = CAPS,
    ) -> None:
        self._partition = partition
        self._generation = generation
        self._horizon_ms = horizon_days * DAY_MS
        self._zone = ZoneInfo(time_zone)
        self._state = BufferedState(store)
        self._items = ItemCache(self._state, hot_items)
        self._timers = Timers(self._state)
        self._ended = EndedItems(self._state)
        self._agreements = Agreements(self._state)
        self._arrived = ArrivalCounts(self._state)
        last_w, last_boundary = self._state.get_many([(_LAST_W, b""), (_LAST_BOUNDARY, b"")])
        self._last_w = -1 if last_w is None else int(last_w)
        self._last_boundary = -1 if last_boundary is None else int(last_boundary)
        self.counters: Counters = Counter()
        self._late = LateArrivals(self._arrived, self.counters, caps)

    def admit(self, event: AnyEvent, append_ms: int) -> Arrival | None:
        """The event as it is kept; None for what is not. Raises ``Park`` when its time is far ahead of its arrival."""
        kept = stored(event)
        if kept is None:
            self.counters["control"] += 1
            return None
        # Event time against append time, both in the record: every replay decides alike. Further ahead an event would wait
        # longer than the log is kept.
        if kept.time > append_ms + AHEAD_MS:
            raise Park("too_far_ahead", "time: more than 400 days after the record arrived")
        sequence = event.sequence
        unordered = type(sequence) is not int and sequence_number(sequence) is None
        return Arrival(event.subject, (event.source, event.id), append_ms, kept, unordered)

    def close(self, cut: Sequence[Arrival], tick: Tick) -> Iterator[Outgoing]:
        """Take in a cut's events; gives every record that differs from the one published before."""
        # A dict, never a set, decides the order of subjects: the same cut publishes the same records in the same order.
        by_subject: dict[str, list[Arrival]] = {}
        agreed: list[Arrival] = []
        named: list[Arrival] = []
        for arrival in cut:
            if arrival.event.code == AGREED:
                agreed.append(arrival)
            elif arrival.event.code == NAMED:
                named.append(arrival)
            else:
                by_subject.setdefault(arrival.subject, []).append(arrival)
        # 1 names and agreements first: those of this cut are in force for the items folded below
        concerned = self._renamed(named, tick.w) | self._concerned(agreed, tick.w)
        # 2 who is looked at: subjects with events, with another agreement, with a timer before W
        for subject in (*concerned, *self._timers.due(tick.w)):
            by_subject.setdefault(subject, [])
        # 3 a chunk of them at a time, in two reads of the store: a rename may concern every item there is
        # The tick's offset, not W: it rises within a partition even where two clocks write one W.
        version = version_of(self._generation, tick.offset)
        subjects = iter(list(by_subject))
        while chunk := list(islice(subjects, _CHUNK)):
            self._items.load(chunk)
            for subject in chunk:
                yield from self._close_one(subject, by_subject[subject], subject in concerned, version, tick)
            if len(by_subject) > _CHUNK:
                self._items.settle()  # packed they wait for the save, unpacked they would fill the memory
        # 4 after the items, whose verdicts are counted into the panes
        yield from self._publish_arrivals(version, tick.w)
        # 5 after the folds: an item that this cut revived is no longer among the ended ones
        self._forget(tick)
        # 6 last: up to here it is the W before, against which lateness is judged
        self._last_w = tick.w
        self._state.put(_LAST_W, b"", str(tick.w).encode())
        if self._last_boundary < 0 or tick.w % BOUNDARY_MS == 0:
            self._last_boundary = tick.w
            self._state.put(_LAST_BOUNDARY, b"", str(tick.w).encode())

    def _close_one(
        self, subject: str, arrivals: list[Arrival], concerned: bool, version: int, tick: Tick
    ) -> Iterator[Outgoing]:
        item = self._items.get(subject)
        stamp = Stamp(subject, version, self._partition, tick.w)
        if item is None:
            yield from self._late.too_late(stamp, arrivals, self._items.forgotten_tick(subject))
            return
        if concerned:
            # Due times that no event touches may be others, or its teams have other names: nothing of the last fold holds.
            item.fresh = None
        # ``_take_in`` stands first: behind a true ``or`` its arrivals would be lost.
        if self._take_in(item, arrivals, tick.w) or concerned:
            yield from self._refold(item, stamp, tick.append_ms)
            self._items.changed(subject, item)
        for (source, event_id), reason in self._late.beyond_cap.items():
            yield verdict(stamp, "beyond_cap", source, event_id, reason)
        if self._late.beyond_cap or self._late.repeated:
            # That it is full is a change, too, and so is when an event was recorded last: it decides about the next revision.
            self._items.changed(subject, item)

    def _renamed(self, named: list[Arrival], w: int) -> dict[str, None]:
        """Take in what names mean; gives the subjects that hold one that may mean another team now."""
        names = self._agreements.teams.take_in([(a.control_key, a.event) for a in named], w)
        return dict.fromkeys(self._items.mentioning(names) if names else ())

    def _concerned(self, agreed: list[Arrival], w: int) -> dict[str, None]:
        """Take in agreements; gives the subjects that asked for one that is another now."""
        pairs = self._agreements.take_in([(a.control_key, a.event) for a in agreed], w)
        return dict.fromkeys(subject for pair in sorted(pairs) for subject in self._agreements.askers(pair))

    def _take_in(self, item: Item, arrivals: list[Arrival], w: int) -> bool:
        return self._late.take_in(item, arrivals, self._last_w, w)

    def _refold(self, item: Item, stamp: Stamp, append_ms: int) -> list[Outgoing]:
        # What the indices hold of the item, before the fold sets it anew.
        timer, asked, judged = item.timer, item.asked, item.verdicts
        ended, records = refold(item, stamp, self._agreements, self._zone, self._last_boundary)
        subject = stamp.subject
        # Only new ones: an item's events are judged again at each fold, and counts only grow.
        for word, source, _ in item.verdicts.keys() - judged.keys() if item.verdicts else ():
            self._arrived.of(source, append_ms)[word] += 1
            self.counters[word] += 1
        if item.asked != asked:
            # Those that one side alone has. Without the index an agreement that comes later would not reach the item.
            for pair in asked ^ item.asked:
                self._agreements.asked(pair, subject, pair in item.asked)
        self._timers.move(subject, timer, item.timer)
        # In append time: an item of years ago that was imported today stays for its whole horizon.
        day = item.last_append // DAY_MS if ended else -1
        self._ended.move(subject, item.ended_day, day)
        item.ended_day = day
        return records

    def _publish_arrivals(self, version: int, w: int) -> Iterator[Outgoing]:
        """What each source's panes have received by now, as facts and for its scope."""
        for source, body in self._arrived.changed():
            partition, pane = str(self._partition), str(body.pane)
            record = IntakeRecord(
                body=body, subject=source, source=partition, id=pane, version=version, partition=self._partition, w=w
            )
            # The partition is part of the key, because every partition counts the same source and pane.
            key = fact_key("intake", source, partition, pane)
            yield Outgoing(FACTS, key, key, encode_record(record))
            stamp = Stamp(f"{source}#{partition}#{pane}", version, self._partition, w)
            yield contribution(stamp, "source", [source], entries_of_intake(body))

    def _forget(self, tick: Tick) -> None:
        """Once in a day of append time: ended items past the horizon leave nothing but a hash and this tick."""
        past = self._ended.sweep((tick.append_ms - self._horizon_ms) // DAY_MS)
        # The generator writes as it goes, so it must be used up within this tick.
        while subjects := list(islice(past, _CHUNK)):
            for subject, item in zip(subjects, self._items.forget(subjects, tick.offset), strict=True):
                for pair in item.asked:
                    self._agreements.asked(pair, subject, holds=False)
                self.counters["forgotten"] += 1
        self._arrived.drop(tick.append_ms)

    def changes(self) -> dict[bytes, bytes | None]:
        """Writes since the last call. Afterwards ended items leave memory, and the oldest beyond the bound."""
        # Items are packed once for each save, however many ticks changed them; in a tick of many chunks after each.
        self._items.settle()
        return self._state.changes()
