"""Sends a simulation to Kafka: its agreements, its history, and then the present as it comes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from broker.records import ProducerRecord
from producers.agreements.changes import changes_to, describe
from producers.agreements.stored_agreements import stored_agreements
from producers.publisher.ports import Log
from producers.replay.history_replay import ReplayCounts, replay_history
from producers.replay.timed_events import TimedEvents
from producers.simulator.company_agreements import AGREEMENTS_SOURCE, agreements_of
from producers.simulator.event_json import SimulatedRecord
from producers.simulator.simulation import Simulation
from schemas.errors import Stop
from schemas.topics import CONTROL, EVENTS

_PROGRESS_RECORDS = 2000
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0


class Stopping(Protocol):
    """Called: whether to stop. ``runtime.shutdown.StopSignal`` fits."""

    def __call__(self) -> bool: ...

    def wait(self, seconds: float) -> bool:
        """Sleep up to ``seconds``, less when asked to stop; True then."""
        ...


@dataclass
class SentCounts:
    """What was acknowledged so far. ``agreements``: requests, only those that change something."""

    agreements: int = 0
    history: int = 0
    live: int = 0
    ticks: int = 0


class Sender:
    """Sends one simulation. ``now`` is ms UTC; ``progress`` gets (records of history so far, share of its time, 0 to 1)."""

    def __init__(
        self, run: Simulation, log: Log, now: Callable[[], int], stopping: Stopping, progress: Callable[[int, float], None]
    ) -> None:
        self.sent = SentCounts()
        self._run, self._log, self._now, self._stopping, self._progress = run, log, now, stopping, progress

    def agreements(self) -> None:
        """Request the company's agreements; what is held already is not requested again.

        Raises ``Stop``, before any is sent, when others made one of them: a company's own agreements are never changed.
        """
        stored = stored_agreements(self._log)
        changes = changes_to(agreements_of(self._run.plan), stored, self._now(), past_votes=True, source=AGREEMENTS_SOURCE)
        foreign = [c for c in changes if c.kind == "changed" and stored[c.subject].source != AGREEMENTS_SOURCE]
        if foreign:
            raise Stop(
                f"{CONTROL} has an agreement of your own that the made-up company would replace: "
                f"{describe(foreign[0].agreement)}",
                "simulate in a home of its own: `baton demo`, or another --home",
            )
        self.sent.agreements = self._log.publish(change.request for change in changes if change.request is not None)

    def history(self) -> None:
        """Send what arrives before the plan's ``end_ms``, without ticks: for a live home."""
        self.sent.history = self._log.publish(ProducerRecord(EVENTS, record.key, record.value) for record in self._past())

    def replay(self) -> None:
        """Send it with ticks, each event in the five minutes it arrived in: for a home whose time is log."""
        counts = ReplayCounts()
        past = (TimedEvents(record.arrival_ms, record.key, (record.value,)) for record in self._past())
        replay_history(past, self._log, self._now, counts)
        self.sent.history, self.sent.ticks = counts.events, counts.ticks

    def live(self, progress: Callable[[int], None]) -> None:
        """Send each event when it arrives, until asked to stop; ``progress`` gets the number of records so far."""
        while not self._stopping():
            due = [ProducerRecord(EVENTS, record.key, record.value) for record in self._run.until(self._now() + 1)]
            if due:
                self.sent.live += self._log.publish(due)
                progress(self.sent.live)
            ahead = (self._run.next_arrival() - self._now()) / 1000
            self._stopping.wait(min(max(ahead, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S))

    def _past(self) -> Iterator[SimulatedRecord]:
        plan = self._run.plan
        length = max(1, plan.end_ms - plan.begin_ms)
        for number, record in enumerate(self._run.until(plan.end_ms), 1):
            if number % _PROGRESS_RECORDS == 0:
                self._progress(number, min(1.0, max(0.0, (record.arrival_ms - plan.begin_ms) / length)))
                if self._stopping():
                    return
            yield record
