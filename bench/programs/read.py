"""Reads and decodes: the real Faust app with Baton's batch transport; the batches are decoded, counted and let go."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.programs.told import answer, told
from bench.usage import Stretch
from runtime.garbage_collection import collect_rarely
from schemas.event_codec import TYPE_OF, decode
from schemas.settings import load
from schemas.topics import EVENTS
from streams.faust_app import build_app


class Decoding:
    """Takes the batches. ``done`` is set at the last record."""

    def __init__(self, ends: dict[int, int]) -> None:
        self.left = sum(ends.values())
        self.kinds: Counter[type] = Counter()
        self.done = asyncio.Event()
        self.stretch = Stretch()

    def open(self, partition: int, start: int, end: int) -> int:
        """Always from the start."""
        return start

    async def handle(self, partition: int, records: Sequence[Any]) -> None:
        """Decode each record."""
        self.stretch.begin()
        self.kinds.update([type(decode(record.key, record.value)) for record in records])
        self.left -= len(records)
        if self.left <= 0:
            self.stretch.end()
            self.done.set()

    async def committable(self) -> dict[int, int]:
        """Nothing is saved."""
        return {}

    def skip_to(self, partition: int, offset: int) -> None:
        """There are no holes here."""

    async def close(self, partition: int) -> int | None:
        """Nothing is held."""
        return None


async def main() -> None:
    """Until every record was decoded."""
    collect_rarely()
    task = told()
    batches = Decoding({int(p): end for p, end in task.ends.items()})
    app = build_app(load(home=Path(task.place)), task.kafka, task.group, EVENTS, batches)
    await app.start()
    crashed, done = asyncio.create_task(app.wait_until_stopped()), asyncio.create_task(batches.done.wait())
    await asyncio.wait({crashed, done}, return_when=asyncio.FIRST_COMPLETED)
    reason = app.crash_reason
    await app.stop()
    if reason is not None:
        raise reason
    answer(task, batches.stretch.told(batches.kinds.total(), kinds={TYPE_OF[k]: n for k, n in batches.kinds.items()}))


if __name__ == "__main__":
    asyncio.run(main())
