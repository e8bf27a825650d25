"""A replay at a chosen speed: history's own gaps, shortened; asked to stop, it does not wait."""

from broker.memory_broker import MemoryBroker
from producers.replay.history_replay import ReplayCounts, replay_history
from producers.replay.pace import Pace
from producers.replay.timed_events import TimedEvents
from schemas.event_codec import make
from schemas.ticks import BOUNDARY_MS
from schemas.topics import CONTROL, DEAD_LETTERS, EVENTS

START = 1_700_000_100_000


class Wall:
    """A wall clock that moves with each wait, and by ``work_ms`` each time it is read."""

    def __init__(self, work_ms: int = 0) -> None:
        self.now, self.work_ms, self.waited = 0, work_ms, list[float]()

    def read(self) -> int:
        self.now += self.work_ms
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += round(seconds * 1000)


def test_gaps_are_as_long_as_history_over_speed() -> None:
    """An hour of history at 3,600 times its speed takes a second, whatever the steps in between."""
    wall = Wall()
    pace = Pace(3600.0, wall.read, wall.wait)
    for minutes in (0, 5, 30, 60):
        pace(START + minutes * 60_000)
    assert abs(sum(wall.waited) - 1.0) < 0.01


def test_what_the_work_takes_is_no_pause() -> None:
    """Where sending takes longer than the gap, nothing is waited for."""
    wall = Wall(work_ms=2000)
    pace = Pace(3600.0, wall.read, wall.wait)
    for minutes in (0, 30, 60):
        pace(START + minutes * 60_000)
    assert wall.waited == []


def test_a_replay_paces_its_stretches_and_changes_nothing() -> None:
    """Each stretch is waited for before it is sent, by its W; the records are the same as at once."""
    moments = [START, START + BOUNDARY_MS, START + 5 * BOUNDARY_MS]

    def replayed(pace: list[int] | None) -> MemoryBroker:
        log = MemoryBroker({EVENTS: 1, CONTROL: 1, DEAD_LETTERS: 1}, lambda: 0)
        made = [
            TimedEvents(
                at, b"i", (make("baton.item.moved.v1", id=str(at), source="s", subject="i", time_ms=at, body={"to": "A"}),)
            )
            for at in moments
        ]
        more = () if pace is None else (pace.append,)
        replay_history(made, log, lambda: START * 2, ReplayCounts(), *more)
        return log

    seen: list[int] = []
    assert replayed(seen).topics == replayed(None).topics
    assert seen == [(at // BOUNDARY_MS + 1) * BOUNDARY_MS for at in moments]
