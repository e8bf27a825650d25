"""``baton run clock``: the clock of a live home, until asked to stop."""

from contextlib import suppress

import structlog

from baton.connection_settings import kafka_address
from baton.options import Home, settings_of
from baton.recorded_settings import recorded_settings
from local.stack.process import Progress, announce, report_trouble
from producers.clock.clock import Clock
from producers.publisher.kafka_log import KafkaLog
from runtime.retry import BlockingRetry
from runtime.shutdown import StopSignal, on_signals
from runtime.wall_clock import now_ms
from schemas.errors import Retry, Stop
from schemas.settings import Settings

_log = structlog.get_logger(__name__)


def command(home: Home = None) -> None:
    """Send the ticks and control records of a live home, until asked to stop (SIGTERM, Ctrl-C).

    Waits while the broker is away. After a restart it completes what was begun and sends the five-minute ticks it
    slept through.

    \b
    Example:
        baton run clock --home .baton
    """
    run(settings_of(home))


def run(settings: Settings) -> None:
    """Tick until SIGTERM or Ctrl-C. Backs off while the broker is away. Raises ``Stop`` in a log home or without topics."""
    with on_signals() as stopping, KafkaLog(kafka_address(settings), stopping=stopping) as log:
        _loop(log, settings, stopping)


def _refuse_log_home(settings: Settings) -> None:
    if settings.time == "log":
        raise Stop(
            f"the home {settings.home} replays history in its own time; it has no clock",
            "run no clock here: `baton import` brings the ticks. Where `baton up` started it, because it could not read the "
            "record then: `baton down`, then `baton up`",
        )


def _loop(log: KafkaLog, settings: Settings, stopping: StopSignal) -> None:
    retry = BlockingRetry("broker", stopping)
    clock: Clock | None = None
    reported = ""
    moved = Progress(settings.home, "clock")
    while not stopping():
        try:
            if clock is None:
                # Before the first tick, which could not be taken back.
                _refuse_log_home(recorded_settings(settings))
                clock = Clock(log, now_ms, settings.tick_ms)
                # 1 complete what a crash left half sent   2 only then report that it is ready
                clock.recover()
                announce(settings.home, "clock")
                reported = ""
                _log.info("clock", last=clock.last, step_ms=settings.tick_ms)
            ticks = clock.step()
            retry.reset()
            moved()
            if bool(clock.trouble) != bool(reported):  # its text counts the minutes: said once, and once more when it is over
                reported = clock.trouble
                report_trouble(settings.home, "clock", reported)
                _log.error("clock", trouble=reported) if reported else _log.info("clock ticks again", last=clock.last)
        except Retry as away:
            clock = None  # the log may have gone on without it: it must recover from what stands there
            with suppress(Retry):  # asked to stop while waiting: the loop sees it, too
                retry.wait(str(away))
            continue
        # To the next point of the grid; after two ticks or more at once, because a backlog may go on.
        if ticks < 2:
            stopping.wait((settings.tick_ms - now_ms() % settings.tick_ms) / 1000)
    _log.info("clock stopped", last=clock.last if clock else None)
