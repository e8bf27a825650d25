"""History in its own time: events ascending, a tick at each five-minute boundary that follows some, one at the end."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from broker.records import ProducerRecord
from producers.clock.broadcast import Broadcast
from producers.clock.clock import boundary_after
from producers.clock.control_requests import ControlRequests
from producers.publisher.ports import Log
from producers.replay.pace import no_pause
from producers.replay.timed_events import TimedEvents
from schemas.topics import EVENTS

_STEP_MS = 1000


@dataclass
class ReplayCounts:
    """What was acknowledged so far. ``stopped``: the events ended early, so no last tick is sent."""

    events: int = 0
    ticks: int = 0
    stopped: bool = False


def replay_history(
    history: Iterable[TimedEvents],
    log: Log,
    now: Callable[[], int],
    counts: ReplayCounts,
    pace: Callable[[int], object] = no_pause,
) -> None:
    """Send ``history`` (ascending by time) with its ticks; ``pace`` is called with each W before the events it follows.

    No tick is older than one the log holds, none newer than ``now``. Where the last events got no tick of their own for that
    reason, one more is sent: so a log older than what the home holds already is folded, too. What was requested since the
    last tick (agreements, team map …) is broadcast first: a log home has no clock that would do it.
    """
    broadcast = Broadcast(log)
    # An import that was cut short may have left some partitions without its last tick.
    broadcast.recover()
    requests = ControlRequests(log)
    requests.begin(broadcast.control)
    requests.broadcast(broadcast)
    broadcast.control = requests.done
    # True where no events come: then nothing waits for a tick.
    advanced = True
    # History is sorted, so a group is complete when the next begins, and is never held in memory.
    for boundary, group in groupby(history, lambda events: boundary_after(events.time_ms)):
        pace(boundary)
        records = (ProducerRecord(EVENTS, events.key, value) for events in group for value in events.values)
        # Never ahead of now: a log whose times lie in the future would be refused by every reader.
        written, advanced = broadcast.tick_behind(records, min(boundary, now()))
        counts.events += written
        counts.ticks += advanced
    # The home is further than this log's end: one tick a second later folds what arrived late.
    if not advanced and broadcast.last is not None and not counts.stopped:
        counts.ticks += bool(broadcast.tick(broadcast.last + _STEP_MS, broadcast.control))
