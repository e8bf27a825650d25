"""The whole company at work: work items begin by the rhythm of the week, their events are made up, and arrive.

Pure and seeded: the same plan gives the same events with the same ids. Memory holds the work under way only, so any number
of events can be made.
"""

from collections import Counter
from collections.abc import Iterator
from heapq import heappop, heappush
from math import exp, sqrt
from random import Random

from producers.simulator.company import agreed_deliverables, company, teams_meant
from producers.simulator.event_json import EventArrival, SimulatedRecord, record_of
from producers.simulator.handoff_chains import chain
from producers.simulator.item_timeline import ItemTimeline, WorkingTime
from producers.simulator.noise import arrivals
from producers.simulator.plan import TREND_MS, SimulationPlan
from producers.simulator.ticket_moves import pingpong, relay, ticket
from producers.simulator.votes import rating
from producers.simulator.workflows import Step, Workflow
from producers.simulator.working_hours import add_working_time, round_the_clock, share_begun_in_hour
from schemas.events import pair_subject
from schemas.timestamps import HOUR_MS, MINUTE_MS

RATED, RATED_LIVE = 0.25, 0.01
"""Share of what is begun that is a rating. In the present far less: people rate once a month, however much else happens."""
_SLICE_MS, _LIVE_SLICE_MS = 10 * MINUTE_MS, 10_000
_SAMPLE = 500
"""Work items of which the mean number of events is taken."""


class Simulation:
    """Makes a plan's events in the order of their arrival. ``counts``: happened, duplicated, late, corrected, retracted."""

    def __init__(self, plan: SimulationPlan) -> None:
        self.plan = plan
        self.counts: Counter[str] = Counter()
        self._company = company(plan.teams)
        self._pairs = tuple(agreed_deliverables(self._company).items())
        self._name = plan.name
        self._rng = Random(plan.seed)
        self._noise = Random(plan.seed + 1) if plan.noise else None
        self._under_way: list[EventArrival] = []
        self._begun = self._arrivals = 0
        self._events_each, self._events_each_live = self._mean_events(RATED), self._mean_events(RATED_LIVE)
        self._slice_start = min(plan.begin_ms, plan.live_from)

    def until(self, time_ms: int) -> Iterator[SimulatedRecord]:
        """What arrives before ``time_ms`` and was not given yet. Beyond ``end_ms`` only a live plan begins new work."""
        while self._slice_start < time_ms:
            yield from self._arrived(self._slice_start)
            self._begin_slice()
        yield from self._arrived(time_ms)

    def rest(self) -> Iterator[SimulatedRecord]:
        """What is under way, to its end; nothing new begins."""
        while self._under_way:
            yield record_of(heappop(self._under_way))

    def next_arrival(self) -> int:
        """When the next event arrives, as far as is known."""
        return min(self._under_way[0].arrival_ms if self._under_way else self._slice_start, self._slice_start)

    def _arrived(self, time_ms: int) -> Iterator[SimulatedRecord]:
        while self._under_way and self._under_way[0].arrival_ms < time_ms:
            yield record_of(heappop(self._under_way))

    def _begin_slice(self) -> None:
        """Begin the work of the next slice of time, and make all events that follow from it."""
        plan, start = self.plan, self._slice_start
        live_from = plan.live_from
        live = start >= live_from
        length = _LIVE_SLICE_MS if live else min(_SLICE_MS, live_from - start)
        if live:
            mean = plan.rate * length / 1000 / self._events_each_live if plan.rate else 0.0
        else:
            mean = plan.per_day * share_begun_in_hour(start) * length / HOUR_MS / self._events_each
        for begins in sorted(start + int(self._rng.random() * length) for _ in range(_poisson(self._rng, mean))):
            self._begin(begins, *((round_the_clock, RATED_LIVE) if live else (add_working_time, RATED)))
        self._slice_start = start + length

    def _begin(self, begins_ms: int, working_time: WorkingTime, rated: float) -> None:
        self._begun += 1
        trend = min(1.0, max(0.0, 1 - (self.plan.end_ms - begins_ms) / TREND_MS))
        timeline = ItemTimeline(begins_ms, trend, self._rng, working_time)
        subject, name = self._fill(timeline, rated)
        for arrival in arrivals(timeline.happened, subject, name, self._arrivals, self._noise, self.counts):
            heappush(self._under_way, arrival)
        self._arrivals += 4 * len(timeline.happened)  # noise gives an event up to three arrivals, each with its own number

    def _fill(self, timeline: ItemTimeline, rated: float) -> tuple[str, str]:
        """Make up a rating, or a work item by one of the workflows; its subject, and what its ids begin with."""
        rng = self._rng
        if rng.random() < rated:
            (supplier, customer), deliverables = rng.choice(self._pairs)
            rating(timeline, supplier, customer, rng.choice(deliverables))
            return pair_subject(supplier, customer), f"{self._name}-rating-{self._begun}"
        flow = rng.choices(self._company.workflows, self._company.weights)[0]
        subject = f"{self._name}-{flow.name}-{self._begun:06d}"
        steps = self._with_teams(flow)
        if flow.kind == "chain":
            chain(timeline, subject, steps, flow.external)
        elif flow.kind == "ticket":
            ticket(timeline, steps[0], rng.choice(steps[0].deliverables))
        elif flow.kind == "relay":
            relay(timeline, steps, steps[0].deliverables[0])
        else:
            pingpong(timeline, steps[0], steps[0].deliverables[0])
        return subject, subject

    def _with_teams(self, flow: Workflow) -> tuple[Step, ...]:
        """The workflow's steps with a team chosen where any will do."""
        if all("*" not in step.customer + step.supplier for step in flow.steps):
            return flow.steps
        chosen: list[Step] = []
        for step in flow.steps:
            supplier, customer = (
                self._one_of(team, step.supplier if team is step.customer else "") for team in (step.supplier, step.customer)
            )
            chosen.append(Step(supplier, customer, step.deliverables))
        return tuple(chosen)

    def _one_of(self, team: str, other: str) -> str:
        """A team that ``team`` stands for, but not ``other``."""
        if "*" not in team:
            return team
        options = teams_meant(team, self._company)
        while (chosen := self._rng.choice(options)) == other:
            pass
        return chosen

    def _mean_events(self, rated: float) -> float:
        """Events that a work item or rating has on average, of a sample that changes nothing in the simulation itself."""
        before, self._rng = self._rng, Random(self.plan.seed + 2)
        happened = 0
        for _ in range(_SAMPLE):
            timeline = ItemTimeline(self.plan.begin_ms, 0.5, self._rng, round_the_clock)
            self._fill(timeline, rated)
            happened += len(timeline.happened)
        self._rng = before
        return happened / _SAMPLE


def _poisson(rng: Random, mean: float) -> int:
    """A Poisson variate: Knuth's product of uniforms (TAOCP 2, 3.4.1); above 50 a normal approximation."""
    if mean > 50:
        return max(0, round(rng.gauss(mean, sqrt(mean))))
    limit, found, product = exp(-mean), 0, rng.random()
    while product > limit:
        found += 1
        product *= rng.random()
    return found
