"""One subject's state: its surviving events and what was published of it, packed for the store."""

from bisect import bisect_left
from typing import Any

import msgspec

from measures.handoffs import HandoffState
from streams.journeys.agreements import Pair
from streams.journeys.explicit_handoffs import Row
from streams.journeys.implicit_handoffs import Moves
from streams.journeys.journey import Journey
from streams.journeys.stored_event import CODE, DELETED, SEQUENCE, TIME, Stored

EventKey = tuple[str, str]
"""(source, id) of an event within its subject."""
OutputKey = tuple[Any, ...]
"""A kind (a number of ``changed``) and the texts that tell one output of that kind from another."""
Verdicts = dict[tuple[str, str, str], str]
"""(verdict, source, id) → reason."""

_Packed = tuple[
    int,
    int,
    int,
    int,
    list[tuple[str, str, str, str]],
    list[tuple[Any, ...]],
    list[str],
    list[tuple[Any, ...]],
    list[tuple[int, int]],
]
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)


class FoldCache:
    """What the last fold made of a subject, so that the next one need not make it again. Never saved; nothing depends on it.

    ``lives`` and ``votes``: by output key, as told. ``given``: each life's entries in JSON, without brackets. ``journey`` and
    ``moves``: of an item whose every event they have taken, in order, up to ``last``; None where that may not be so. ``path``,
    ``path_at``, and ``steps``: how many of them were told.
    """

    __slots__ = ("given", "journey", "last", "lives", "moves", "path", "path_at", "steps", "votes")

    def __init__(self) -> None:
        self.lives: dict[OutputKey, HandoffState] = {}
        self.given: dict[OutputKey, bytes] = {}
        self.votes: dict[OutputKey, Any] = {}
        self.journey: Journey | None = None
        self.moves: Moves | None = None
        self.last: Row | None = None
        self.path: list[str] = []
        self.path_at: list[int] = []
        self.steps = 0


class Item:
    """State of one subject (a work item, or a pair that was rated) in a partition.

    ``fingerprints``: a fingerprint of each output that stands published. ``verdicts``: those published. ``asked``: pairs whose
    agreement had a say. ``codes``: a bit for each type of event it ever had. ``last_append``: append time (ms) of the last
    record for it. ``pending``: time (ms) of its earliest event the watermark has not passed, -1 for none. ``wake``: of that
    and the earliest due time to come. ``shelf``: the append day under which it waits to be forgotten, -1 while it is open.
    ``fresh``: events new since the last fold; None: a fold must look at all. ``traces``: of the last fold, None when there was
    none since it was read.
    """

    __slots__ = (
        *(
            "asked",
            "codes",
            "events",
            "fresh",
            "last_append",
            "pending",
            "fingerprints",
            "shelf",
            "traces",
            "verdicts",
            "wake",
        ),
    )

    def __init__(self) -> None:
        self.events: dict[EventKey, Stored] = {}
        self.fingerprints: dict[OutputKey, bytes] = {}
        self.verdicts: Verdicts = {}
        self.asked: set[Pair] = set()
        self.codes = 0
        self.last_append = 0
        self.pending = -1
        self.wake = -1
        self.shelf = -1
        self.fresh: list[Row] | None = None
        self.traces: FoldCache | None = None

    def take(self, key: EventKey, event: Stored, before: Stored | None) -> None:
        """An event that survives ``before``."""
        self.events[key] = event
        self.codes |= 1 << event[CODE]
        if self.fresh is not None:
            if before is None and not event[DELETED]:
                self.fresh.append((event[TIME], event[SEQUENCE], event[CODE], *key, event))
            else:
                self.fresh = None

    def rows(self, w: int) -> list[Row]:
        """Its events before ``w`` (ms), in order, retractions left out; sets ``pending`` from the younger ones."""
        rows = [
            (event[TIME], event[SEQUENCE], event[CODE], source, event_id, event)
            for (source, event_id), event in self.events.items()
            if not event[DELETED]
        ]
        rows.sort()
        first = len(rows) if not rows or rows[-1][0] < w else bisect_left(rows, (w,))  # mostly nothing is younger
        self.pending = rows[first][0] if first < len(rows) else -1
        del rows[first:]
        return rows

    def pack(self) -> bytes:
        """The state as bytes; ``unpack`` gives it back, but for traces. Names are written once, events referred to."""
        names: dict[str, int] = {}
        place = {key: n for n, key in enumerate(self.events)}
        fingerprints = []
        for key, fingerprint in sorted(self.fingerprints.items()):
            at = place.get(key[1:])  # an implicit handoff has its move's source and id
            refs = (at,) if at is not None else tuple([names.setdefault(text, len(names)) for text in key[1:]])
            fingerprints.append((key[0] if at is None else -key[0], *refs, fingerprint))
        asked = [(names.setdefault(a, len(names)), names.setdefault(b, len(names))) for a, b in sorted(self.asked)]
        verdicts = [(*key, reason) for key, reason in self.verdicts.items()]
        events = [(*key, *event) for key, event in self.events.items()]
        packed = (self.codes, self.last_append, self.wake, self.shelf, verdicts, events, list(names), fingerprints, asked)
        return _encoder.encode(packed)


def unpack(packed: bytes) -> Item:
    """The item of ``Item.pack``."""
    item = Item()
    item.codes, item.last_append, item.wake, item.shelf, verdicts, events, names, fingerprints, asked = _decoder.decode(packed)
    item.verdicts = {(v[0], v[1], v[2]): v[3] for v in verdicts}
    item.events = {(e[0], e[1]): e[2:] for e in events}
    for kind, *refs, fingerprint in fingerprints:
        if kind < 0:
            item.fingerprints[-kind, *events[refs[0]][:2]] = fingerprint
        else:
            item.fingerprints[kind, *[names[ref] for ref in refs]] = fingerprint
    item.asked = {(names[a], names[b]) for a, b in asked}
    return item
