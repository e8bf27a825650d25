"""Sums by key: unpacked where they are in use, packed in the state elsewhere."""

from collections.abc import Iterable, Mapping
from itertools import islice

import msgspec

from measures.sums import Growing, Sums, merge
from streams.engine.buffered_state import BufferedState, StateKey

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(dict[str, dict[str, int]]).decode


class SumCache:
    """``most`` sums stay unpacked from one save to the next. Insertion order is order of use."""

    def __init__(self, state: BufferedState, most: int) -> None:
        self._state = state
        self._most = most
        self._open: dict[StateKey, Growing] = {}
        self._changed: dict[bytes, set[bytes]] = {}

    def open(self, keys: Iterable[StateKey]) -> list[Growing]:
        """The sums of each key, empty where there are none. A caller that changes them must call ``changed``."""
        wanted = list(keys)
        # Each once: two unpacked copies of a key would lose what is added to one of them.
        missing = [key for key in dict.fromkeys(wanted) if key not in self._open]
        for key, packed in zip(missing, self._state.get_many(missing), strict=True):
            self._open[key] = {} if packed is None else _unpack(packed)
        # Given out as they are, not copied; nothing leaves memory before ``settle``, so a caller's reference stays the key's.
        return [self._used(key) for key in wanted]

    def _used(self, key: StateKey) -> Growing:
        sums = self._open[key] = self._open.pop(key)  # to the end: the oldest leave memory first
        return sums

    def changed(self, key: StateKey) -> None:
        """Mark the open sums of a key as changed, so that they are written. Empty ones stay until they are dropped."""
        group, member = key
        # By group, because ``group`` must write one group's changes before it reads it from the state.
        self._changed.setdefault(group, set()).add(member)

    def add(self, amounts: Mapping[StateKey, Sums]) -> None:
        """Add to many keys."""
        for (key, more), sums in zip(amounts.items(), self.open(amounts), strict=True):
            merge(sums, more)
            self.changed(key)

    def drop(self, key: StateKey) -> None:
        """Remove a key and its sums, unpacked and saved."""
        group, member = key
        self._open.pop(key, None)
        # Else a later ``settle`` would look for sums that are gone.
        self._changed.get(group, set()).discard(member)
        self._state.put(group, member, None)

    def group(self, group: bytes) -> dict[bytes, Growing]:
        """Every member of a group with its sums, in key order; empty ones too. They must not be changed."""
        self._write(group)
        return {m: self._open.get((group, m)) or _unpack(packed) for m, packed in self._state.group(group).items()}

    def holds(self, group: bytes) -> bool:
        """Whether a group has members."""
        self._write(group)
        return bool(self._state.group(group))

    def between(self, prefix: bytes, first: int, last: int, step: int) -> list[bytes]:
        """As ``BufferedState.between``, with what changed here."""
        for group in [group for group in self._changed if group.startswith(prefix)]:
            self._write(group)
        return self._state.between(prefix, first, last, step)

    def _write(self, group: bytes) -> None:
        for member in self._changed.pop(group, ()):
            self._state.put(group, member, _pack(self._open[group, member]))

    def settle(self) -> None:
        """Write everything that changed into the state. Afterwards the oldest beyond the bound leave memory."""
        for group in list(self._changed):
            self._write(group)
        # After writing, and only here: packed or dropped, everything that leaves memory is in the state.
        for key in list(islice(self._open, max(len(self._open) - self._most, 0))):
            del self._open[key]
