"""One subject's state: its surviving events and what was published of it, packed for the store."""

from bisect import bisect_left
from typing import Any, TypeAlias

import msgspec

from measures.contributions import CustodyGroups
from measures.handoffs import HandoffState
from schemas.facts import VerdictWord
from schemas.structs.facts import RatingGroupFact, VoteFact
from streams.journeys.agreements import Pair
from streams.journeys.event_conversion import Cells, cells_of, from_cells
from streams.journeys.implicit_handoffs import ImplicitHandoffs
from streams.journeys.journey import Journey
from streams.journeys.stored_event import EventKey, OrderedEvent, StoredEvent, place_of
from streams.journeys.votes import ReleasedVote, ReleasedVotes

OutputKey: TypeAlias = tuple[int, *tuple[str, ...]]
"""A kind of output (a number of ``output_diff``) and the texts that tell one of that kind from another."""
VerdictKey: TypeAlias = tuple[VerdictWord, str, str]
Verdicts: TypeAlias = dict[VerdictKey, str]
"""(verdict, source, id) → reason."""
_Packed: TypeAlias = tuple[
    int,
    int,
    int,
    int,
    int,
    list[tuple[VerdictWord, str, str, str]],
    list[Cells],
    list[str],
    list[tuple[Any, ...]],  # a kind, numbers of texts, the last perhaps of an event, a fingerprint
    list[int],
    list[tuple[int, int]],
    list[RatingGroupFact],
    list[tuple[str, str, int, int, int, str, bytes]],  # rater, id, group, number of the event, time, sequence, fingerprint
]
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)


class FoldCache:
    """What the last fold made of a subject, so that the next one need not make it again. Never saved; nothing depends on it.

    ``handoffs`` and ``votes``: by output key, as published. ``entries``: each handoff's in JSON, by group. ``awaited``: a heap
    of the due times that W has not passed, with the handoff's key. ``last_offer``: the latest of the handoffs' first offers
    (ms); ``teams``: of all of them. ``groups``: how many rating groups were published. ``journey`` and ``implicit``: of an
    item whose every event they have taken, in order, up to ``last``; None where that may not be so. ``custody``: of the part
    of ``path`` that was published.
    """

    __slots__ = (
        *("awaited", "custody", "entries", "groups", "handoffs", "implicit", "journey", "last", "last_offer", "path"),
        *("path_at", "teams", "votes"),
    )

    def __init__(self) -> None:
        self.handoffs: dict[OutputKey, HandoffState] = {}
        self.entries: dict[OutputKey, list[tuple[int, bytes]]] = {}
        self.awaited: list[tuple[int, OutputKey]] = []
        self.last_offer = -1
        self.teams: set[str] = set()
        self.votes: dict[OutputKey, VoteFact] = {}
        self.groups = 0
        self.journey: Journey | None = None
        self.implicit: ImplicitHandoffs | None = None
        self.last: OrderedEvent | None = None
        self.path: list[str] = []
        self.path_at: list[int] = []
        self.custody = CustodyGroups()


class Item:
    """State of one subject (a work item, or a pair that was rated) in a partition.

    ``fingerprints``: of each output that is published now. ``route``: the one its handoffs are published on, empty for none.
    ``verdicts``: those published. ``asked``: pairs whose agreement had a say. ``codes``: a bit for each type of event it ever
    had. ``full``: what it takes in no more (``streams.journeys.caps``). ``last_append``: append time (ms) of its
    last record.
    ``pending``: time (ms) of its earliest event the watermark has not passed, -1 for none. ``timer``: the earliest of that,
    the next due time (ms) and, while votes wait, the next release; -1 for none. ``ended_day``: the append day under which it
    waits to be forgotten, -1 if open. ``groups``: the rating groups released so far, for ever; ``spent``: the votes in them.
    Both depend on what was there when and can't be had from the events again. ``fresh``: events new since the last fold; None
    where a fold must start from the first event. ``cache``: of the last fold, None when there was none since it was read.
    """

    __slots__ = (
        *("asked", "cache", "codes", "ended_day", "events", "fingerprints", "fresh", "full", "groups", "last_append"),
        *("pending", "route", "spent", "timer", "verdicts"),
    )

    def __init__(self) -> None:
        self.events: dict[EventKey, StoredEvent] = {}
        self.fingerprints: dict[OutputKey, bytes] = {}
        self.route: tuple[str, ...] = ()
        self.verdicts: Verdicts = {}
        self.asked: set[Pair] = set()
        self.groups: list[RatingGroupFact] = []
        self.spent: ReleasedVotes = {}
        self.codes = 0
        self.full = 0
        self.last_append = 0
        self.pending = -1
        self.timer = -1
        self.ended_day = -1
        self.fresh: list[OrderedEvent] | None = None
        self.cache: FoldCache | None = None

    def take(self, key: EventKey, event: StoredEvent, before: StoredEvent | None) -> None:
        """An event that survives ``before``."""
        self.events[key] = event
        # Never taken away, also where all events of the type are retracted: that part is then folded for nothing, and a pair
        # that was rated once never ends.
        self.codes |= 1 << event.code
        if self.fresh is not None:
            # Something new can be appended to a fold; something replaced or retracted needs one from the first event.
            if before is None and not event.deleted:
                self.fresh.append((event.time, place_of(event), event.code, *key, event))
            else:
                self.fresh = None

    def in_order(self, w: int) -> list[OrderedEvent]:
        """Its events before ``w`` (ms), in order, retractions left out; sets ``pending`` from the younger ones."""
        ordered: list[OrderedEvent] = [
            # ``place_of``, without a call for each event of each fold
            (event.time, place_of(event) if event.nanos else event.sequence, event.code, source, event_id, event)
            for (source, event_id), event in self.events.items()
            if not event.deleted
        ]
        # Tuples of plain cells compare in C; the event comes last and decides nothing, since (source, id) is unique.
        ordered.sort()
        self.pending = -1
        if ordered:
            newest, *_ = ordered[-1]
            if newest >= w:  # mostly nothing is younger
                first = bisect_left(ordered, (w,))
                self.pending, *_ = ordered[first]
                del ordered[first:]
        return ordered

    def pack(self) -> bytes:
        """The state as bytes; ``unpack`` gives it back, but for the cache. Names are written once, events referred to."""
        names: dict[str, int] = {}
        # The order of ``events`` is part of the packed bytes: references below are positions in it.
        number_of = {key: n for n, key in enumerate(self.events)}
        fingerprints: list[tuple[int | bytes, ...]] = []
        # Sorted, so that a state has the same bytes whatever order its outputs were published in.
        for (kind, *texts), fingerprint in sorted(self.fingerprints.items()):
            number = number_of.get((texts[-2], texts[-1])) if len(texts) > 1 else None
            # A negative kind marks a reference, which saves two texts for each move.
            if number is not None:  # an implicit handoff has its move's source and id
                numbers = [names.setdefault(text, len(names)) for text in texts[:-2]]
                fingerprints.append((-kind, *numbers, number, fingerprint))
            else:
                fingerprints.append((kind, *[names.setdefault(text, len(names)) for text in texts], fingerprint))
        route = [names.setdefault(team, len(names)) for team in self.route]
        asked = [(names.setdefault(a, len(names)), names.setdefault(b, len(names))) for a, b in sorted(self.asked)]
        verdicts = [(*key, reason) for key, reason in self.verdicts.items()]
        events = [(*key, *cells_of(event)) for key, event in self.events.items()]
        spent = [
            (*key, v.group, number_of[v.source, v.id], v.time, str(v.sequence), v.fingerprint) for key, v in self.spent.items()
        ]
        packed = (
            *(self.codes, self.full, self.last_append, self.timer, self.ended_day),
            *(verdicts, events, list(names), fingerprints, route, asked, self.groups, spent),
        )
        return _encoder.encode(packed)


def unpack(packed: bytes) -> Item:
    """The item of ``Item.pack``."""
    item = Item()
    codes, full, last_append, timer, ended_day, *rest = _decoder.decode(packed)
    verdicts, events, names, fingerprints, route, asked, groups, spent = rest
    # ``fresh`` and ``cache`` stay None, so the first fold after a restart starts from the first event.
    item.codes, item.full, item.last_append, item.timer, item.ended_day = codes, full, last_append, timer, ended_day
    item.verdicts = {(verdict, source, event_id): reason for verdict, source, event_id, reason in verdicts}
    keys: list[EventKey] = []
    for source, event_id, *cells in events:
        key = str(source), str(event_id)
        keys.append(key)
        item.events[key] = from_cells(cells)
    for kind, *numbers, fingerprint in fingerprints:
        if kind < 0:
            *of_names, event = numbers
            item.fingerprints[(-kind, *[names[number] for number in of_names], *keys[event])] = fingerprint
        else:
            item.fingerprints[(kind, *[names[number] for number in numbers])] = fingerprint
    item.route = tuple(names[number] for number in route)
    item.groups = groups
    item.spent = {
        (rater, vote): ReleasedVote(group, keys[number][0], keys[number][1], time, int(sequence), fingerprint)
        for rater, vote, group, number, time, sequence, fingerprint in spent
    }
    item.asked = {(names[supplier], names[customer]) for supplier, customer in asked}
    return item
