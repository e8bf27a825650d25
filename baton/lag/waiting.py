"""Waiting until nothing lags: asks again and again, says how it goes, gives up when the time is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from baton.lag.stage_lag import Lag, lagging
from schemas.errors import Retry


@dataclass(frozen=True)
class State:
    """How far it is. ``done`` of ``total`` records over all stages; ``away`` names what doesn't answer just now."""

    done: int
    total: int
    a_second: float
    left: Sequence[Lag]
    away: str = ""

    def __str__(self) -> str:
        if self.away:
            return f"waiting: {self.away}"
        return f"{self.done:,} of {self.total:,} done, {self.a_second:,.0f} a second, {self.total - self.done:,} left"


def wait(
    ask: Callable[[], list[Lag]],
    show: Callable[[State], None],
    clock: Callable[[], float],
    pause: Callable[[], None],
    until: float,
) -> State:
    """Ask until nothing lags or ``clock`` (seconds) passes ``until``; ``pause`` between.

    Gives the last state: all is well when ``left`` and ``away`` are empty. Who is away is waited for, too.
    """
    begun, first = clock(), -1
    state = State(0, 0, 0.0, ())
    while True:
        try:
            lags = ask()
        except Retry as error:
            state = State(state.done, state.total, state.a_second, state.left, str(error))
        else:
            done, total = sum(lag.reached for lag in lags), sum(lag.wanted for lag in lags)
            first = done if first < 0 else first
            state = State(done, total, (done - first) / max(clock() - begun, 1e-9), lagging(lags))
        show(state)
        if not (state.left or state.away) or clock() >= until:
            return state
        pause()
