"""What arrived from each source, in panes of append time (metrics D1): counts that only grow.

Group of its state: ``n``, by pane and source.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from schemas.counters import ArrivalWord
from schemas.structs.facts import IntakeFact
from schemas.ticks import BOUNDARY_MS
from schemas.timestamps import DAY_MS
from streams.engine.buffered_state import BufferedState

PANE_MS = BOUNDARY_MS
KEPT_MS = 2 * DAY_MS
"""Append time moves on; a pane this old gets nothing any more."""
_PANE = b"n"
Counts: TypeAlias = Counter[ArrivalWord]
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[ArrivalWord, int])


class ArrivalCounts:
    """Counts by (pane, source) of one partition, all in memory."""

    def __init__(self, state: BufferedState) -> None:
        self._state = state
        self._panes: dict[tuple[int, str], Counts] = {
            (int.from_bytes(key[:8], "big"), key[8:].decode()): Counter(_decoder.decode(value))
            for key, value in state.group(_PANE).items()
        }
        self._changed: set[tuple[int, str]] = set()
        # Where the last event was counted. Most events of a batch are of one source and arrive within one pane.
        self._newest: tuple[int, int, str, Counts] = (0, 0, "", Counter())

    def of(self, source: str, append_ms: int) -> Counts:
        """The counts to add to."""
        since, until, asked_for, counts = self._newest
        if source == asked_for and since <= append_ms < until:  # mostly
            return counts
        # In append time: event time would let one late event reopen a pane that was published long ago.
        pane = append_ms // PANE_MS * PANE_MS
        self._changed.add((pane, source))
        counts = self._panes.setdefault((pane, source), Counter())
        self._newest = (pane, pane + PANE_MS, source, counts)
        return counts

    def changed(self) -> Iterator[tuple[str, IntakeFact]]:
        """(source, fact) of each pane that grew since the last call, in order; they are written, too."""
        changed, self._changed = sorted(self._changed), set()
        # Emptied with the changed ones: the next event must go the long way, which marks its pane as changed again.
        self._newest = (0, 0, "", Counter())
        for pane, source in changed:
            counts: dict[str, int] = {word: count for word, count in sorted(self._panes[pane, source].items()) if count}
            self._state.put(_PANE, _member(pane, source), _encoder.encode(counts))
            # A pane grows until its five minutes are over and is published at each tick in between, as an upsert of one key.
            yield source, IntakeFact(pane=pane, counts=counts)

    def drop(self, append_ms: int) -> None:
        """Forget panes that get nothing any more."""
        for pane, source in [(pane, source) for pane, source in self._panes if pane < append_ms - KEPT_MS]:
            del self._panes[pane, source]
            self._state.put(_PANE, _member(pane, source), None)


def _member(pane: int, source: str) -> bytes:
    return pane.to_bytes(8, "big") + source.encode()
