"""Sums by place: unpacked where they are in use, packed in the state elsewhere."""

from collections.abc import Iterable, Mapping
from itertools import islice

import msgspec

from measures.sums import Growing, Sums, merge
from streams.engine.buffered_state import BufferedState, Place

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(dict[str, dict[str, int]]).decode


class SumCache:
    """``most`` sums stay unpacked from one save to the next."""

    def __init__(self, state: BufferedState, most: int) -> None:
        self._state = state
        self._most = most
        self._open: dict[Place, Growing] = {}
        self._changed: dict[bytes, set[bytes]] = {}

    def open(self, places: Iterable[Place]) -> list[Growing]:
        """The sums at each place, empty where there are none; whoever changes them says so by ``changed``."""
        wanted = list(places)
        missing = [place for place in dict.fromkeys(wanted) if place not in self._open]
        for place, packed in zip(missing, self._state.get_many(missing), strict=True):
            self._open[place] = {} if packed is None else _unpack(packed)
        return [self._used(place) for place in wanted]

    def _used(self, place: Place) -> Growing:
        sums = self._open[place] = self._open.pop(place)  # to the end: the oldest leave memory first
        return sums

    def changed(self, place: Place) -> None:
        """The sums at an open place are others now. Empty ones stay, until they are dropped."""
        self._changed.setdefault(place[0], set()).add(place[1])

    def add(self, amounts: Mapping[Place, Sums]) -> None:
        """Add to many places."""
        for (place, more), sums in zip(amounts.items(), self.open(amounts), strict=True):
            merge(sums, more)
            self.changed(place)

    def drop(self, place: Place) -> None:
        """Nothing is kept at a place any more."""
        self._open.pop(place, None)
        self._changed.get(place[0], set()).discard(place[1])
        self._state.put(*place, None)

    def group(self, group: bytes) -> dict[bytes, Growing]:
        """Every member of a group with its sums, in key order; empty ones too. They must not be changed."""
        self._put(group)
        return {m: self._open.get((group, m)) or _unpack(packed) for m, packed in self._state.group(group).items()}

    def between(self, prefix: bytes, first: int, last: int, step: int) -> list[bytes]:
        """As ``BufferedState.between``, with what changed here."""
        for group in [group for group in self._changed if group.startswith(prefix)]:
            self._put(group)
        return self._state.between(prefix, first, last, step)

    def _put(self, group: bytes) -> None:
        for member in self._changed.pop(group, ()):
            self._state.put(group, member, _pack(self._open[group, member]))

    def settle(self) -> None:
        """Pack everything that changed into the state. Afterwards the oldest beyond the bound leave memory."""
        for group in list(self._changed):
            self._put(group)
        for place in list(islice(self._open, max(len(self._open) - self._most, 0))):
            del self._open[place]
