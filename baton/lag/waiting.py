"""Waiting until nothing lags: asks again and again, shows how far it is, gives up when the time is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from baton.lag.stage_lag import StageLag, unfinished
from schemas.errors import Retry


@dataclass(frozen=True)
class WaitProgress:
    """How far it is. ``done`` of ``total`` records over all stages; ``away`` names what doesn't answer just now."""

    done: int
    total: int
    per_second: float
    left: Sequence[StageLag]
    away: str = ""

    def __str__(self) -> str:
        if self.away:
            return f"waiting: {self.away}"
        return f"{self.done:,} of {self.total:,} done, {self.per_second:,.0f} a second, {self.total - self.done:,} left"


def wait_until_complete(
    ask: Callable[[], list[StageLag]],
    show: Callable[[WaitProgress], None],
    clock: Callable[[], float],
    pause: Callable[[], None],
    until: float,
    hopeless: Callable[[WaitProgress, float], bool] = lambda _state, _still: False,
) -> WaitProgress:
    """Ask until nothing lags or ``clock`` (seconds) passes ``until``; ``pause`` between.

    ``hopeless``: whether to give up before, by the state and the seconds in which nothing was done.

    Gives the last state: all is well when ``left`` and ``away`` are empty. While ``ask`` raises ``Retry`` it waits, too.
    """
    started, first, moved = clock(), -1, clock()
    state = WaitProgress(0, 0, 0.0, ())
    while True:
        try:
            lags = ask()
        except Retry as error:
            state = WaitProgress(state.done, state.total, state.per_second, state.left, str(error))
        else:
            done, total = sum(lag.reached for lag in lags), sum(lag.wanted for lag in lags)
            # The rate is of what was done since the wait began, not of what was there before.
            first = done if first < 0 else first
            moved = moved if done == state.done else clock()
            state = WaitProgress(done, total, (done - first) / max(clock() - started, 1e-9), unfinished(lags))
        show(state)
        # Both must be empty: while something is away, what is left is of the last answer.
        if not (state.left or state.away) or clock() >= until or hopeless(state, clock() - moved):
            return state
        pause()
