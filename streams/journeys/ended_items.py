"""Ended items by the append day of their last record, so that those past the horizon are found without looking at the others.

Groups of its state: ``x<day>``, by subject; ``s`` the last day that was swept.
"""

from collections.abc import Iterator

from streams.engine.buffered_state import BufferedState

_ENDED, _SWEPT = b"x", b"s"
_DAY_BYTES = 8


class EndedItems:
    """The days of one partition's ended items."""

    def __init__(self, state: BufferedState) -> None:
        self._state = state
        (swept,) = state.get_many([(_SWEPT, b"")])
        self._swept = -1 if swept is None else int(swept)

    def move(self, subject: str, before: int, now: int) -> None:
        """Move a subject from one day to another; -1 means that it is open."""
        if before == now:
            return
        if before >= 0:
            self._state.put(_group(before), subject.encode(), None)
        if now >= 0:
            self._state.put(_group(now), subject.encode(), b"")

    def sweep(self, day: int) -> Iterator[str]:
        """Take out the subjects that ended before ``day``. Once for each day: later calls give nothing."""
        # Append time of a tick, never a clock: a replayed log forgets at the same records.
        if day <= self._swept:
            return
        self._swept = day
        self._state.put(_SWEPT, b"", str(day).encode())  # kept: a restart must not sweep twice in a day
        # The day comes first in the key, so only days that are past are read.
        for group in self._state.groups(_ENDED, 1 + _DAY_BYTES, _group(max(day, 0))):
            for subject in self._state.group(group):
                self._state.put(group, subject, None)
                yield subject.decode()


def _group(day: int) -> bytes:
    return _ENDED + day.to_bytes(_DAY_BYTES, "big")
