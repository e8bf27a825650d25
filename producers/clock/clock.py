"""The clock of a live home: ticks on a fixed grid, and control records, to every partition in one order.

A tick at each step of the grid in which anything happened, and always one at each five-minute boundary, also at those
slept through. W is never later than now. **The log is the only memory**: a restart reads the newest tick and goes on.
"""

from collections.abc import Callable

from producers.clock.broadcast import Broadcast
from producers.clock.control_requests import Requests
from producers.publisher.ports import Log
from schemas import ticks
from schemas.topics import EVENTS

_MOST = 50
"""Ticks of one step after a long sleep, so that a clock that catches up still listens."""


class Clock:
    """One installation's clock. ``now`` is the wall clock in ms UTC, ``step_ms`` the grid.

    Call ``recover`` once, then ``step`` again and again, at least once a grid step. Both raise ``Retry`` while the log
    can't be read; after that, begin again with ``recover``.
    """

    def __init__(self, log: Log, now: Callable[[], int], step_ms: int) -> None:
        self._log = log
        self._now = now
        self._step = step_ms
        self._broadcast = Broadcast(log)
        self._requests = Requests(log)
        self._expected: list[int] = []
        self._owed: int | None = None

    @property
    def last(self) -> int | None:
        """The newest W that every partition holds."""
        return self._broadcast.last

    def recover(self) -> None:
        """Complete the newest broadcast, and broadcast again what was requested since that tick."""
        self._expected = self._broadcast.recover()
        self._requests.begin(self._broadcast.control)
        self._owed = None
        if self._broadcast.last is None:
            self._owe()

    def step(self) -> int:
        """Broadcast what is due now; the number of ticks. Two or more: call again at once, more may be due."""
        self._look()
        if self._requests.broadcast(self._broadcast):
            self._owe()  # the next tick says up to which request it was
        now = self._now()
        due = now // self._step * self._step
        sent = 0
        if self._broadcast.last is None:
            return self._tick(due)
        for boundary in range(_after(self._broadcast.last), now + 1, ticks.BOUNDARY_MS):
            if sent == _MOST:
                return sent
            sent += self._tick(boundary)
        if self._owed is not None and due > self._broadcast.last:
            sent += self._tick(due)
        return sent

    def _look(self) -> None:
        """See whether anything but own ticks was written since the last one."""
        ends = self._log.ends(EVENTS)
        if ends != self._expected:
            self._expected = ends
            self._owe()

    def _owe(self) -> None:
        """What arrived until now is complete only at the grid step after it: that one is due, whatever follows."""
        self._owed = -(-self._now() // self._step) * self._step

    def _tick(self, w_ms: int) -> int:
        offsets = self._broadcast.tick(w_ms, self._requests.done)
        if not offsets:
            return 0
        if self._owed is not None and w_ms >= self._owed:
            self._owed = None
        if offsets != self._expected:  # something came between the look and the tick
            self._owe()
        self._expected = [offset + 1 for offset in offsets]
        return 1


def _after(w_ms: int) -> int:
    """The first five-minute boundary later than W."""
    return (w_ms // ticks.BOUNDARY_MS + 1) * ticks.BOUNDARY_MS
