"""The whole company at work: work items begin by the rhythm of the week, take their script, and their events arrive.

Pure and seeded: the same plan gives the same events with the same ids. Memory holds the work under way only, so any number
of events can be made.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from heapq import heappop, heappush
from math import exp, sqrt
from random import Random

from producers.simulator.company import USUAL_TEAMS, Link, Way, agreed, company
from producers.simulator.event_json import Sending, Sent, written
from producers.simulator.handoff_chains import chain
from producers.simulator.item_timeline import MINUTE, After, ItemScript
from producers.simulator.noise import arriving
from producers.simulator.ticket_moves import pingpong, relay, ticket
from producers.simulator.votes import rating
from producers.simulator.working_hours import DAY, HOUR, after, round_the_clock, share_of_day
from schemas.events import pair_subject

ARC_MS = 90 * DAY
"""Over this time before the present one team gets worse and one improves."""
LEAD_MS, LEAD_EVENTS = 5 * HOUR, 75_000
"""How long before the present the work of a live company begins at its rate (sooner if that is more than so many events):
work takes hours, so without a lead nothing would come to its end in the first ones."""
RATED, RATED_LIVE = 0.25, 0.01
"""Share of what is begun that is a rating. In the present far less: people rate once a month, however much else happens."""
_SLICE, _LIVE_SLICE = 10 * MINUTE, 10_000
_SAMPLE = 500


@dataclass(frozen=True)
class Plan:
    """What is simulated: history from ``begin_ms`` to ``end_ms`` with about ``per_day`` events on a working day.

    With a ``rate`` it goes on from ``end_ms`` with so many events a second, round the clock. ``noise`` False: each event
    arrives once, at once and right.
    """

    seed: int
    begin_ms: int
    end_ms: int
    teams: int = USUAL_TEAMS
    per_day: float = 900.0
    rate: float = 0.0
    noise: bool = True

    @property
    def name(self) -> str:
        """Begins every id and work item of this plan and of no other."""
        told = f"{self.seed} {self.begin_ms} {self.end_ms} {self.teams} {self.per_day} {self.rate}"
        return "sim-" + blake2b(told.encode(), digest_size=4).hexdigest()

    @property
    def live_from(self) -> int:
        """From when on work begins at the rate of the present."""
        return self.end_ms - int(min(LEAD_MS, LEAD_EVENTS * 1000 / self.rate)) if self.rate else self.end_ms


class Simulation:
    """Makes a plan's events in the order of their arrival. ``counts``: happened, duplicated, late, corrected, retracted."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.counts: Counter[str] = Counter()
        self._company = company(plan.teams)
        self._pairs = tuple(agreed(self._company).items())
        self._name = plan.name
        self._rng = Random(plan.seed)
        self._noise = Random(plan.seed + 1) if plan.noise else None
        self._coming: list[Sending] = []
        self._begun = self._numbered = 0
        self._mean, self._mean_live = self._events_each(RATED), self._events_each(RATED_LIVE)
        self._slice = min(plan.begin_ms, plan.live_from)

    def until(self, time_ms: int) -> Iterator[Sent]:
        """What arrives before ``time_ms`` and was not given yet. Beyond ``end_ms`` only a live plan begins new work."""
        while self._slice < time_ms:
            yield from self._arrived(self._slice)
            self._begin_slice()
        yield from self._arrived(time_ms)

    def rest(self) -> Iterator[Sent]:
        """What is under way, to its end; nothing new begins."""
        while self._coming:
            yield written(heappop(self._coming))

    def next_arrival(self) -> int:
        """When the next event arrives, as far as is known."""
        return min(self._coming[0].arrival_ms if self._coming else self._slice, self._slice)

    def _arrived(self, time_ms: int) -> Iterator[Sent]:
        coming = self._coming
        while coming and coming[0].arrival_ms < time_ms:
            yield written(heappop(coming))

    def _begin_slice(self) -> None:
        """Begin the work of the next stretch of time, and write down all that will come of it."""
        plan, start = self.plan, self._slice
        live_from = plan.live_from
        live = start >= live_from
        long = _LIVE_SLICE if live else min(_SLICE, live_from - start)
        if live:
            mean = plan.rate * long / 1000 / self._mean_live if plan.rate else 0.0
        else:
            mean = plan.per_day * share_of_day(start) * long / HOUR / self._mean
        for begins in sorted(start + int(self._rng.random() * long) for _ in range(_poisson(self._rng, mean))):
            self._begin(begins, *((round_the_clock, RATED_LIVE) if live else (after, RATED)))
        self._slice = start + long

    def _begin(self, begins_ms: int, going: After, rated: float) -> None:
        self._begun += 1
        arc = min(1.0, max(0.0, 1 - (self.plan.end_ms - begins_ms) / ARC_MS))
        script = ItemScript(begins_ms, arc, self._rng, going)
        subject, name = self._script(script, rated)
        for sending in arriving(script.happened, subject, name, self._numbered, self._noise, self.counts):
            heappush(self._coming, sending)
        self._numbered += 4 * len(script.happened)

    def _script(self, script: ItemScript, rated: float) -> tuple[str, str]:
        """Let something happen; its subject, and what its ids begin with."""
        rng = self._rng
        if rng.random() < rated:
            (supplier, customer), deliverables = rng.choice(self._pairs)
            rating(script, supplier, customer, rng.choice(deliverables))
            return pair_subject(supplier, customer), f"{self._name}-rating-{self._begun}"
        way = rng.choices(self._company.ways, self._company.weights)[0]
        subject = f"{self._name}-{way.name}-{self._begun:06d}"
        links = self._meant(way)
        if way.kind == "chain":
            chain(script, subject, links, way.external)
        elif way.kind == "ticket":
            ticket(script, links[0], rng.choice(links[0].deliverables))
        elif way.kind == "relay":
            relay(script, links, links[0].deliverables[0])
        else:
            pingpong(script, links[0], links[0].deliverables[0])
        return subject, subject

    def _meant(self, way: Way) -> tuple[Link, ...]:
        """The way's links with a team chosen where any will do."""
        if all("*" not in link.customer + link.supplier for link in way.links):
            return way.links
        chosen: list[Link] = []
        for link in way.links:
            supplier, customer = (
                self._any_of(team, link.supplier if team is link.customer else "") for team in (link.supplier, link.customer)
            )
            chosen.append(Link(supplier, customer, link.deliverables))
        return tuple(chosen)

    def _any_of(self, team: str, other: str) -> str:
        if "*" not in team:
            return team
        options = self._company.branches if team == "Branch*" else self._company.teams
        while (one := self._rng.choice(options)) == other:
            pass
        return one

    def _events_each(self, rated: float) -> float:
        """Events that one thing begun has on average, found by trying."""
        before, self._rng = self._rng, Random(self.plan.seed + 2)
        happened = 0
        for _ in range(_SAMPLE):
            script = ItemScript(self.plan.begin_ms, 0.5, self._rng, round_the_clock)
            self._script(script, rated)
            happened += len(script.happened)
        self._rng = before
        return happened / _SAMPLE


def _poisson(rng: Random, mean: float) -> int:
    """How many happen in a stretch in which ``mean`` are usual."""
    if mean > 50:
        return max(0, round(rng.gauss(mean, sqrt(mean))))
    limit, found, product = exp(-mean), 0, rng.random()
    while product > limit:
        found += 1
        product *= rng.random()
    return found
