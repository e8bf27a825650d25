"""A simulation into a log: its agreements, its history, and then the present as it comes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from broker.records import ProducerRecord
from producers.agreements.requests import changes, describe, held
from producers.importers.case_events import Made
from producers.publisher.ports import Log
from producers.replay.history_replay import Replayed, replay_stretches
from producers.simulator.company_agreements import SOURCE, agreements_of
from producers.simulator.event_json import Sent
from producers.simulator.simulation import Simulation
from schemas.errors import Stop
from schemas.topics import EVENTS

_EVERY = 2000
_PAUSE_S, _LONGEST_S = 0.05, 1.0


class Stopping(Protocol):
    """Whether to stop, and a sleep that ends when told to."""

    def __call__(self) -> bool: ...

    def wait(self, seconds: float) -> bool:
        """Sleep up to ``seconds``; True when told to stop."""
        ...


@dataclass
class Sendings:
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
        self.sent = Sendings()
        self._run, self._log, self._now, self._stopping, self._progress = run, log, now, stopping, progress

    def agreements(self) -> None:
        """Request the company's agreements; what is held already is not requested again.

        Raises ``Stop``, before any is sent, when others made one of them: a company's own agreements are never changed.
        """
        kept = held(self._log)
        found = changes(agreements_of(self._run.plan), kept, self._now(), past_votes=True, source=SOURCE)
        theirs = [c for c in found if c.kind == "changed" and kept[c.subject].source != SOURCE]
        if theirs:
            raise Stop(
                f"there is an agreement of your own in the place of a made-up one: {describe(theirs[0].agreement)}",
                "simulate in a home of its own: `baton demo`, or another --home",
            )
        self.sent.agreements = self._log.publish(change.request for change in found if change.request is not None)

    def history(self) -> None:
        """Send what arrived until the plan's present."""
        self.sent.history = self._log.publish(ProducerRecord(EVENTS, one.key, one.value) for one in self._past())

    def replay(self) -> None:
        """The same with its ticks, each event in the five minutes it arrived in: for a home whose time is log."""
        done = Replayed()
        replay_stretches((Made(one.arrival_ms, one.key, (one.value,)) for one in self._past()), self._log, self._now, done)
        self.sent.history, self.sent.ticks = done.events, done.ticks

    def live(self, told: Callable[[int], None]) -> None:
        """Send each event when it arrives, until told to stop; ``told`` gets the number of records so far."""
        while not self._stopping():
            due = [ProducerRecord(EVENTS, one.key, one.value) for one in self._run.until(self._now() + 1)]
            if due:
                self.sent.live += self._log.publish(due)
                told(self.sent.live)
            ahead = (self._run.next_arrival() - self._now()) / 1000
            self._stopping.wait(min(max(ahead, _PAUSE_S), _LONGEST_S))

    def _past(self) -> Iterator[Sent]:
        plan = self._run.plan
        long = max(1, plan.end_ms - plan.begin_ms)
        for number, one in enumerate(self._run.until(plan.end_ms), 1):
            if number % _EVERY == 0:
                self._progress(number, min(1.0, max(0.0, (one.arrival_ms - plan.begin_ms) / long)))
                if self._stopping():
                    return
            yield one
