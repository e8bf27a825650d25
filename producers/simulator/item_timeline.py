"""One work item's events as they are made up: its time, which goes forward by working hours, and what happened so far."""

from collections.abc import Callable
from math import exp
from random import Random

from producers.simulator.company import WORSE, chance_of_return
from producers.simulator.event_json import ScriptedEvent
from schemas.timestamps import MINUTE_MS

WorkingTime = Callable[[int, int], int]
"""(time in ms UTC, working ms) → the time in ms UTC when so much work is done."""


class ItemTimeline:
    """``now_ms`` is the item's time, ``trend`` how far the company's change had come when it began, from 0 to 1."""

    __slots__ = ("add_working_time", "happened", "now_ms", "rng", "trend")

    def __init__(self, begins_ms: int, trend: float, rng: Random, add_working_time: WorkingTime) -> None:
        self.now_ms, self.trend, self.rng, self.add_working_time = begins_ms, trend, rng, add_working_time
        self.happened: list[ScriptedEvent] = []

    def add(self, kind: str, body: str) -> None:
        """An event of type ``kind`` now; ``body`` is its ``data`` as JSON."""
        self.happened.append(ScriptedEvent(self.now_ms, kind, body))

    def pass_time(self, minutes: float, spread: float = 0.7) -> None:
        """Go on by working time: log-normal, ``minutes`` its median, ``spread`` its sigma, and at least a minute more."""
        chosen = int(minutes * MINUTE_MS * exp(self.rng.gauss(0.0, spread)))
        self.now_ms = self.add_working_time(self.now_ms, chosen + MINUTE_MS + int(self.rng.random() * 1000))

    def happens(self, chance: float) -> bool:
        """True with probability ``chance``."""
        return self.rng.random() < chance

    def chance_of_return(self, supplier: str, customer: str) -> float:
        """How likely the customer sends a first delivery back at this time."""
        return chance_of_return(supplier, customer, self.trend)

    def is_late(self, supplier: str) -> bool:
        """Whether this delivery takes longer than promised: every tenth does, and more of the supplier that gets worse."""
        return self.rng.random() < (0.08 + 0.25 * self.trend**3 if supplier == WORSE else 0.1)
