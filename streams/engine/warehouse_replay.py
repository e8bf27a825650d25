"""Feeds a run from the warehouse's copy of the log: the same records at the same offsets, holes where one was unreadable."""

from collections.abc import Iterable, Iterator
from itertools import islice

from broker.records import LogRecord
from streams.engine.partition_run import Gap
from streams.engine.stage import AnyRun


def _in_batches(records: Iterable[LogRecord], size: int) -> Iterator[list[LogRecord]]:
    rest = iter(records)
    while batch := list(islice(rest, size)):
        yield batch


async def replay(run: AnyRun, records: Iterable[LogRecord], batch: int = 20_000) -> int:
    """Take all records in order; gives how many were passed over as holes. The run saves at its last tick."""
    holes = 0
    for chunk in _in_batches(records, batch):
        # ``handle`` takes the records before a gap; given the same ones again it skips those by their offsets.
        while True:
            try:
                await run.handle(chunk)
                break
            except Gap as gap:
                found = next(r.offset for r in chunk if r.offset > gap.expected)
                # The warehouse has no row of a record that was parked, nor of a transaction's marker.
                holes += found - gap.expected
                run.skip_to(found)
    # The last steps are still under way, and what they fail with would be lost.
    await run.landed()
    return holes
