"""History in its own time: events ascending, a tick at each five-minute boundary that follows some, one at the end."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby, islice

from broker.records import ProducerRecord
from producers.clock.broadcast import Broadcast
from producers.clock.clock import boundary_after
from producers.clock.control_requests import ControlRequests
from producers.publisher.ports import Log
from producers.replay.pace import no_pause
from producers.replay.timed_events import TimedEvents
from schemas import ticks
from schemas.topics import EVENTS

_STEP_MS = 1000
_ROOM_MS = 12 * ticks.BOUNDARY_MS
"""So far before its first events a home begins whose first five minutes need ticks of their own: none of them comes late."""


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

    No tick is older than one the log holds, none newer than ``now``, and none is sent before the events it follows are
    acknowledged. Events older than the newest tick (a second log, an import that is repeated) are closed by ticks of their
    own, each a second after the one before, as soon as ``CUT_EVENTS`` wait; so are those of five minutes that hold more. What
    was requested since the last tick (agreements, team map …) is broadcast first: a log home has no clock that would do it.
    """
    broadcast = Broadcast(log)
    # An import that was cut short may have left some partitions without its last tick.
    broadcast.recover()
    requests = ControlRequests(log)
    requests.begin(broadcast.control)
    requests.broadcast(broadcast)
    broadcast.control = requests.done
    waiting = 0
    # History is sorted, so a group is complete when the next begins, and is never held in memory.
    for boundary, group in groupby(history, lambda events: boundary_after(events.time_ms)):
        pace(boundary)
        records = (ProducerRecord(EVENTS, events.key, value) for events in group for value in events.values)
        while chunk := list(islice(records, ticks.CUT_EVENTS - waiting % ticks.CUT_EVENTS)):
            written = log.publish(chunk)
            counts.events += written
            waiting += written
            if waiting >= ticks.CUT_EVENTS:
                # Events that are younger than it are in its cut all the same, and wait for their time in the items' state.
                before = broadcast.last if broadcast.last is not None else max(boundary - _ROOM_MS, 0)
                if _tick(broadcast, before + _STEP_MS, now()):
                    counts.ticks += 1
                    waiting = 0
        if _tick(broadcast, boundary, now()):
            counts.ticks += 1
            waiting = 0
    # The home is further than this log's end: one tick a second later folds what arrived late.
    if waiting and broadcast.last is not None and not counts.stopped:
        counts.ticks += _tick(broadcast, broadcast.last + _STEP_MS, now())


def _tick(broadcast: Broadcast, w_ms: int, now: int) -> bool:
    """Send W, but never one ahead of now: a log whose times lie in the future would be refused by every reader."""
    return bool(broadcast.tick(min(w_ms, now), broadcast.control))
