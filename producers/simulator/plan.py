"""What a simulation is asked for: seed, history, number of teams and rate; and how long the company's change takes."""

from dataclasses import dataclass
from hashlib import blake2b

from producers.simulator.company import DEFAULT_TEAMS
from schemas.timestamps import DAY_MS, HOUR_MS

TREND_MS = 90 * DAY_MS
"""Over this time before the present one team gets worse and one improves."""
LEAD_MS, LEAD_EVENTS = 5 * HOUR_MS, 75_000
"""How long before the present the work of a live company begins at its rate (sooner if that is more than so many events):
work takes hours, so without a lead nothing would come to its end in the first ones."""


@dataclass(frozen=True)
class SimulationPlan:
    """What is simulated: history from ``begin_ms`` to ``end_ms`` with about ``per_day`` events on a working day.

    With a ``rate`` it goes on from ``end_ms`` with so many events a second, round the clock. ``noise`` False: each event
    arrives once, at once and right.
    """

    seed: int
    begin_ms: int
    end_ms: int
    teams: int = DEFAULT_TEAMS
    per_day: float = 900.0
    rate: float = 0.0
    noise: bool = True

    @property
    def name(self) -> str:
        """What every id and work item of this plan begins with: a hash of the plan."""
        fields = f"{self.seed} {self.begin_ms} {self.end_ms} {self.teams} {self.per_day} {self.rate}"
        return "sim-" + blake2b(fields.encode(), digest_size=4).hexdigest()

    @property
    def live_from(self) -> int:
        """The time in ms UTC from which on work begins at ``rate``."""
        return self.end_ms - int(min(LEAD_MS, LEAD_EVENTS * 1000 / self.rate)) if self.rate else self.end_ms
