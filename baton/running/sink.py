"""``baton run sink``: Kafka → ClickHouse, until asked to stop."""

import asyncio
import random
import signal
import time
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Annotated

import structlog
import typer

from baton.connected import connected
from baton.options import Home, settings_of
from baton.running.collection import rarely
from baton.running.same_log import check_same_log
from local.stack.process import announce
from producers.topics import topic_id
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS, EVENTS, FACTS, SCORES
from sinks.loop import Limits, Sink
from sinks.migrate import migrate, read
from sinks.patience import Patience, Stopping
from sinks.source import KafkaSource
from sinks.warehouse import ClickHouse, connect_from

AcceptLoss = Annotated[
    bool, typer.Option("--accept-loss", help="Go on where the log has lost records before they were in the tables.")
]
TOPICS = (EVENTS, FACTS, SCORES, DEAD_LETTERS)
log = structlog.get_logger()


def command(home: Home = None, accept_loss: AcceptLoss = False) -> None:
    """Bring events, facts, scores, watermarks and dead letters into the tables, until asked to stop (SIGTERM, Ctrl-C).

    Waits for broker and warehouse while they are away, loses nothing and writes nothing twice. Brings the tables up
    to date first, as `baton migrate` does.

    \b
    Example:
        baton run sink
    """
    settings = connected(settings_of(home))
    asyncio.run(serve(settings, accept_loss))


async def serve(settings: Settings, accept_loss: bool) -> None:
    """The sink's whole life; ready once the tables are up to date and the group is joined."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    patience = Patience(stop, partial(_pause, stop), random.random)
    async with AsyncExitStack() as closing:
        try:
            warehouse = await patience.until_done("reach the warehouse", lambda: asyncio.to_thread(_warehouse, settings))
            closing.callback(warehouse.close)
            same_log = partial(asyncio.to_thread, _same_log, warehouse, str(settings.kafka))
            await patience.until_done("compare the topics", same_log)
            source = KafkaSource(str(settings.kafka), TOPICS, settings.worker, warehouse.positions, accept_loss)
            await patience.until_done("reach the broker", source.start)
        except Stopping:
            return
        closing.push_async_callback(source.stop)
        rarely()
        announce(settings.home, "sink")
        await Sink(source, warehouse, patience, time.monotonic, Limits(rows=settings.sink_rows)).run()


def _warehouse(settings: Settings) -> ClickHouse:
    warehouse = connect_from(settings)
    migrate(warehouse, read(), lambda name: log.info("migrated", name=name))
    return warehouse


def _same_log(warehouse: ClickHouse, kafka: str) -> None:
    check_same_log(warehouse, {topic: topic_id(kafka, topic) for topic in TOPICS})


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
