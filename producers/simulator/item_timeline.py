"""What every script shares: its clock, which goes forward by working time, and what it has written down so far."""

from collections.abc import Callable
from math import exp
from random import Random

from producers.simulator.company import WORSE, chance_of_return
from producers.simulator.event_json import Happening

MINUTE = 60_000
_LEAST = MINUTE
After = Callable[[int, int], int]
"""(time in ms, working ms) → the moment that much later."""


class ItemScript:
    """One work item's script under way. ``now`` is its time in ms UTC, ``arc`` how far the company's 90 days have come."""

    __slots__ = ("after", "arc", "happened", "now", "rng")

    def __init__(self, begins_ms: int, arc: float, rng: Random, after: After) -> None:
        self.now, self.arc, self.rng, self.after = begins_ms, arc, rng, after
        self.happened: list[Happening] = []

    def note(self, kind: str, body: str) -> None:
        """This happens now."""
        self.happened.append(Happening(self.now, kind, body))

    def pass_time(self, minutes: float, spread: float = 0.7) -> None:
        """Go on by about ``minutes`` (their median) of working time, at least one minute and a bit."""
        chosen = int(minutes * MINUTE * exp(self.rng.gauss(0.0, spread)))
        self.now = self.after(self.now, chosen + _LEAST + int(self.rng.random() * 1000))

    def happens(self, chance: float) -> bool:
        """Whether something of this chance happens."""
        return self.rng.random() < chance

    def chance_of_return(self, supplier: str, customer: str) -> float:
        """How likely the customer sends a first delivery back at this time."""
        return chance_of_return(supplier, customer, self.arc)

    def is_late(self, supplier: str) -> bool:
        """Whether the supplier takes longer than promised this time: every tenth time, and more often where it gets worse."""
        return self.rng.random() < (0.08 + 0.25 * self.arc**3 if supplier == WORSE else 0.1)
