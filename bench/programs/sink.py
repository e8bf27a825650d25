"""The real sink: from the topics into the warehouse until its positions reach the end of all logs, or until SIGTERM."""

import asyncio
import time
from collections.abc import Mapping

from bench.programs.told import answer, told
from bench.usage import Stretch
from broker.records import TopicPartition
from runtime.garbage_collection import collect_rarely
from runtime.retry import AsyncRetry
from runtime.shutdown import stop_event
from schemas.topics import DEAD_LETTERS, EVENTS, FACTS, SCORES
from sinks.clickhouse import connect
from sinks.kafka_source import KafkaSource
from sinks.migrate import migrate
from sinks.migration_files import read
from sinks.ports import Polled
from sinks.sink_loop import Sink


async def main() -> None:
    """From the first records to the last commit."""
    collect_rarely()
    task = told()
    stop, stretch = stop_event(), Stretch()
    left = {TopicPartition(topic, partition): end for topic, partition, end in task.ends if end}

    class Timed(KafkaSource):
        """The real source, with a watch."""

        async def read(self, rows: int, seconds: float) -> Polled:
            """As the real one."""
            polled = await super().read(rows, seconds)
            if polled:
                stretch.begin()
            return polled

        async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
            """As the real one; the last one ends the measurement."""
            await super().commit(positions)
            stretch.end()
            for place, offset in positions.items():
                if offset >= left.get(place, offset + 1):
                    del left[place]
            if task.ends and not left:
                stop.set()

    warehouse = connect(task.clickhouse, "baton", "", task.database)
    migrate(warehouse, read(), lambda _name: None)
    source = Timed(task.kafka, (EVENTS, FACTS, SCORES, DEAD_LETTERS), task.database, warehouse.positions)
    await source.start()
    sink = Sink(source, warehouse, AsyncRetry(stop, sleep=asyncio.sleep), time.monotonic)
    try:
        await sink.run()
    finally:
        await source.stop()
        warehouse.close()
    answer(task, stretch.told(sink.totals.records, rows=sink.totals.rows, rounds=sink.totals.rounds))


if __name__ == "__main__":
    asyncio.run(main())
