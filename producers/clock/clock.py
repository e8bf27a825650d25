"""The clock of a live home: ticks on a fixed grid, and control records, to every partition in one order.

A tick at each step of the grid in which anything happened, and always one at each five-minute boundary, also at those
slept through. W is never later than now. **The log is the only memory**: a restart reads the newest tick and goes on.
"""

from collections.abc import Callable

from producers.clock.broadcast import Broadcast
from producers.clock.control_requests import ControlRequests
from producers.publisher.ports import Log
from schemas import ticks
from schemas.fields import from_ms
from schemas.timestamps import MINUTE_MS
from schemas.topics import EVENTS

_MAX_TICKS_A_STEP = 50
"""After a long sleep a step ends here and is called again, so that a clock that catches up notices a request to stop."""


class Clock:
    """One installation's clock. ``now`` is the wall clock in ms UTC, ``step_ms`` the grid.

    Call ``recover`` once, then ``step`` again and again, at least once a grid step. Both raise ``Retry`` while the log
    can't be read; after that, begin again with ``recover``.
    """

    def __init__(self, log: Log, now: Callable[[], int], step_ms: int) -> None:
        self._log = log
        self._now = now
        self._step_ms = step_ms
        self._broadcast = Broadcast(log)
        self._requests = ControlRequests(log)
        self._expected_ends: list[int] = []  # where each partition ends if nobody but this clock writes
        self._due_w_ms: int | None = None  # W of the tick that arrivals wait for; None: nothing has arrived

    @property
    def last(self) -> int | None:
        """The newest W that every partition holds."""
        return self._broadcast.last

    @property
    def trouble(self) -> str:
        """What keeps it from ticking: the newest W is ahead of this machine's clock. Empty when nothing does.

        Ticks never go back: after a machine whose clock ran ahead has sent one, nothing is published until time catches up.
        """
        ahead_ms = (self.last or 0) - self._now()
        if ahead_ms <= ticks.LEEWAY_MS:
            return ""
        newest, now = from_ms(self.last or 0), from_ms(self._now())
        return (
            f"no tick for another {ahead_ms // MINUTE_MS} minutes: the newest on {EVENTS} is of {newest:%Y-%m-%d %H:%M:%S} "
            f"UTC, this machine says {now:%Y-%m-%d %H:%M:%S}, so nothing is published. If the clock here is wrong, set it; "
            "if it was wrong when that tick was sent, wait until then"
        )

    def recover(self) -> None:
        """Complete the newest broadcast, and broadcast again what was requested since that tick."""
        # 1 complete what a crash left half sent: nothing else may come before it
        self._expected_ends = self._broadcast.recover()
        # 2 the tick itself says which requests were broadcast before it; those after it are sent once more
        self._requests.begin(self._broadcast.control)
        # 3 what arrived while no clock ran shows as ends that differ from the expected ones
        self._due_w_ms = None
        if self._broadcast.last is None:
            self._make_tick_due()

    def step(self) -> int:
        """Broadcast what is due now; the number of ticks. Two or more: call again at once, more may be due."""
        # 1 arrivals before the wall clock is read: an event that comes in between waits for the next step, never the other way
        self._notice_arrivals()
        # 2 control records before the ticks, so that a tick closes what it says it does
        if self._requests.broadcast(self._broadcast):
            self._make_tick_due()  # the next tick says up to which request it was
        # The wall clock is read once a step. Set back, it makes nothing due until it has caught up.
        now = self._now()
        due = now // self._step_ms * self._step_ms
        sent = 0
        if self._broadcast.last is None:
            return self._tick(due)
        # 3 boundaries first, also those slept through, so that every day of the log has the same ones
        for boundary in range(boundary_after(self._broadcast.last), now + 1, ticks.BOUNDARY_MS):
            if sent == _MAX_TICKS_A_STEP:
                return sent
            sent += self._tick(boundary)
        # 4 the step's own tick, where something arrived; an idle log gets none but the boundaries
        if self._due_w_ms is not None and due > self._broadcast.last:
            sent += self._tick(due)
        return sent

    def _notice_arrivals(self) -> None:
        """Make a tick due when anything but own ticks was written since the last one."""
        ends = self._log.ends(EVENTS)
        if ends != self._expected_ends:
            self._expected_ends = ends
            self._make_tick_due()

    def _make_tick_due(self) -> None:
        """What arrived until now is complete only at the grid step after it: the tick of that step is due."""
        # Rounded up: rounded down, the tick would close a step that is not over.
        self._due_w_ms = -(-self._now() // self._step_ms) * self._step_ms

    def _tick(self, w_ms: int) -> int:
        offsets = self._broadcast.tick(w_ms, self._requests.done)
        if not offsets:
            return 0
        # It contains what had arrived when it became due.
        if self._due_w_ms is not None and w_ms >= self._due_w_ms:
            self._due_w_ms = None
        if offsets != self._expected_ends:  # something arrived between the question and the tick
            self._make_tick_due()
        # Of what was acknowledged; where another process writes in between, the next step sees ends that differ.
        self._expected_ends = [offset + 1 for offset in offsets]
        return 1


def boundary_after(time_ms: int) -> int:
    """The first five-minute boundary later than ``time_ms``: the first W on one that contains an event of that time."""
    return (time_ms // ticks.BOUNDARY_MS + 1) * ticks.BOUNDARY_MS
