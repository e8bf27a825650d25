"""Trying again when the broker or the warehouse is away: for ever, visibly, each wait longer, never in step with others."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from schemas.errors import Retry

log = structlog.get_logger()
T = TypeVar("T")


class Stopping(Exception):
    """Asked to stop while something outside was away: what is not saved will be read again."""


@dataclass(frozen=True)
class Waits:
    """They double from ``first`` to ``most`` seconds, each shortened by up to half."""

    first: float = 0.25
    most: float = 15.0

    def seconds(self, attempt: int, jitter: float) -> float:
        """Wait after attempt number ``attempt`` (from 1); ``jitter`` in [0, 1)."""
        return min(self.most, self.first * 2.0 ** min(attempt - 1, 30)) * (1 - jitter / 2)


@dataclass
class Patience:
    """``jitter`` gives numbers in [0, 1); ``pause`` waits so many seconds, less when asked to ``stop``."""

    stop: asyncio.Event
    pause: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]
    waits: Waits = field(default_factory=Waits)
    retries: int = 0

    async def until_done(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """The answer of ``call``, repeated while it raises ``Retry``. Raises ``Stopping`` when told to stop between."""
        attempt = 0
        while True:
            try:
                answer = await call()
            except Retry as error:
                attempt += 1
                self.retries += 1
                seconds = self.waits.seconds(attempt, self.jitter())
                log.warning("trying again", step=what, attempt=attempt, seconds=round(seconds, 2), because=str(error))
                await self.pause(seconds)
                if self.stop.is_set():
                    raise Stopping from error
            else:
                if attempt:
                    log.info("back again", step=what, attempts=attempt)
                return answer
