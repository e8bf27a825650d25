"""Waiting for something outside: one log line after each of growing pauses, for ever or until told to stop."""

import random
import time
from collections.abc import Callable

import structlog

from schemas.errors import Retry

_log = structlog.get_logger(__name__)
LONGEST_S = 30.0
LISTEN_S = 0.2
"""How often a waiting process looks whether it was told to stop."""


class Patience:
    """Backs off while ``what`` is away. ``stopping`` true ends the waiting with ``Retry``."""

    def __init__(
        self,
        what: str,
        stopping: Callable[[], bool] = lambda: False,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._what = what
        self._stopping = stopping
        self._sleep = sleep
        self._jitter = jitter
        self._tries = 0
        self._waited = 0.0

    def pause(self) -> float:
        """Seconds the next pause takes: 2, 4 … 30, each half to whole."""
        return float(min(LONGEST_S, 2.0 ** min(self._tries + 1, 5)) * (0.5 + self._jitter() / 2))

    def waited(self, seconds: float, why: str) -> None:
        """``seconds`` more have passed in vain: say so after each pause. Raises ``Retry`` when told to stop."""
        self._waited += seconds
        if self._stopping():
            raise Retry(f"{self._what} is away ({why}); told to stop while waiting for it")
        if self._waited >= self.pause():
            self._waited = 0.0
            self._tries += 1
            _log.warning("waiting", what=self._what, why=why, tries=self._tries)

    def wait(self, why: str) -> None:
        """Say so and sleep one pause, listening to ``stopping``. Raises ``Retry`` when told to stop."""
        left = self.pause()
        self._tries += 1
        _log.warning("waiting", what=self._what, why=why, tries=self._tries, seconds=round(left, 1))
        while left > 0:
            if self._stopping():
                raise Retry(f"{self._what} is away ({why}); told to stop while waiting for it")
            self._sleep(min(left, LISTEN_S))
            left -= LISTEN_S

    def over(self) -> None:
        """It answered: the next wait starts small again."""
        if self._tries:
            _log.info("answers again", what=self._what, tries=self._tries)
        self._tries = 0
        self._waited = 0.0
