"""Packed values in groups over a state store, together with what was written since its last save.

A group is a prefix of keys that no other group begins with, so a group can be read whole.
"""

from collections.abc import Sequence

from streams.engine.ports import StateStore

Place = tuple[bytes, bytes]
"""A group and a member of it."""

_FEW = 1_000


def in_order(ms: int) -> bytes:
    """A moment as bytes that sort as moments do."""
    return (ms + (1 << 62)).to_bytes(8, "big")


def moment(name: bytes) -> int:
    """The moment that a group's name ends with."""
    return int.from_bytes(name[-8:], "big") - (1 << 62)


class BufferedState:
    """Reads see the writes at once; ``changes`` hands them over to be saved."""

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._writes: dict[bytes, dict[bytes, bytes | None]] = {}

    def get_many(self, places: Sequence[Place]) -> list[bytes | None]:
        """The values, in the order of ``places``; None where there is none."""
        if not places:
            return []
        saved = self._store.get_many([group + member for group, member in places])
        empty: dict[bytes, bytes | None] = {}
        return [self._writes.get(g, empty).get(m, value) for (g, m), value in zip(places, saved, strict=True)]

    def put(self, group: bytes, member: bytes, value: bytes | None) -> None:
        """Write a value; None takes it away."""
        self._writes.setdefault(group, {})[member] = value

    def group(self, group: bytes) -> dict[bytes, bytes]:
        """Every member of a group with its value, in key order."""
        written = self._writes.get(group, {})
        start = len(group)
        found = {key[start:]: value for key, value in self._store.scan(group) if key[start:] not in written}
        found.update((member, value) for member, value in written.items() if value is not None)
        return dict(sorted(found.items()))

    def groups(self, prefix: bytes, length: int) -> list[bytes]:
        """The groups of that ``length`` whose names begin so and that may have members, in order. Reads every one of them."""
        found = {key[:length] for key, _ in self._store.scan(prefix)}
        return sorted(found | {group for group in self._writes if group.startswith(prefix)})

    def between(self, prefix: bytes, first: int, last: int, step: int) -> list[bytes]:
        """The groups named ``prefix`` and a moment of a grid, from ``first`` on and before ``last``, that may have members."""
        if last - first <= _FEW * step:
            return [prefix + in_order(start) for start in range(first, last, step)]
        return [g for g in self.groups(prefix, len(prefix) + 8) if first <= moment(g) < last]

    def changes(self) -> dict[bytes, bytes | None]:
        """Writes since the last call, by key."""
        writes, self._writes = self._writes, {}
        return {group + member: value for group, members in writes.items() for member, value in members.items()}
