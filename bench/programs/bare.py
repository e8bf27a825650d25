"""What the sink is held against: ``getmany`` and inserting prepared blocks of the same records, with nothing between."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from bench.log import stretches
from bench.programs.told import answer, told
from bench.usage import Stretch
from broker.records import TopicPartition
from runtime.garbage_collection import collect_rarely
from sinks.batch_blocks import Batch, batch_of
from sinks.clickhouse import connect
from sinks.migrate import migrate
from sinks.migration_files import read
from sinks.sink_loop import BatchLimits

ROWS = BatchLimits().rows


async def main() -> None:
    """Prepare all blocks first; then read everything again and insert block after block, timed."""
    task = told()
    ends = {(topic, partition): end for topic, partition, end in task.ends if end}
    prepared = [_prepared(polled) async for polled in _batches(task.kafka, ends)]
    collect_rarely()  # after the rows were prepared: they must not make the collector dear
    warehouse = connect(task.clickhouse, "baton", "", task.database)
    migrate(warehouse, read(), lambda _name: None)
    stretch = Stretch()
    records = 0
    blocks = iter(prepared)
    async for polled in _batches(task.kafka, ends, stretch):
        records += sum(map(len, polled.values()))
        batch = next(blocks)
        for block in (*batch.rows, *batch.watermarks, batch.positions_block):
            await asyncio.to_thread(warehouse.insert, block)
        stretch.end()
    warehouse.close()
    answer(task, stretch.told(records, rows=sum(b.rows_in_all for b in prepared), rounds=len(prepared)))


async def _batches(
    kafka: str, ends: dict[tuple[str, int], int], stretch: Stretch | None = None
) -> AsyncIterator[dict[tuple[str, int], list[Any]]]:
    """What ``getmany`` gives, put together to batches as large as the sink's."""
    gathered: dict[tuple[str, int], list[Any]] = {}
    count = 0
    async for polled in stretches(kafka, {}, ends, ROWS):
        if stretch is not None:
            stretch.begin()
        for place, records in polled.items():
            gathered.setdefault(place, []).extend(records)
            count += len(records)
        if count >= ROWS:
            yield gathered
            gathered, count = {}, 0
    if gathered:
        yield gathered


def _prepared(polled: dict[tuple[str, int], list[Any]]) -> Batch:
    return batch_of({TopicPartition(*place): records for place, records in polled.items()})


if __name__ == "__main__":
    asyncio.run(main())
