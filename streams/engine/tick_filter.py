"""Which ticks count: W only rises, is never ahead of its own arrival, and in a rebuild's past lies on the wide grid."""

from collections import Counter

from schemas.counters import Counters, TickReason
from schemas.ticks import BOUNDARY_MS, CUT_EVENTS, LEEWAY_MS
from schemas.timestamps import MINUTE_MS
from streams.engine.ports import Tick

ALARM_MS = MINUTE_MS


class TickFilter:
    """Accepts or refuses the ticks of one partition. ``w``: the last accepted, -1 for none.

    ``rebuilt_until``: tick offset up to which this generation repeats an older one; there only ticks on the five-minute grid
    count, the first of all, that very tick, so that readers find again what they had seen, and one whose cut would grow too
    large.
    """

    def __init__(self, w: int = -1, rebuilt_until: int = -1) -> None:
        self.w = w
        self._rebuilt_until = rebuilt_until
        self._refused_since = -1
        self.alarmed = False
        self.counters: Counters = Counter()

    def accepts(self, tick: Tick, waiting: int = 0) -> bool:
        """Whether the tick closes a cut of ``waiting`` events; a refused one is counted and changes nothing."""
        reason = self._against(tick, waiting)
        if reason is None:
            self.w = tick.w
            self._refused_since = -1
            self.alarmed = False
            return True
        self.counters[reason] += 1
        # Off the grid is usual in a rebuild's past and tells nothing of clocks. Measured in append time, not by a clock of
        # ours: a replayed log raises the same alarms.
        if reason != "tick_off_grid" and self._refused_since < 0:
            self._refused_since = tick.append_ms
        return False

    def _against(self, tick: Tick, waiting: int) -> TickReason | None:
        # A second copy of a broadcast, or a second clock: the first one counted, and the log decides which that is.
        if tick.w <= self.w:
            return "tick_back"
        # Accepted, it would close cuts for events that are still to come and refuse every right tick until then.
        if tick.w > tick.append_ms + LEEWAY_MS:
            return "tick_ahead"
        # Below and not at: the tick that readers had reached counts wherever it lies.
        in_past = self.w >= 0 and tick.offset < self._rebuilt_until
        if in_past and tick.w % BOUNDARY_MS and waiting < CUT_EVENTS:
            return "tick_off_grid"
        return None

    def alarm(self, append_ms: int) -> bool:
        """Whether every tick has been refused for a minute of append time: some clock is wrong. True once a minute.

        ``alarmed`` stays true until a tick is accepted.
        """
        if self._refused_since < 0 or append_ms - self._refused_since <= ALARM_MS:
            return False
        self._refused_since = append_ms
        self.alarmed = True
        return True
