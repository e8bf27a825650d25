"""How fast a replay goes: as fast as it can be written, or so many times as fast as it happened."""

from collections.abc import Callable


def no_pause(_w_ms: int) -> None:
    """History as fast as it can be written."""


class Pace:
    """Called with each W of history in order, it waits so that history goes by ``speed`` times as fast as it happened.

    ``now`` is the wall clock in ms; ``wait`` sleeps for seconds, or less when asked to stop.
    """

    def __init__(self, speed: float, now: Callable[[], int], wait: Callable[[float], object]) -> None:
        self._speed, self._now, self._wait = speed, now, wait
        self._start: tuple[int, int] | None = None

    def __call__(self, w_ms: int) -> None:
        # From the first W on: what was slept or sent too slowly is caught up, not added.
        if self._start is None:
            self._start = w_ms, self._now()
        first_w_ms, started_ms = self._start
        early_ms = started_ms + (w_ms - first_w_ms) / self._speed - self._now()
        if early_ms > 0:
            self._wait(early_ms / 1000)
