"""Feeds a run from the warehouse's copy of the log: the same records at the same offsets, holes where one was unreadable."""

from collections.abc import Iterable, Iterator
from itertools import islice

from broker.records import LogRecord
from streams.engine.assignment import AnyRun
from streams.engine.partition_run import Gap


def _in_batches(records: Iterable[LogRecord], size: int) -> Iterator[list[LogRecord]]:
    rest = iter(records)
    while batch := list(islice(rest, size)):
        yield batch


async def replay(run: AnyRun, records: Iterable[LogRecord], batch: int = 20_000) -> int:
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
