"""One work item's state: its surviving events and what was published of it, packed for the store."""

from bisect import bisect_left
from typing import Any

import msgspec

from streams.journeys.arrivals import BODY, CODE, DELETED, RESOLVED, SEQUENCE, STATUS, TIME, Stored
from streams.journeys.lifecycle import Row

EventKey = tuple[str, str]
"""(source, id) of an event within its subject."""

_Packed = tuple[bool, int, int, int, list[tuple[str, str, str]], list[tuple[Any, ...]]]
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)


class Item:
    """State of one work item in a partition.

    ``published``: a fact of it stands. ``verdicts``: published anomalies, by event. ``last_append``: append time (ms) of the
    last record for it. ``pending``: time (ms) of its earliest event the watermark has not passed, -1 for none. ``shelf``: the
    append day under which it waits to be forgotten, -1 while it is open.
    """

    __slots__ = ("events", "last_append", "pending", "published", "shelf", "verdicts")

    def __init__(self) -> None:
        self.events: dict[EventKey, Stored] = {}
        self.published = False
        self.verdicts: dict[EventKey, str] = {}
        self.last_append = 0
        self.pending = -1
        self.shelf = -1

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
        """The state as bytes; ``unpack`` gives it back."""
        verdicts = [(*key, reason) for key, reason in self.verdicts.items()]
        events = [(*key, *event) for key, event in self.events.items()]
        return _encoder.encode((self.published, self.last_append, self.pending, self.shelf, verdicts, events))


def unpack(packed: bytes) -> Item:
    """The item of ``Item.pack``."""
    item = Item()
    item.published, item.last_append, item.pending, item.shelf, verdicts, events = _decoder.decode(packed)
    item.verdicts = {(v[0], v[1]): v[2] for v in verdicts}
    item.events = {(e[0], e[1]): e[2:] for e in events}
    return item


def ended(rows: list[Row], pending: int) -> bool:
    """Whether nothing is awaited of an item: no younger events, and its last status is resolved or closed, or it has none."""
    if pending >= 0:
        return False
    if not rows:
        return True
    for _, _, code, _, _, event in reversed(rows):
        if code == STATUS:
            return bool(event[BODY] >= RESOLVED)
    return False
