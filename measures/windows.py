"""Rolling windows and the panes they share (metrics 1.3). All times in ms UTC; windows and panes are half-open.

At W the current row of a window ends at the smallest point of its slide grid that is not before W.
"""

from dataclasses import dataclass

from schemas.scores import WindowName
from schemas.timestamps import DAY_MS, HOUR_MS, MINUTE_MS


@dataclass(frozen=True)
class Grid:
    """Panes of ``ms``, kept for ``keep_ms``."""

    ms: int
    keep_ms: int

    def start(self, at: int) -> int:
        """Where the pane of a moment begins."""
        return at - at % self.ms

    def end(self, w: int) -> int:
        """The smallest point of the grid that is not before W."""
        return -(-w // self.ms) * self.ms

    def oldest(self, w: int) -> int:
        """The oldest pane kept at W; what lies before it is past."""
        return self.end(w) - self.keep_ms


@dataclass(frozen=True)
class Window:
    """A rolling window; ``grid`` is both its slide and its panes."""

    name: WindowName
    ms: int
    grid: Grid

    def end(self, w: int) -> int:
        """The end of its current row at W."""
        return self.grid.end(w)

    def begin(self, w: int) -> int:
        """Where its current row begins."""
        return self.end(w) - self.ms


FINE = Grid(5 * MINUTE_MS, 26 * HOUR_MS)
HOURLY = Grid(HOUR_MS, 8 * DAY_MS)
DAILY = Grid(DAY_MS, 32 * DAY_MS)
GRIDS = (FINE, HOURLY, DAILY)
WINDOWS = (
    Window("1h", HOUR_MS, FINE),
    Window("24h", DAY_MS, HOURLY),
    Window("7d", 7 * DAY_MS, HOURLY),
    Window("30d", 30 * DAY_MS, DAILY),
)
MONTHLY = WINDOWS[-1]
"""The only window of what is refreshed once a day."""
