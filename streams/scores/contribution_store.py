"""The contributions in force: of each scope and subject the entries that are in the panes, until all of them are past."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from measures.windows import DAILY
from schemas.structs.contributions import Contribution
from streams.engine.buffered_state import BufferedState, in_order

EntryCells: TypeAlias = tuple[int, str, str, int]
"""at, field, key, amount."""
Delta: TypeAlias = dict[tuple[int, str, str], int]
"""(at, field, key) → amount to add."""
# ``c``: packed by key. ``x`` and a day: the keys filed there, so that the past is found without reading all.
_CONTRIBUTION, _LAST = b"c", b"x"
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[int, list[EntryCells]]).decode


def _by_last(pane: int) -> bytes:
    """The group of contributions whose last entry lies in a day pane, or did."""
    return _LAST + in_order(pane)


class ContributionStore:
    """A contribution is packed with the day pane of its last entry, under which it is found again once that day is past."""

    def __init__(self, state: BufferedState) -> None:
        self._state = state

    def replace(self, updates: Mapping[bytes, list[EntryCells]], oldest: int) -> list[Delta]:
        """Take new entries for each key, none where it has left; gives what that adds and takes away.

        ``oldest``: the oldest day pane kept; a contribution with nothing after it is not kept.
        """
        # One read for the whole cut; each key is in ``updates`` once, so no write of this loop is read by it.
        saved = self._state.get_many([(_CONTRIBUTION, key) for key in updates])
        return [self._one(key, new, packed, oldest) for (key, new), packed in zip(updates.items(), saved, strict=True)]

    def _one(self, key: bytes, new: list[EntryCells], packed: bytes | None, oldest: int) -> Delta:
        # The old entries are here because an update says only what holds now: their difference is what panes must learn.
        filed, old = (-1, []) if packed is None else _unpack(packed)
        delta: Delta = {}
        for at, field, name, amount in new:
            delta[at, field, name] = delta.get((at, field, name), 0) + amount
        for at, field, name, amount in old:
            # Cancels in the same cell, so what did not change costs a pane nothing.
            delta[at, field, name] = delta.get((at, field, name), 0) - amount
        # Of one that has left: before every pane, so it goes at once.
        last = DAILY.start(max((at for at, _, _, _ in new), default=-1))
        if last < oldest:
            if packed is not None:
                self._state.put(_CONTRIBUTION, key, None)
                self._state.put(_by_last(filed), key, None)
        else:
            if last > filed:  # an earlier day than before: it stays where it is filed, and goes a little later
                self._state.put(_by_last(last), key, b"")
                if packed is not None:
                    self._state.put(_by_last(filed), key, None)
            self._state.put(_CONTRIBUTION, key, _pack((max(last, filed), new)))
        return delta

    def forget(self, before: int, oldest: int) -> int:
        """Drop what is filed under a day that is past, the oldest kept before being ``before``; gives how many."""
        forgotten = 0
        for group in self._state.between(_LAST, before, oldest, DAILY.ms):
            # Its panes are past, so nothing has to be taken away from them.
            for key in self._state.group(group):
                self._state.put(_CONTRIBUTION, key, None)
                self._state.put(group, key, None)
                forgotten += 1
        return forgotten


def entries_of(record: Contribution) -> list[EntryCells]:
    """The entries of a contribution record; none of one that is not live."""
    return [(e.at, e.field, e.key, e.amount) for e in record.entries] if record.live else []
