"""The simulated company as a backlog: the events of some weeks in the order of their arrival."""

from collections.abc import Iterator

from bench.history import Loaded, Sent, ticks
from broker.partitioner import partition_of
from producers.simulator.event_json import DESK, MOVED, TRACKER
from producers.simulator.plan import SimulationPlan
from producers.simulator.simulation import Simulation
from schemas.timestamps import DAY_MS

END_MS = 1_790_000_000_000 // DAY_MS * DAY_MS
DAYS = 14
"""So few that a window of 30 days holds all of it."""
WORKING_DAYS = 10
_OF_ITEMS = tuple(f'"source":"{tool}"'.encode() for tool in (DESK, TRACKER))
_MOVE = f'"type":"{MOVED}"'.encode()


class Company:
    """About ``events`` events without noise. ``loaded``: those given so far; people's ratings and the external customer's
    words belong to no path."""

    def __init__(self, events: int, seed: int) -> None:
        plan = SimulationPlan(seed, END_MS - DAYS * DAY_MS, END_MS, per_day=events / WORKING_DAYS, noise=False)
        self._simulation = Simulation(plan)
        self.loaded = Loaded(0, 0, 0, 0)

    def history(self, per_tick: int, partitions: int) -> Iterator[Sent]:
        """The events and, after each ``per_tick`` of them and at the end, a tick to every partition."""
        items: set[bytes] = set()
        events = of_items = moves = 0
        for one in self._simulation.until(END_MS):
            events += 1
            if any(source in one.value for source in _OF_ITEMS):
                of_items += 1
                items.add(one.key)
                moves += _MOVE in one.value
            yield Sent(partition_of(one.key, partitions), one.key, one.value)
            if events % per_tick == 0:
                yield from ticks(one.arrival_ms // 1000 * 1000 + 1000, partitions)
        self.loaded = Loaded(len(items), events, of_items, moves)
        yield from ticks(END_MS + 1000, partitions)
