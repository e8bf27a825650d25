"""Writes events at an even rate, ``rate`` a second for ``seconds``, and a tick to every partition each second."""

import asyncio
import time
from random import Random

from bench.history import Desk, ticks
from bench.log import Filler, filler
from bench.programs.told import answer, told
from schemas.topics import EVENTS

_SLICE_SECONDS = 0.02


async def main() -> None:
    """Until the time is over; the last record of every partition is a tick after all events."""
    task = told()
    desk = Desk(Random(task.seed), task.partitions, task.open_items, "live")
    async with filler(task.kafka, EVENTS) as filling:
        begun = time.time()
        second = int(begun)
        while (now := time.time()) < begun + task.seconds:
            while desk.events < (now - begun) * task.rate:
                made = desk.next(int(time.time() * 1000))
                if made is not None:
                    await filling.put(made)
            if int(now) > second:
                second = int(now)
                await _tick(filling, second * 1000, task.partitions)
            await filling.flush()
            await asyncio.sleep(_SLICE_SECONDS)
        await _tick(filling, int(time.time() * 1000) + 1000, task.partitions)
    answer(task, {"events": desk.events, "items": desk.items, "moves": desk.moves, "seconds": time.time() - begun})


async def _tick(filling: Filler, w: int, partitions: int) -> None:
    for sent in ticks(w, partitions):
        await filling.put(sent)


if __name__ == "__main__":
    asyncio.run(main())
