"""``baton run sink``: Kafka → ClickHouse, until asked to stop."""

import asyncio
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import Annotated

import structlog
import typer

from baton.connection_settings import settings_with_addresses
from baton.options import Home, settings_of
from baton.recorded_settings import recorded_settings
from baton.topic_identity import check_same_log
from broker.admin import Admin, TopicDescription
from broker.topic_watch import TopicWatch, look_on
from broker.topics import described
from local.stack import run_state
from local.stack.process import Progress, announce, instance_name
from runtime.garbage_collection import collect_rarely
from runtime.retry import AsyncRetry
from runtime.shutdown import StopRequested, stop_event
from schemas.errors import Stop
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS, EVENTS, FACTS, SCORES
from sinks.clickhouse import ClickHouse, connect_from
from sinks.kafka_source import KafkaSource
from sinks.migrate import migrate
from sinks.migration_files import read
from sinks.sink_loop import BatchLimits, Sink

AcceptLoss = Annotated[
    bool, typer.Option("--accept-loss", help="Go on where the log has lost records before they were in the tables.")
]
ReadAgain = Annotated[
    bool, typer.Option("--read-again", help="Read all events Kafka holds again: what is in the tables stays as it is.")
]
TOPICS = (EVENTS, FACTS, SCORES, DEAD_LETTERS)
log = structlog.get_logger()


def command(home: Home = None, accept_loss: AcceptLoss = False, read_again: ReadAgain = False) -> None:
    """Bring events, facts, scores, watermarks and dead letters into the tables, until asked to stop (SIGTERM, Ctrl-C).

    Waits for broker and warehouse while they are away, loses nothing and writes nothing twice. Brings the tables up
    to date first, as `baton migrate` does.

    \b
    Examples:
        baton run sink
        baton run sink --read-again         `baton verify` says that records are in no table; no other sink may run
    """
    settings = settings_with_addresses(settings_of(home))
    if read_again:
        _check_alone(settings)
    asyncio.run(serve(settings, accept_loss, read_again))


def _check_alone(settings: Settings) -> None:
    """Raises ``Stop`` while this home runs a sink: what that one writes last would say again how far the tables go."""
    found = run_state.running(settings.home)
    if any(process.name == "sink" and process.identity for process in (found.processes if found else ())):
        raise Stop(
            f"the sink of {settings.home} runs, and only one may read again",
            "`baton down`, then `baton up --detach --only broker --only warehouse`, then this again (docs/verify.md)",
        )


async def serve(settings: Settings, accept_loss: bool, read_again: bool = False) -> None:
    """Run the sink until asked to stop; it is ready once the tables are up to date and the group is joined."""
    retry = AsyncRetry(stop_event())
    async with AsyncExitStack() as closing:
        try:
            # 1 settings   2 tables   3 topics they were made from   4 join the group: nothing is read before it can be written
            recorded = partial(asyncio.to_thread, recorded_settings, settings)
            settings = await retry.until_done("read the installation", recorded)
            warehouse = await retry.until_done("reach the warehouse", lambda: asyncio.to_thread(_warehouse, settings))
            closing.callback(warehouse.close)
            if read_again:
                forgotten = f"DELETE FROM sink_positions WHERE topic = '{EVENTS}'"
                await retry.until_done("forget the positions", lambda: asyncio.to_thread(warehouse.execute, forgotten))
            same_log = partial(asyncio.to_thread, _same_log, warehouse, str(settings.kafka))
            topics = await retry.until_done("compare the topics", same_log)
            source = KafkaSource(str(settings.kafka), TOPICS, settings.worker, warehouse.positions, accept_loss)
            await retry.until_done("reach the broker", source.start)
        except StopRequested:
            return
        # Leaves the group before the warehouse is closed, in the opposite order of opening.
        closing.push_async_callback(source.stop)
        collect_rarely()
        name = instance_name("sink", settings.worker)
        announce(settings.home, name)
        limits = BatchLimits(rows=settings.sink_rows)
        sink = Sink(source, warehouse, retry, time.monotonic, limits, Progress(settings.home, name))
        await _run(sink, TopicWatch(Admin(str(settings.kafka)).described, topics))


async def _run(sink: Sink, watch: TopicWatch) -> None:
    """Run until asked to stop, or until a topic is another one."""
    running, watching = asyncio.create_task(sink.run()), asyncio.create_task(look_on(watch))
    await asyncio.wait({running, watching}, return_when=asyncio.FIRST_COMPLETED)
    # What has been read is written first, as after a request to stop.
    sink.retry.stop.set()
    try:
        await running
    finally:
        if watching.done():
            watching.result()
        watching.cancel()


def _warehouse(settings: Settings) -> ClickHouse:
    warehouse = connect_from(settings)
    migrate(warehouse, read(), lambda name: log.info("migrated", name=name), settings.clickhouse_database)
    return warehouse


def _same_log(warehouse: ClickHouse, kafka: str) -> dict[str, TopicDescription]:
    found = described(kafka, TOPICS)
    check_same_log(warehouse, {topic: of_broker.id for topic, of_broker in found.items()})
    return found
