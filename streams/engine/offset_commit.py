"""Commits of offsets to Kafka: behind publishing and saving, and only to show lag; a start reads from the saved offset."""

import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TypeAlias

_EVERY_SECONDS = 1.0
TP: TypeAlias = tuple[str, int]
"""Topic and partition; Faust's own fits, which Kafka's client wants back."""


class OffsetCommit:
    """The saved offsets of one consumer that Kafka does not know yet. ``send`` commits offsets; ``clock`` gives seconds."""

    def __init__(
        self, send: Callable[[Mapping[TP, int]], Awaitable[object]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._send = send
        self._clock = clock
        # Only the newest offset of a partition matters; an older one that was not sent yet is replaced.
        self._waiting: dict[TP, int] = {}
        self._sent_at = 0.0

    def saved(self, tp: TP, offset: int) -> None:
        """A state was saved that goes on at ``offset``."""
        self._waiting[tp] = offset

    async def commit(self, held: Collection[TP], now: bool = False) -> None:
        """3 commit: what waits, of the partitions ``held``; unless ``now`` at most once a second."""
        if self._waiting and (now or self._clock() - self._sent_at > _EVERY_SECONDS):
            # Taken out before the send: what is saved while it is on its way goes with the next. Where the send fails nothing
            # is put back, since the next save brings a later offset, and a start never reads from here.
            offsets, self._waiting = self._waiting, {}
            self._sent_at = self._clock()
            # Of a partition that went meanwhile the broker would refuse it, which Faust takes for a crash.
            await self._send({tp: offset for tp, offset in offsets.items() if tp in held})
