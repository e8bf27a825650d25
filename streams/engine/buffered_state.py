"""A write buffer over a state store: values in groups, the saved ones together with what was written since the last save.

A group is a prefix of keys that no other group begins with, so a group can be read whole.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from streams.engine.ports import StateStore

StateKey: TypeAlias = tuple[bytes, bytes]
"""A group and a member of it. A plain tuple: each step makes many thousands."""
# Up to so many groups are named by arithmetic, even where a name has no members; beyond it a scan of the store is cheaper.
_FEW = 1_000
# Moments before 1970 are negative; shifted above zero their unsigned big-endian bytes sort as the numbers do.
_SHIFT = 1 << 62


def in_order(ms: int) -> bytes:
    """A moment as bytes that sort as moments do."""
    return (ms + _SHIFT).to_bytes(8, "big")


def moment(group: bytes) -> int:
    """The moment that a group's name ends with."""
    return int.from_bytes(group[-8:], "big") - _SHIFT


class BufferedState:
    """Reads see the writes at once; ``changes`` hands them over to be saved. Used by one step of one partition at a time."""

    def __init__(self, store: StateStore) -> None:
        self._store = store
        # Two levels, so that ``group`` finds one group's writes without looking at those of all others.
        self._writes: dict[bytes, dict[bytes, bytes | None]] = {}

    def get_many(self, keys: Sequence[StateKey]) -> list[bytes | None]:
        """The values, in the order of ``keys``; None where there is none."""
        if not keys:
            return []
        # One call into RocksDB for all keys: each call has a price of its own, whatever it asks for.
        saved = self._store.get_many([group + member for group, member in keys])
        empty: dict[bytes, bytes | None] = {}
        # A deletion is a written None and hides the saved value; ``value`` is taken only where nothing was written.
        return [self._writes.get(g, empty).get(m, value) for (g, m), value in zip(keys, saved, strict=True)]

    def put(self, group: bytes, member: bytes, value: bytes | None) -> None:
        """Write a value; None takes it away."""
        written = self._writes.get(group)
        if written is None:
            written = self._writes[group] = {}
        written[member] = value

    def group(self, group: bytes) -> dict[bytes, bytes]:
        """Every member of a group with its value, in key order."""
        written = self._writes.get(group, {})
        start = len(group)
        found = {key[start:]: value for key, value in self._store.scan(group) if key[start:] not in written}
        found.update((member, value) for member, value in written.items() if value is not None)
        return dict(sorted(found.items()))

    def members(self, group: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Every member of a group with its value, one after the other, in no order: where ``group`` is too much."""
        written = self._writes.get(group, {})
        start = len(group)
        for key, value in self._store.scan(group):
            if key[start:] not in written:
                yield key[start:], value
        yield from ((member, value) for member, value in written.items() if value is not None)

    def groups(self, prefix: bytes, length: int, before: bytes | None = None) -> list[bytes]:
        """The groups of that ``length`` whose names begin so and that may have members, in order; those ``before`` a name.

        Reads every member of them.
        """
        found = {group for group in self._writes if len(group) == length and group.startswith(prefix)}
        # RocksDB can't list prefixes, so every member is read to learn the names of its groups.
        for key, _ in self._store.scan(prefix):
            if before is not None and key >= before:
                break
            found.add(key[:length])
        return sorted(group for group in found if before is None or group < before)

    def between(self, prefix: bytes, first: int, last: int, step: int) -> list[bytes]:
        """The groups named ``prefix`` and a moment of a grid, from ``first`` on and before ``last``, that may have members."""
        if last - first <= _FEW * step:
            return [prefix + in_order(start) for start in range(first, last, step)]
        return [g for g in self.groups(prefix, len(prefix) + 8, prefix + in_order(last)) if first <= moment(g)]

    def changes(self) -> dict[bytes, bytes | None]:
        """Writes since the last call, by key."""
        # Emptied before the caller has saved them: after a save that fails, reads would be of an older state than the cut's.
        # So such a run must not go on, and does not: ``PartitionRun.landed`` raises, and the partition is opened again.
        writes, self._writes = self._writes, {}
        return {group + member: value for group, members in writes.items() for member, value in members.items()}
