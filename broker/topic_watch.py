"""Whether topics are still what they were when a process began: the same ids, the same numbers of partitions."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import NoReturn

from broker.admin import TopicDescription
from runtime.daemon_thread import in_daemon_thread
from schemas.errors import Retry, Stop
from schemas.topics import ANOTHER_LOG

LOOK_SECONDS = 5.0
Ask = Callable[[list[str]], Mapping[str, TopicDescription]]
"""Those of the named topics that exist; ``Admin.described`` is it. Raises ``Retry`` while the broker is away."""


class TopicWatch:
    """Compares topics with ``began``, what they were at first."""

    def __init__(self, ask: Ask, began: Mapping[str, TopicDescription]) -> None:
        self._ask = ask
        self._began = began
        self._missing: set[str] = set()
        self._looked = time.monotonic()

    def look_again(self) -> None:
        """``look``, where the last one is some seconds ago; for what has no loop of its own."""
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self.look()

    def look(self) -> None:
        """Raises ``Stop`` when a topic is another one. Says nothing while the broker is away."""
        self._looked = time.monotonic()
        try:
            now = self._ask(list(self._began))
        except Retry:
            return
        changes = [change for name, was in self._began.items() if name in now and (change := _change(name, was, now[name]))]
        # Twice: a topic whose leader is being elected is missing for a moment.
        missing = self._began.keys() - now.keys()
        changes += [f"{name} was deleted" for name in sorted(missing & self._missing)]
        self._missing = missing
        if changes:
            raise Stop("; ".join(changes), ANOTHER_LOG)


async def look_on(watch: TopicWatch) -> NoReturn:
    """Look every few seconds, beside the work. Raises as ``TopicWatch.look``."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        # Not a thread of the loop's: a broker that hangs would hold up the end of the process.
        await in_daemon_thread(watch.look)


def _change(name: str, was: TopicDescription, now: TopicDescription) -> str:
    if now.id != was.id:
        return f"{name} was deleted and made again while this process ran: its id was {was.id} and is {now.id}"
    if now.partitions != was.partitions:
        return f"{name} had {was.partitions} partitions when this process began and has {now.partitions} now"
    return ""
