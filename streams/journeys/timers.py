"""When subjects are due to be folded again without a new event: a younger event's time has come, or a due time has passed.

Group of its state: ``t``, by time and subject.
"""

import heapq

from streams.engine.buffered_state import BufferedState

_TIMER = b"t"


class Timers:
    """The timers of one partition, in memory, earliest first; a subject has at most one that counts."""

    def __init__(self, state: BufferedState) -> None:
        self._state = state
        self._waiting = [(int.from_bytes(key[:8], "big"), key[8:].decode()) for key in state.group(_TIMER)]
        # From what is saved, so a restart finds timers whose events it does not read again.
        heapq.heapify(self._waiting)

    def due(self, w: int) -> list[str]:
        """Subjects with a timer before ``w`` (ms). One may have moved since: the fold sees by the item's own ``timer``."""
        due: list[str] = []
        while self._waiting:
            time, subject = self._waiting[0]
            if time >= w:
                break
            # Left in the state until the fold moves it: a crash before the save finds it there again.
            heapq.heappop(self._waiting)
            due.append(subject)
        return due

    def move(self, subject: str, before: int, now: int) -> None:
        """Move a subject's timer from one time (ms) to another; -1 means none."""
        if before == now:
            return
        if before >= 0:
            self._state.put(_TIMER, _by_time(before, subject), None)
        if now >= 0:
            self._state.put(_TIMER, _by_time(now, subject), b"")
            # The old entry stays in the heap, where finding it would cost a search; popped, it finds another ``timer`` in the
            # item.
            heapq.heappush(self._waiting, (now, subject))


def _by_time(time: int, subject: str) -> bytes:
    return time.to_bytes(8, "big") + subject.encode()
