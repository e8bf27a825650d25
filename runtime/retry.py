"""Trying again while the broker or the warehouse is away: for ever, visibly, until asked to stop."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog

from runtime.backoff import Backoff
from runtime.shutdown import StopRequested
from schemas.errors import Retry

_log = structlog.get_logger("retry")
_Answer = TypeVar("_Answer")
LISTEN_S = 0.2
"""Seconds after which a blocking wait asks again whether to stop."""
SERVER = Backoff(first=0.25, longest=30.0)
"""For a call to a server from an event loop."""
CLIENT = Backoff(first=2.0, longest=30.0)
"""For a blocking client, which tries for some seconds itself before it gives up."""


class AsyncRetry:
    """Repeats calls from an event loop. ``sleep`` waits so many seconds, less once ``stop`` is set; ``chance`` in [0, 1)."""

    def __init__(
        self,
        stop: asyncio.Event,
        *,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        chance: Callable[[], float] = random.random,
        backoff: Backoff = SERVER,
    ) -> None:
        self.stop = stop
        self.retries = 0
        self._sleep = sleep or self._until_stopped
        self._chance = chance
        self._backoff = backoff

    async def until_done(self, what: str, call: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """The answer of ``call``, repeated while it raises ``Retry``. Raises ``StopRequested`` when asked to stop between."""
        attempt = 0
        while True:
            try:
                # Only Retry is caught: anything unknown ends the process, since trying again might hide a bug for ever.
                answer = await call()
            except Retry as away:
                attempt += 1
                self.retries += 1
                seconds = self._backoff.seconds(attempt, self._chance())
                _log.warning("trying again", step=what, attempt=attempt, seconds=round(seconds, 2), because=str(away))
                # Returns early when asked to stop, so that a process that waits half a minute ends at once.
                await self._sleep(seconds)
                # Between two tries only: a call that is under way is never cut.
                if self.stop.is_set():
                    raise StopRequested from away
            else:
                if attempt:
                    _log.info("answers again", step=what, attempts=attempt)
                return answer

    async def _until_stopped(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), seconds)


class BlockingRetry:
    """Waits in a thread while ``what`` is away, until ``stopping()``, which raises ``Retry``. ``chance`` in [0, 1)."""

    def __init__(
        self,
        what: str,
        stopping: Callable[[], bool] = lambda: False,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        backoff: Backoff = CLIENT,
    ) -> None:
        self._what = what
        self._stopping = stopping
        self._sleep = sleep
        self._chance = chance
        self._backoff = backoff
        self._begin_pause(0)

    def _begin_pause(self, attempts: int) -> None:
        self._attempts = attempts
        self._waited_s = 0.0
        # Drawn once for each pause: drawn at every look, the shortest of many would end it.
        self._pause_s = self._backoff.seconds(attempts + 1, self._chance())

    def pause_seconds(self) -> float:
        """How long the next pause takes."""
        return self._pause_s

    def count_wait(self, seconds: float, why: str) -> None:
        """A client has waited ``seconds`` more by itself: logged once a pause. Raises ``Retry`` when asked to stop."""
        self._waited_s += seconds
        self._check_stopping(why)
        if self._waited_s >= self._pause_s:
            self._begin_pause(self._attempts + 1)
            _log.warning("waiting", what=self._what, why=why, attempts=self._attempts)

    def wait(self, why: str) -> None:
        """Log it and sleep one pause. Raises ``Retry`` when asked to stop."""
        left = self._pause_s
        self._begin_pause(self._attempts + 1)
        _log.warning("waiting", what=self._what, why=why, attempts=self._attempts, seconds=round(left, 1))
        # In short sleeps: a signal is noticed within a fifth of a second, wherever the pause was in.
        while left > 0:
            self._check_stopping(why)
            self._sleep(min(left, LISTEN_S))
            left -= LISTEN_S

    def _check_stopping(self, why: str) -> None:
        if self._stopping():
            raise Retry(f"{self._what} is away ({why}); asked to stop while waiting for it")

    def reset(self) -> None:
        """It answered: the next pause is the first and shortest again."""
        if self._attempts:
            _log.info("answers again", what=self._what, attempts=self._attempts)
        if self._attempts or self._waited_s:  # publishers say so after every answer
            self._begin_pause(0)
