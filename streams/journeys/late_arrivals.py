"""What becomes of events as they arrive: new, duplicate, stale, corrected, retracted, late, too late, or beyond a cap.

An event in a later cut than its time asks for is no case of its own: it survives or not by its revision, and its item is
folded anew. Only an item that was forgotten, or has reached its cap, can't take it in; then the event is judged by a published
verdict.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.counters import ArrivalWord, Counters
from schemas.timestamps import DAY_MS
from streams.engine.ports import Outgoing
from streams.journeys.arrival_counts import ArrivalCounts, Counts
from streams.journeys.caps import Caps, beyond
from streams.journeys.control_survivors import ControlKey
from streams.journeys.item_state import Item
from streams.journeys.output_diff import Stamp, verdict
from streams.journeys.stored_event import EventKey, StoredEvent, repeats


class Arrival(NamedTuple):
    """An event waiting for its cut to close; ``append_ms``: when its record was appended.

    ``unordered``: the source's own place of it is a text that is no number, and was ignored.
    """

    subject: str
    key: EventKey
    append_ms: int
    event: StoredEvent
    unordered: bool = False

    @property
    def control_key(self) -> ControlKey:
        """Of a control record: which one it is about."""
        return ControlKey(self.subject, *self.key)


class LateArrivals:
    """Judges arrivals at one partition; ``counts`` are those by source, ``counters`` those of the process.

    ``beyond_cap``: what the last ``take_in`` left out, with the cap that was reached. ``repeated``: it kept an event that says
    what the one before it said, but was recorded later.
    """

    def __init__(self, counts: ArrivalCounts, counters: Counters, caps: Caps) -> None:
        self._counts = counts
        self._counters = counters
        self._caps = caps
        self._fewest = min(caps)
        self.beyond_cap: dict[EventKey, str] = {}
        self.repeated = False

    def take_in(self, item: Item, arrivals: Sequence[Arrival], last_w: int, w: int) -> bool:
        """Choose the survivors; True when the item must be folded anew. ``last_w`` is the W before ``w``."""
        # A timer that is due folds the item without any event.
        changed = 0 <= item.timer < w
        self.beyond_cap, self.repeated = {}, False
        self._counters["received"] += len(arrivals)
        for arrival in arrivals:
            key, event = arrival.key, arrival.event
            source, _ = key
            counts = self._counts.of(source, arrival.append_ms)
            counts["received"] += 1
            if arrival.unordered:
                self._count_unordered(counts)
            before = item.events.get(key)
            word: ArrivalWord
            if before is not None and (event <= before or repeats(event, before)):
                # A second delivery, or an older revision that was overtaken; neither changes what a survivor says.
                word = "duplicate" if repeats(event, before) else "stale"
                counts[word] += 1
                self._counters[word] += 1
                if event > before:
                    # An importer records a row anew with each export: the newest is kept, so that order of arrival is nothing.
                    item.events[key] = event
                    self.repeated = True
                continue
            # Asked only from where a cap can be reached: most items stay far below.
            reason = beyond(item, key, event, self._caps) if len(item.events) >= self._fewest else ""
            if reason:
                # Once for each event, like what is too late: nothing of it is kept that could tell whether it came before.
                self.beyond_cap[key] = reason
                counts["beyond_cap"] += 1
                self._counters["beyond_cap"] += 1
                continue
            item.take(key, event, before)
            # The horizon counts from it, so only what is taken in keeps an item alive, not its duplicates.
            item.last_append = max(item.last_append, arrival.append_ms)
            changed = True
            if event.deleted or before is not None:
                word = "retracted" if event.deleted else "corrected"
                counts[word] += 1
                self._counters[word] += 1
            # Against the W before this cut: an event before it would have been in an earlier cut, had it arrived in time.
            if event.time < last_w:
                counts["late"] += 1
            elif event.time > w + DAY_MS:
                counts["future"] += 1
        return changed

    def _count_unordered(self, counts: Counts) -> None:
        counts["sequence_ignored"] += 1
        self._counters["sequence_ignored"] += 1

    def too_late(self, stamp: Stamp, arrivals: Sequence[Arrival], forgotten_tick: int) -> Iterator[Outgoing]:
        """The item was forgotten, at the tick with that offset: its events are judged, not folded."""
        self._counters["received"] += len(arrivals)
        self._counters["too_late"] += len(arrivals)
        for arrival in arrivals:
            source, _ = arrival.key
            counts = self._counts.of(source, arrival.append_ms)
            counts["received"] += 1
            counts["too_late"] += 1
            if arrival.unordered:
                self._count_unordered(counts)
        # Once for each event, in the order of arrival: a duplicate would be the same record again.
        for source, event_id in dict.fromkeys(arrival.key for arrival in arrivals):
            yield verdict(stamp, "too_late", source, event_id, "item_forgotten", forgotten_tick=forgotten_tick)
