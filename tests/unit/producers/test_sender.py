"""A simulation into a log in memory: agreements, history, history with ticks, and the present."""

from collections import Counter

import pytest

from broker.memory_broker import MemoryBroker
from producers.agreements.changes import changes_to
from producers.agreements.stored_agreements import stored_agreements
from producers.simulator.company_agreements import AGREEMENTS_SOURCE, agreements_of
from producers.simulator.plan import SimulationPlan
from producers.simulator.sender import Sender
from producers.simulator.simulation import Simulation
from schemas.errors import Stop
from schemas.event_bodies import AgreedDeliverable
from schemas.event_codec import decode
from schemas.fields import to_ms
from schemas.ticks import KEY
from schemas.timestamps import DAY_MS
from schemas.topics import CONTROL, DEAD_LETTERS, EVENTS

END = 1_795_377_600_000


class World:
    """A log, a wall clock that moves with each sleep, and a stop after so many seconds of the present."""

    def __init__(self, plan: SimulationPlan, seconds: float = 0.0) -> None:
        self.now, self.until = plan.end_ms, plan.end_ms + int(seconds * 1000)
        self.log = MemoryBroker({EVENTS: 3, CONTROL: 1, DEAD_LETTERS: 1}, lambda: self.now)
        self.plan = plan
        self.stop_after = 10**9
        self.noted: list[float] = []

    def __call__(self) -> bool:
        return self.now > self.until or len(self.noted) >= self.stop_after

    def wait(self, seconds: float) -> bool:
        assert 0 < seconds <= 1
        self.now += round(seconds * 1000)
        return self()

    def sender(self) -> Sender:
        return Sender(
            Simulation(self.plan), self.log, lambda: self.now, self, lambda _records, share: self.noted.append(share)
        )

    def values(self) -> Counter[bytes | None]:
        return Counter(r.value for part in self.log.topics[EVENTS] for r in part if r.key != KEY)


def planned(plan: SimulationPlan, until: int) -> Counter[bytes | None]:
    return Counter(one.value for one in Simulation(plan).until(until))


def test_history_is_all_that_arrived_before_the_present() -> None:
    """Every record of the plan up to its end is in the log, as often as it came, and the share of its time goes up to one."""
    world = World(SimulationPlan(1, END - 10 * DAY_MS, END))
    sender = world.sender()
    sender.history()
    assert world.values() == planned(world.plan, END)
    assert sender.sent.history == world.values().total() > 4000
    assert world.noted == sorted(world.noted) and 0 < world.noted[0] < world.noted[-1] <= 1


def test_told_to_stop_history_ends_early() -> None:
    """A stop is heeded within some thousand records; what was sent is acknowledged and counted."""
    world = World(SimulationPlan(1, END - 10 * DAY_MS, END))
    world.stop_after = 1
    sender = world.sender()
    sender.history()
    assert 0 < sender.sent.history == world.values().total() < planned(world.plan, END).total()


def test_the_present_comes_when_it_is_due() -> None:
    """Live, each record is sent once, when its time of arrival has come and not before, until asked to stop."""
    plan = SimulationPlan(2, END - DAY_MS, END, rate=3.0)
    world = World(plan, seconds=300)
    sender = world.sender()
    sender.history()
    heard: list[int] = []
    sender.live(heard.append)
    records = [r for part in world.log.topics[EVENTS] for r in part]
    assert world.values() == planned(plan, max(r.timestamp for r in records) + 1)
    assert sender.sent.live == heard[-1] > 300
    first_arrival: dict[bytes, int] = {}
    for one in Simulation(plan).until(END + 400_000):
        first_arrival.setdefault(one.value, one.arrival_ms)
    assert all(r.timestamp >= first_arrival[r.value or b""] for r in records)


def test_its_agreements_are_requested_once() -> None:
    """A second run of the same company, and one of a later day, request nothing that is held already."""
    world = World(SimulationPlan(1, END - 90 * DAY_MS, END))
    first, second = world.sender(), world.sender()
    first.agreements()
    second.agreements()
    assert first.sent.agreements == len(agreements_of(world.plan)) == world.log.ends(CONTROL)[0]
    assert second.sent.agreements == 0
    world.plan = SimulationPlan(1, END - 87 * DAY_MS, END + 3 * DAY_MS)
    later = world.sender()
    later.agreements()
    assert later.sent.agreements == 0


def test_agreements_of_others_are_left_alone() -> None:
    """Where others have agreed something else from the same day, nothing is requested; the simulator's own it may change."""
    world = World(SimulationPlan(5, END - DAY_MS, END))
    one, *_ = agreements_of(world.plan)
    other = one.model_copy(update={"deliverables": [AgreedDeliverable(deliverable="own", sla_hours=1)]})
    (change,) = changes_to([other], {}, END)
    assert change.request is not None
    world.log.publish([change.request])
    with pytest.raises(Stop, match="agreement of your own that the made-up company would replace"):
        world.sender().agreements()
    assert world.log.ends(CONTROL) == [1]
    again = World(world.plan)
    (change,) = changes_to([other], {}, END, source=AGREEMENTS_SOURCE)
    assert change.request is not None
    again.log.publish([change.request])
    again.sender().agreements()
    assert {held_one.source for held_one in stored_agreements(again.log).values()} == {AGREEMENTS_SOURCE}


def test_a_replay_stands_before_the_ticks_of_its_own_time() -> None:
    """In a home of history's own time each record stands before the first tick after its arrival, and after the one before."""
    world = World(SimulationPlan(1, END - 3 * DAY_MS, END))
    sender = world.sender()
    sender.agreements()
    sender.replay()
    assert sender.sent.ticks > 50
    assert sender.sent.history == planned(world.plan, END).total()
    arrivals = {one.value: one.arrival_ms for one in Simulation(world.plan).until(END)}
    repeated = {value for value, count in planned(world.plan, END).items() if count > 1}
    for part in world.log.topics[EVENTS]:
        w = 0
        for record in part:
            event = decode(record.key, record.value)
            if record.key == KEY:
                w = to_ms(event.time)
            elif record.value in arrivals and record.value not in repeated:
                assert arrivals[record.value] >= w
        assert w > max(arrivals.values())
