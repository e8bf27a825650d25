"""Waits between restarts."""

from hypothesis import given
from hypothesis import strategies as st

from local.stack.backoff import FIRST_SECONDS, MOST_SECONDS, delay

chances = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 10_000), chances)
def test_a_wait_is_never_longer_than_the_bound_and_never_none(failures: int, chance: float) -> None:
    """However often a process failed, the wait lies between a quarter of a second and thirty."""
    assert FIRST_SECONDS / 2 <= delay(failures, chance) <= MOST_SECONDS


@given(st.integers(1, 50))
def test_without_chance_each_failure_doubles_the_wait(failures: int) -> None:
    """The full wait doubles with each failure up to the bound."""
    assert delay(failures + 1, 0) == min(MOST_SECONDS, 2 * delay(failures, 0))


def test_chance_spreads_processes_that_died_together() -> None:
    """Two processes with the same past but other chances don't return at the same moment."""
    assert delay(5, 0.1) != delay(5, 0.9)
