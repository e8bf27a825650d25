"""Agreements as the journeys state keeps them: which is in force for a pair at a time, and for whom a change matters.

They are events like others: deduped, revised, retracted, and without effect before W has passed their time. A journey that
asked for a pair's agreement stands in an index, so that it is folded again when the answer may be another one; so what is
published stays a function of the surviving events, whatever came first.

Keys: ``a<hash>`` an agreement's surviving event, ``c<hash of pair><subject>`` who asked.
"""

from bisect import bisect_right
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import msgspec

from streams.engine.ports import StateStore
from streams.journeys.stored_event import BODY, DELETED, SEQUENCE, TIME, Stored

Pair = tuple[str, str]
Writes = dict[bytes, bytes | None]
_AGREED, _ASKED = b"a", b"c"
_Key = tuple[str, str, str]
"""(subject, source, id)."""
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[bool, _Key, tuple[Any, ...]])
_TEAM, _VALID_FROM, _LINES = BODY + 2, BODY + 3, BODY + 4


def _hash(*parts: str, size: int) -> bytes:
    return blake2b("\x1f".join(parts).encode(), digest_size=size).digest()


def asked_key(pair: Pair, subject: str) -> bytes:
    """Where it stands that a subject asked for a pair's agreement; two pairs in one place only fold more than needed."""
    return _ASKED + _hash(*pair, size=8) + subject.encode()


class Agreements:
    """All agreements of an installation, in memory."""

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._events: dict[_Key, Stored] = {}
        self._counted: dict[_Key, Stored] = {}
        self._pending: set[_Key] = set()
        self._of_pair: dict[Pair, list[tuple[Any, ...]]] = {}
        for _, value in store.scan(_AGREED):
            counted, key, event = _decoder.decode(value)
            self._events[key] = event
            if counted:
                self._count(key, event)
            elif not event[DELETED]:
                self._pending.add(key)

    def take_in(self, arrivals: Iterable[tuple[_Key, Stored]], w: int, writes: Writes) -> set[Pair]:
        """Choose the survivors and those before ``w``; gives the pairs whose agreements are others now."""
        touched = {key for key in self._pending if self._events[key][TIME] < w}
        for key, event in arrivals:
            before = self._events.get(key)
            if before is None or event > before:
                self._events[key] = event
                touched.add(key)
        pairs: set[Pair] = set()
        for key in sorted(touched):
            event = self._events[key]
            before, now = self._counted.get(key), None if event[DELETED] or event[TIME] >= w else event
            if before != now:
                pairs.update((e[BODY], e[BODY + 1]) for e in (before, now) if e is not None)
                self._uncount(key)
                if now is not None:
                    self._count(key, now)
            if now is None and not event[DELETED]:
                self._pending.add(key)
            else:
                self._pending.discard(key)
            writes[_AGREED + _hash(*key, size=16)] = _encoder.encode((now is not None, key, event))
        return pairs

    def _count(self, key: _Key, event: Stored) -> None:
        self._counted[key] = event
        mine = self._of_pair.setdefault((event[BODY], event[BODY + 1]), [])
        mine.append((event[_VALID_FROM], event[TIME], event[SEQUENCE], *key[1:], key[0], event))
        mine.sort()

    def _uncount(self, key: _Key) -> None:
        event = self._counted.pop(key, None)
        if event is not None:
            pair = (event[BODY], event[BODY + 1])
            self._of_pair[pair] = [one for one in self._of_pair[pair] if (one[5], one[3], one[4]) != key]

    def _in_force(self, pair: Pair, at: int) -> Stored | None:
        """The one with the latest ``valid_from`` not after ``at``; of several the last in the order of events."""
        mine = self._of_pair.get(pair)
        if not mine:
            return None
        place = bisect_right(mine, at, key=lambda one: one[0])
        event: Stored | None = mine[place - 1][6] if place else None
        return event

    def sla_hours(self, pair: Pair, deliverable: str, at: int) -> int | None:
        """Hours agreed for a deliverable that the supplier got at ``at`` (ms); None where nothing is agreed."""
        event = self._in_force(pair, at)
        if event is None:
            return None
        lines = event[_LINES:]
        return next((h for d, h in zip(lines[::2], lines[1::2], strict=True) if d == deliverable and h >= 0), None)

    def team_votes(self, pair: Pair, at: int) -> bool:
        """Whether one agreed vote of the customer team counts, instead of each person's."""
        event = self._in_force(pair, at)
        return event is not None and bool(event[_TEAM])

    def askers(self, pair: Pair, writes: Writes) -> list[str]:
        """Subjects that asked for the pair's agreement, those not saved yet included."""
        prefix = asked_key(pair, "")
        found = {key for key, _ in self._store.scan(prefix)}
        for key, value in writes.items():
            if key.startswith(prefix):
                (found.add if value is not None else found.discard)(key)
        return [key[len(prefix) :].decode() for key in sorted(found)]
