"""A worker of a stage: joins the group, restores its partitions, folds until it is asked to stop."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import structlog

from broker.admin import Admin
from broker.installation_record import newest_installation
from broker.topic_watch import TopicWatch, look_on
from broker.topics import described
from runtime.retry import AsyncRetry
from runtime.shutdown import StopRequested, stop_event
from schemas import topics
from schemas.counters import CounterName
from schemas.errors import Stop
from schemas.installation import Installation, agreed
from schemas.settings import Settings
from streams.engine.assignment import Assignment
from streams.engine.outbox import KafkaOutbox
from streams.engine.progress import WorkerProgress
from streams.faust_app import build_app
from streams.stages import Role

_log = structlog.get_logger("worker")
_LOG_SECONDS = 60.0
_CHECK_SECONDS = 2.0


def run(
    role: Role,
    settings: Settings,
    bootstrap: str,
    ready: Callable[[], object] = lambda: None,
    trouble: Callable[[str], object] = lambda _words: None,
    parked_sources: Callable[[str], object] = lambda _words: None,
    moved: Callable[[], object] = lambda: None,
) -> None:
    """Fold as ``role`` says until SIGTERM or Ctrl-C; ``ready`` is called once the group is joined and the states are open.

    ``trouble`` is called with what keeps partitions from publishing, ``parked_sources`` with whose records are mostly parked
    while others count; each with an empty text when that is over. ``moved`` is called every few seconds, unless the work
    stands still. Raises ``Stop`` when going on would be wrong; anything unknown goes through.
    """
    asyncio.run(_run(role, settings, bootstrap, ready, Reports(trouble, parked_sources, moved)))


class Reports(NamedTuple):
    """Who is told what a worker has to say while it runs."""

    trouble: Callable[[str], object]
    parked_sources: Callable[[str], object]
    moved: Callable[[], object]


async def _run(role: Role, settings: Settings, bootstrap: str, ready: Callable[[], object], reports: Reports) -> None:
    # Before anything else: a worker that waits for a broker must end when asked to.
    stopping = stop_event()
    retry = AsyncRetry(stopping)
    names = [role.topic, *role.targets, topics.DEAD_LETTERS]
    try:
        found = await retry.until_done("look at the topics", partial(asyncio.to_thread, described, bootstrap, names))
        recorded = await retry.until_done("read the installation", partial(asyncio.to_thread, newest_installation, bootstrap))
    except StopRequested:
        return
    if stopping.is_set():  # told while it asked, and was answered: it must not join a group only to leave it
        return
    # Read once: a worker belongs to one generation, and those started after a rebuild to the next.
    installation = _agreed(recorded, settings)
    source = found[role.topic]
    outbox = KafkaOutbox(
        bootstrap,
        installation.generation,
        source.partitions,
        {name: found[name].partitions for name in role.targets},
        found[topics.DEAD_LETTERS].partitions,
        stopping,
    )
    stage = role.stage(installation, settings, source)
    assignment = Assignment(stage, settings, outbox)
    app = build_app(settings, bootstrap, role.group, role.topic, assignment)

    async def open_states() -> None:
        await app.tables.recovery.completed.wait()  # on_rebalance_complete comes before perform_seek, which may still stop us
        ready()

    # Beside the work: of a topic that was made again, or got partitions, the client itself would go on reading something.
    watching = asyncio.create_task(look_on(TopicWatch(Admin(bootstrap).described, found)))
    generation, partitions = installation.generation, source.partitions
    _log.info("starting", stage=stage.name, worker=settings.worker, generation=generation, partitions=partitions)
    # They only report: one that fails stops nothing, and asyncio logs it when its task is dropped.
    background = [
        asyncio.create_task(task) for task in (_log_counters(assignment), _report(assignment, reports), open_states())
    ]
    try:
        await app.start()
        crashed, stop_requested = asyncio.create_task(app.wait_until_stopped()), asyncio.create_task(stopping.wait())
        # A crash, another topic and a request to stop end alike: no new batch, what runs is finished, then the group is left.
        await asyncio.wait({crashed, stop_requested, watching}, return_when=asyncio.FIRST_COMPLETED)
        _log.info("stopping", told=stopping.is_set(), counters=assignment.counters())
    finally:
        for task in background:
            # Before the app stops: its recovery event would otherwise be awaited for ever.
            task.cancel()
        # Read before ``stop``, which may crash once more in closing.
        reason = app.crash_reason
        await app.stop()
        # Last: partitions that are let go while the app stops still publish.
        await outbox.close()
    if watching.done():
        watching.result()
    watching.cancel()
    # Faust does not raise what it crashed with. A stop while the broker is away is no failure.
    if reason is not None and not isinstance(reason, StopRequested):
        raise reason


async def _log_counters(assignment: Assignment) -> None:
    """Log the counters once a minute, when they have changed: received, duplicate, corrected, refused, parked …"""
    last_report: dict[int, dict[CounterName, int]] = {}
    while True:
        await asyncio.sleep(_LOG_SECONDS)
        counted = assignment.counters()
        if counted != last_report:
            last_report = counted
            _log.info("counted since the partitions were opened", partitions=counted)


async def _report(assignment: Assignment, reports: Reports) -> None:
    """Pass on what keeps partitions from publishing and who is mostly parked, whenever it changes, and that the work comes
    round."""
    last = "", ""
    progress = WorkerProgress(assignment)
    while True:
        await asyncio.sleep(_CHECK_SECONDS)
        found = assignment.trouble(), assignment.parked_sources()
        if found != last:
            last = found
            reports.trouble(found[0])
            reports.parked_sources(found[1])
        if progress():
            reports.moved()


def _agreed(installation: Installation | None, settings: Settings) -> Installation:
    """The installation, if no setting of this process contradicts it."""
    if installation is None:
        raise Stop("the control topic holds no installation record", "run `baton up`, which writes it")
    agreed(settings, installation)
    return installation
