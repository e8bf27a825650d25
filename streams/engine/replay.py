"""Feeds a run from the warehouse's copy of the log: the same records at the same offsets, holes where one was unreadable."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from streams.engine.run import Gap, PartitionRun


class Kept(NamedTuple):
    """A record of the events topic as the warehouse keeps it; ``timestamp`` is the append time in ms."""

    offset: int
    timestamp: int
    key: bytes
    value: bytes


def _in_batches(records: Iterable[Kept], size: int) -> Iterator[list[Kept]]:
    rest = iter(records)
    while batch := list(islice(rest, size)):
        yield batch


async def replay(run: PartitionRun, records: Iterable[Kept], batch: int = 20_000) -> int:
    """Take all records in order; gives how many were passed over as holes. The run saves at its last tick."""
    holes = 0
    for some in _in_batches(records, batch):
        while True:
            try:
                await run.handle(some)
                break
            except Gap as gap:
                found = next(r.offset for r in some if r.offset > gap.expected)
                holes += found - gap.expected
                run.skip_to(found)
    await run.landed()
    return holes
