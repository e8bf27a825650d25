"""Waits between tries."""

from hypothesis import given
from hypothesis import strategies as st

from runtime.backoff import Backoff

BACKOFF = Backoff(first=0.5, longest=30.0)
chances = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 10**6), chances)
def test_a_wait_has_bounds(attempt: int, chance: float) -> None:
    """However many attempts failed, a wait is between half of its step and its step, and never above the longest."""
    step = min(30.0, 0.5 * 2.0 ** min(attempt - 1, 40))
    assert step / 2 <= BACKOFF.seconds(attempt, chance) <= step


@given(st.integers(1, 50))
def test_without_chance_each_failure_doubles_the_wait(attempt: int) -> None:
    """The full wait doubles with each failure up to the longest."""
    assert BACKOFF.seconds(attempt + 1, 0) == min(30.0, 2 * BACKOFF.seconds(attempt, 0))


def test_chance_spreads_those_who_failed_together() -> None:
    """Two with the same past but other chances don't return at the same moment."""
    assert BACKOFF.seconds(5, 0.1) != BACKOFF.seconds(5, 0.9)
