"""Windows and panes: grids, ends, and that panes fill windows without rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.windows import GRIDS, WINDOWS, Grid, Window
from schemas.timestamps import DAY_MS, HOUR_MS, MINUTE_MS

_moments = st.integers(0, 4_000_000_000_000)


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.name)
@given(w=_moments)
def test_the_current_row_ends_at_the_next_point_of_the_grid(window: Window, w: int) -> None:
    """W lies in the last slide of the current row, or exactly on its end."""
    assert window.end(w) - window.grid.ms < w <= window.end(w)
    assert window.end(w) % window.grid.ms == 0


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.name)
def test_windows_are_made_of_whole_panes(window: Window) -> None:
    """A window's length is a multiple of its panes, and panes are kept longer than the window and one slide."""
    assert window.ms % window.grid.ms == 0
    assert window.grid.keep_ms >= window.ms + window.grid.ms


@pytest.mark.parametrize("grid", GRIDS)
@given(at=_moments)
def test_every_moment_lies_in_one_pane(grid: Grid, at: int) -> None:
    """A moment's pane begins at or before it and ends after it, and finer panes lie within coarser ones."""
    start = grid.start(at)
    assert start <= at < start + grid.ms
    assert all(other.start(GRIDS[0].start(at)) == other.start(at) for other in GRIDS)


def test_the_settled_windows() -> None:
    """Length and slide of each window are those of the metrics 1.3; days are UTC days."""
    shapes = {window.name: (window.ms, window.grid.ms) for window in WINDOWS}
    assert shapes == {
        "1h": (HOUR_MS, 5 * MINUTE_MS),
        "24h": (DAY_MS, HOUR_MS),
        "7d": (7 * DAY_MS, HOUR_MS),
        "30d": (30 * DAY_MS, DAY_MS),
    }
