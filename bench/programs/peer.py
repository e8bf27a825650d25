"""The peer: a plain Faust agent, one event at a time, whose Table counts the events of each item.

It has the settings a newcomer's example has, but for a closed web server and no leader topic. The table's store is in memory;
its changelog goes to Kafka, as a Faust table's does.
"""

import os

import faust

from bench.programs.told import answer, told
from bench.usage import Stretch
from schemas.topics import EVENTS

task = told()
stretch = Stretch()
app = faust.App(
    task.group,
    broker=f"kafka://{task.kafka}",
    store="memory://",
    datadir=task.place,
    web_enabled=False,
    topic_disable_leader=True,
    topic_partitions=task.partitions,
    consumer_auto_offset_reset="earliest",
)
counts = app.Table("counts", default=int)


async def count(events: faust.Stream[dict[str, str]]) -> None:
    """Count until ``task.events`` were seen."""
    seen = 0
    async for event in events:
        stretch.begin()
        counts[event["subject"]] += 1
        seen += 1
        if seen == task.events:
            stretch.end()
            answer(task, stretch.told(seen, counted=sum(counts.values())))
            os._exit(0)  # stopping the app from its own agent waits for that agent for ever; nothing after this is measured


app.agent(app.topic(EVENTS, value_serializer="json"))(count)

if __name__ == "__main__":
    faust.Worker(app, loglevel="WARNING", redirect_stdouts=False).execute_from_commandline()
