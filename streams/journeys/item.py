"""One subject's state: its surviving events and what was published of it, packed for the store."""

from bisect import bisect_left
from typing import Any

import msgspec

from measures.handoffs import Life
from streams.journeys.agreements import Pair
from streams.journeys.arrivals import BODY, CODE, DELETED, RATED, RESOLVED, SEQUENCE, STATUS, TIME, Stored
from streams.journeys.lifecycle import Row

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


class Traces:
    """What a fold made of a subject: handoffs' lives and votes' facts by output key, and the path of ``measures.custody``."""

    __slots__ = ("lives", "path", "path_at", "votes")

    def __init__(self) -> None:
        self.lives: dict[OutputKey, Life] = {}
        self.votes: dict[OutputKey, Any] = {}
        self.path: list[str] = []
        self.path_at: list[int] = []


class Item:
    """State of one subject (a work item, or a pair that was rated) in a partition.

    ``prints``: a fingerprint of each output that stands published. ``verdicts``: those published. ``asked``: pairs whose
    agreement had a say. ``codes``: a bit for each type of event it ever had. ``last_append``: append time (ms) of the last
    record for it. ``pending``: time (ms) of its earliest event the watermark has not passed, -1 for none. ``wake``: of that
    and the earliest due time to come. ``shelf``: the append day under which it waits to be forgotten, -1 while it is open.
    ``traces``: what the last fold here made of each part, so that equal parts are not made again; None: nothing is known,
    and nothing depends on it.
    """

    __slots__ = ("asked", "codes", "events", "last_append", "pending", "prints", "shelf", "traces", "verdicts", "wake")

    def __init__(self) -> None:
        self.events: dict[EventKey, Stored] = {}
        self.prints: dict[OutputKey, bytes] = {}
        self.verdicts: Verdicts = {}
        self.asked: set[Pair] = set()
        self.codes = 0
        self.last_append = 0
        self.pending = -1
        self.wake = -1
        self.shelf = -1
        self.traces: Traces | None = None

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
        prints = []
        for key, fingerprint in self.prints.items():
            at = place.get(key[1:])  # an implicit handoff has its move's source and id
            refs = (at,) if at is not None else tuple([names.setdefault(text, len(names)) for text in key[1:]])
            prints.append((key[0] if at is None else -key[0], *refs, fingerprint))
        asked = [(names.setdefault(a, len(names)), names.setdefault(b, len(names))) for a, b in sorted(self.asked)]
        verdicts = [(*key, reason) for key, reason in self.verdicts.items()]
        events = [(*key, *event) for key, event in self.events.items()]
        packed = (self.codes, self.last_append, self.wake, self.shelf, verdicts, events, list(names), prints, asked)
        return _encoder.encode(packed)


def unpack(packed: bytes) -> Item:
    """The item of ``Item.pack``."""
    item = Item()
    item.codes, item.last_append, item.wake, item.shelf, verdicts, events, names, prints, asked = _decoder.decode(packed)
    item.verdicts = {(v[0], v[1], v[2]): v[3] for v in verdicts}
    item.events = {(e[0], e[1]): e[2:] for e in events}
    for kind, *refs, fingerprint in prints:
        if kind < 0:
            item.prints[-kind, *events[refs[0]][:2]] = fingerprint
        else:
            item.prints[kind, *[names[ref] for ref in refs]] = fingerprint
    item.asked = {(names[a], names[b]) for a, b in asked}
    return item


def ended(item: Item, rows: list[Row]) -> bool:
    """Whether nothing is awaited of a subject: no time to come, and its last status is resolved or closed, or it says nothing.

    Who was rated may be rated again at any time.
    """
    if item.wake >= 0 or item.codes >> RATED & 1:
        return False
    if not rows:
        return True
    for _, _, code, _, _, event in reversed(rows):
        if code == STATUS:
            return bool(event[BODY] >= RESOLVED)
    return False
