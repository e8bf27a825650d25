"""What arrived from each source, in panes of append time (metrics D1): counts that only grow, kept in the journeys state."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from schemas.facts import INTAKE_BODY
from streams.engine.ports import StateStore

PANE_MS = 300_000
KEPT_MS = 2 * 86_400_000
"""Append time moves on; a pane this old gets nothing any more."""
_PANE = b"n"
_Counts = Counter[str]
_NONE: tuple[int, int, str, _Counts] = (0, 0, "", Counter())
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, int])


class Intake:
    """Counts by (pane, source). Keys of its state: ``n<pane><source>``."""

    def __init__(self, store: StateStore) -> None:
        self._panes: dict[tuple[int, str], _Counts] = {
            (int.from_bytes(key[1:9], "big"), key[9:].decode()): Counter(_decoder.decode(value))
            for key, value in store.scan(_PANE)
        }
        self._changed: set[tuple[int, str]] = set()
        self._newest: tuple[int, int, str, _Counts] = _NONE

    def of(self, source: str, append_ms: int) -> _Counts:
        """The counts to add to."""
        since, until, asked_for, counts = self._newest
        if source == asked_for and since <= append_ms < until:  # mostly
            return counts
        pane = append_ms // PANE_MS * PANE_MS
        self._changed.add((pane, source))
        counts = self._panes.setdefault((pane, source), Counter())
        self._newest = (pane, pane + PANE_MS, source, counts)
        return counts

    def changed(self, writes: dict[bytes, bytes | None]) -> Iterator[tuple[str, Any]]:
        """(source, ``IntakeFact`` struct) of each pane that grew since the last call, in order; they are written too."""
        changed, self._changed, self._newest = sorted(self._changed), set(), _NONE
        for pane, source in changed:
            counts = {word: count for word, count in sorted(self._panes[pane, source].items()) if count}
            writes[_key(pane, source)] = _encoder.encode(counts)
            yield source, INTAKE_BODY(pane=pane, counts=counts)

    def drop(self, append_ms: int, writes: dict[bytes, bytes | None]) -> None:
        """Forget panes that get nothing any more."""
        for pane, source in [key for key in self._panes if key[0] < append_ms - KEPT_MS]:
            del self._panes[pane, source]
            writes[_key(pane, source)] = None


def _key(pane: int, source: str) -> bytes:
    return _PANE + pane.to_bytes(8, "big") + source.encode()
