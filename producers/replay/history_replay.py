"""History in its own time: events ascending, a tick at each five-minute boundary that follows some, one at the end."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from broker.records import ProducerRecord
from producers.clock.broadcast import Broadcast
from producers.clock.control_requests import Requests
from producers.importers.case_events import Made
from producers.publisher.ports import Log
from schemas import ticks
from schemas.topics import EVENTS

_STEP_MS = 1000


@dataclass
class Replayed:
    """What was acknowledged so far. ``stopped``: the events ended early, so that the end is no end."""

    events: int = 0
    ticks: int = 0
    stopped: bool = False


def boundary_after(time_ms: int) -> int:
    """The first five-minute boundary later than ``time_ms``: the first W that contains an event of that time."""
    return (time_ms // ticks.BOUNDARY_MS + 1) * ticks.BOUNDARY_MS


def at_once(_w: int) -> None:
    """No pause: history as fast as it can be written."""


class Pace:
    """Called with each W of history in order, it waits so that history goes by ``speed`` times as fast as it happened.

    ``now`` is the wall clock in ms; ``wait`` sleeps for seconds, or less when told to stop.
    """

    def __init__(self, speed: float, now: Callable[[], int], wait: Callable[[float], object]) -> None:
        self._speed, self._now, self._wait = speed, now, wait
        self._from: tuple[int, int] | None = None

    def __call__(self, w: int) -> None:
        if self._from is None:
            self._from = w, self._now()
        first, begun = self._from
        early = begun + (w - first) / self._speed - self._now()
        if early > 0:
            self._wait(early / 1000)


def replay_stretches(
    made: Iterable[Made], log: Log, now: Callable[[], int], done: Replayed, pace: Callable[[int], object] = at_once
) -> None:
    """Send ``made`` (ascending by time) with its ticks; ``pace`` is called with each W before its stretch.

    No tick goes back behind one the log holds, nor past ``now``. At the end there is always one more, so that a log imported
    behind the log's own time is folded, too. What was requested since the last tick (agreements, team map …) is broadcast
    first: a log home has no clock that would do it.
    """
    broadcast = Broadcast(log)
    broadcast.recover()
    requests = Requests(log)
    requests.begin(broadcast.control)
    requests.broadcast(broadcast)
    broadcast.control = requests.done
    fresh = True
    for boundary, stretch in groupby(made, lambda m: boundary_after(m.time_ms)):
        pace(boundary)
        records = (ProducerRecord(EVENTS, m.key, value) for m in stretch for value in m.values)
        written, fresh = broadcast.tick_behind(records, min(boundary, now()))
        done.events += written
        done.ticks += fresh
    if not fresh and broadcast.last is not None and not done.stopped:
        done.ticks += bool(broadcast.tick(broadcast.last + _STEP_MS, broadcast.control))
