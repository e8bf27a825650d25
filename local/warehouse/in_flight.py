"""The requests that are being answered, so that a process that ends can let them finish."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class InFlightRequests:
    """Counts requests from arrival to answer. Used from one event loop only."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.draining = False
        """Whether new requests have to be turned away."""

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one request for as long as the block lasts."""
        self._count += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._idle.set()

    async def drain(self, seconds: float) -> None:
        """From now on ``draining``; wait until all are answered, or the seconds are over."""
        self.draining = True
        with suppress(TimeoutError):
            # Swallowed: what still runs when the time is over is the caller's to cancel.
            await asyncio.wait_for(self._idle.wait(), seconds)
