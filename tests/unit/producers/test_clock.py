"""The clock: every partition gets the same ticks, whatever crashes."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.memory_broker import MemoryBroker
from broker.records import ProducerRecord
from producers.clock.broadcast import Broadcast
from producers.clock.clock import Clock
from schemas.event_codec import make
from schemas.events import TICK
from schemas.fields import parse_time, to_ms
from schemas.ticks import BOUNDARY_MS, LEEWAY_MS
from schemas.topics import CONTROL, DEAD_LETTERS, EVENTS

START = 1_800_000_000_000  # a five-minute boundary
STEP = 1000
assert START % BOUNDARY_MS == 0


class Crash(Exception):
    """The process ends here."""


class World:
    """A log in memory, a wall clock, and a power switch: the append after ``left`` more crashes."""

    def __init__(self, partitions: int = 3) -> None:
        self.now = START + 400
        self.left = 10**9
        self.log = Crashing(self, partitions)
        self.clock = self.restart()

    def restart(self) -> Clock:
        self.clock = Clock(self.log, lambda: self.now, STEP)
        self.clock.recover()
        return self.clock

    def event(self, partition: int = 0) -> None:
        MemoryBroker.append(self.log, ProducerRecord(EVENTS, b"item", b"{}", None, partition))

    def run(self, ms: int) -> None:
        """Let the clock step once a grid step for ``ms``."""
        until = self.now + ms
        while self.now < until:
            self.now = min(until, self.now // STEP * STEP + STEP)
            while self.clock.step() > 1:
                pass


class Crashing(MemoryBroker):
    def __init__(self, world: World, partitions: int) -> None:
        super().__init__({EVENTS: partitions, CONTROL: 1, DEAD_LETTERS: 1}, lambda: world.now)
        self._world = world

    def append(self, record: ProducerRecord) -> int:
        if self._world.left == 0:
            raise Crash
        self._world.left -= 1
        return super().append(record)


def tick_values(log: MemoryBroker, partition: int) -> list[dict[str, Any]]:
    found = (json.loads(record.value or b"") for record in log.topics[EVENTS][partition])
    return [e for e in found if e.get("type") == TICK]


def accepted(log: MemoryBroker, partition: int) -> list[int]:
    """The ticks a reader accepts: those that go forward."""
    found: list[int] = []
    for e in tick_values(log, partition):
        w_ms = to_ms(parse_time(e["time"]))
        if not found or w_ms > found[-1]:
            found.append(w_ms)
    return found


def boundaries(first: int, last: int) -> set[int]:
    return set(range(-(-first // BOUNDARY_MS) * BOUNDARY_MS, last + 1, BOUNDARY_MS))


def test_a_tick_is_as_the_schema_says() -> None:
    """A tick carries W as its time, an id made of it, and the clock's key, in every partition."""
    world = World()
    world.run(STEP)
    for partition in range(3):
        tick = tick_values(world.log, partition)[0]
        w_ms = to_ms(parse_time(tick["time"]))
        assert (tick["id"], tick["source"], tick["subject"]) == (f"tick-{w_ms}", "baton/clock", "clock")
        assert world.log.topics[EVENTS][partition][0].key == b"clock"


def test_the_first_tick_is_now() -> None:
    """A log that never had a tick gets its first one for the newest step passed; W is never later than now."""
    world = World()
    world.clock.step()
    assert accepted(world.log, 0) == [START]


def test_a_quiet_log_gets_boundaries_only() -> None:
    """Where nothing happens, only five-minute boundaries tick."""
    world = World()
    world.run(STEP * 3)
    before = accepted(world.log, 0)
    world.run(2 * BOUNDARY_MS)
    assert accepted(world.log, 0)[len(before) :] == [START + BOUNDARY_MS, START + 2 * BOUNDARY_MS]


def test_every_step_in_which_something_happened_ticks() -> None:
    """After an event a tick goes out that is later than the event, at the next step, and then it is quiet again."""
    world = World()
    world.run(STEP * 3)
    before = len(accepted(world.log, 0))
    world.now += 700
    arrived = world.now
    world.event(2)
    world.run(STEP * 10)
    new = accepted(world.log, 1)[before:]
    assert new[0] >= arrived > new[0] - STEP
    assert len(new) <= 2


def test_an_event_between_look_and_tick_gets_a_tick_of_its_own() -> None:
    """An event that slips in while a tick is sent is not forgotten: the step after it ticks."""
    world = World()
    world.run(STEP * 3)
    world.event()
    publish = world.log.publish_for_offsets

    def slow(records: Iterable[ProducerRecord]) -> list[int]:
        world.log.publish_for_offsets = publish  # type: ignore[method-assign]  # only once
        world.now += 300
        world.event(1)
        return publish(records)

    world.log.publish_for_offsets = slow  # type: ignore[method-assign]  # something arrives just before the tick
    world.run(STEP)
    slipped = world.now
    world.run(STEP * 3)
    assert accepted(world.log, 0)[-1] >= slipped


def test_boundaries_slept_through_come_in_order() -> None:
    """After a night off every five-minute boundary is there, in order, before the tick of now."""
    world = World()
    world.run(STEP * 2)
    world.now += 12 * 3_600_000 + 1234
    world.event()
    world.restart()
    world.run(STEP * 2)
    found = accepted(world.log, 0)
    assert found == accepted(world.log, 2) == sorted(set(found))
    assert boundaries(found[0], world.now) <= set(found)


def test_a_wall_clock_put_back_sends_nothing() -> None:
    """When the wall clock goes back, no tick goes back."""
    world = World()
    world.run(STEP * 2)
    before = accepted(world.log, 0)
    world.now -= 3_600_000
    world.event()
    world.clock.step()
    assert [to_ms(parse_time(e["time"])) for e in tick_values(world.log, 0)] == before


@pytest.mark.guard("clock")
def test_a_clock_that_was_ahead_is_a_trouble_until_time_has_caught_up() -> None:
    """A machine five hours ahead for a second stops every tick for hours: that is said, with both times, until it is over."""
    world = World()
    world.run(STEP * 2)
    assert world.clock.trouble == ""
    world.now += 5 * 3_600_000
    world.event()
    world.run(STEP * 2)  # broker and clock run on this machine: the tick is not ahead of its append time, so it counts
    world.now -= 5 * 3_600_000
    world.clock.step()
    assert "no tick for another 29" in world.clock.trouble and EVENTS in world.clock.trouble
    assert world.restart().trouble == world.clock.trouble  # the log says so, not this process
    world.now += 5 * 3_600_000 - LEEWAY_MS
    assert world.clock.trouble == ""  # negative control: a clock within the leeway is none


@pytest.mark.guard("clock")
def test_a_tick_from_the_future_is_not_believed() -> None:
    """A tick too far past its append time, which no reader accepts, does not stop the clock for a year."""
    world = World(partitions=1)
    world.run(STEP * 2)
    Broadcast(world.log).tick(world.now + LEEWAY_MS + 1)
    world.restart()
    assert world.clock.last is not None
    assert world.clock.last <= world.now


@given(st.lists(st.tuples(st.integers(0, 14), st.integers(1, 700), st.booleans()), max_size=8), st.integers(1, 4))
@settings(deadline=None, max_examples=200)
def test_any_crash_leaves_the_same_ticks_everywhere(crashes: list[tuple[int, int, bool]], partitions: int) -> None:
    """Whatever append a crash prevents and however long the clock is away, all partitions end with the same accepted
    ticks, ascending, none later than now, every five-minute boundary among them."""
    world = World(partitions)
    world.clock.step()
    for appends, seconds, busy in crashes:
        world.left = appends
        try:
            for _ in range(4):
                if busy:
                    world.event(seconds % partitions)
                world.run(seconds * STEP)
        except Crash:
            world.now += seconds * STEP
        world.left = 10**9
        world.restart()
    world.run(STEP * 2)
    found = [accepted(world.log, p) for p in range(partitions)]
    assert all(one == found[0] for one in found)
    assert found[0][-1] <= world.now
    assert boundaries(START, world.now) <= set(found[0])


@given(st.integers(1, 2))
@pytest.mark.control("clock")
def test_without_completing_partitions_would_differ(appends: int) -> None:
    """Negative control: a restart that does not complete the broken broadcast leaves partitions with other ticks."""
    world = World()
    world.clock.step()
    world.left = appends
    world.now += BOUNDARY_MS
    with pytest.raises(Crash):
        world.clock.step()
    world.left = 10**9
    held = [accepted(world.log, p) for p in range(3)]
    assert held[0] != held[2]
    world.restart()
    assert accepted(world.log, 0) == accepted(world.log, 2)


def test_a_sequence_that_lacks_more_than_one_tick_is_completed() -> None:
    """A partition that lacks several ticks gets them all, in order, read back through many records."""
    world = World(2)
    world.run(STEP)
    lone = Broadcast(OnlyFirst(world.log))
    for step in range(1, 200):
        world.now = START + step * STEP
        lone.tick(world.now)
        world.event(0)
    assert len(accepted(world.log, 1)) == 1
    world.restart()
    assert accepted(world.log, 0) == accepted(world.log, 1)
    assert len(accepted(world.log, 1)) == 199


class OnlyFirst(MemoryBroker):
    """Loses everything that is not for partition 0."""

    def __init__(self, log: MemoryBroker) -> None:
        self.topics = log.topics
        self._now = log._now

    def publish_for_offsets(self, records: Iterable[ProducerRecord]) -> list[int]:
        return super().publish_for_offsets([record for record in records if record.partition == 0])


def agreement(identity: str, revision: int) -> bytes:
    body = {
        "supplier": "A",
        "customer": identity,
        "deliverables": [{"deliverable": "x"}],
        "valid_from": "2026-01-01T00:00:00Z",
    }
    return make(
        "baton.agreement.set.v1",
        id=f"agreement-{identity}",
        source="baton",
        subject=identity,
        time_ms=START,
        body=body,
        revision=revision,
    )


def ask(world: World, key: bytes, value: bytes) -> None:
    MemoryBroker.append(world.log, ProducerRecord(CONTROL, key, value))


def controls(log: MemoryBroker, partition: int) -> list[tuple[str, int]]:
    found = (json.loads(record.value or b"") for record in log.topics[EVENTS][partition])
    return [(e["subject"], e.get("revision", 0)) for e in found if e.get("type") == "baton.agreement.set.v1"]


def test_the_newest_revision_of_each_request_is_broadcast_once() -> None:
    """Of each key the newest revision goes to every partition, before a tick that tells how far the requests were read."""
    world = World()
    ask(world, b"installation", b"no request")
    ask(world, b"a", agreement("a", 1))
    ask(world, b"a", agreement("a", 3))
    ask(world, b"b", agreement("b", 1))
    ask(world, b"a", agreement("a", 2))
    world.run(STEP * 3)
    world.restart()
    world.run(STEP * 3)
    for partition in range(3):
        assert controls(world.log, partition) == [("a", 3), ("b", 1)]
    assert tick_values(world.log, 1)[-1]["data"] == {"control": 5}


@pytest.mark.parametrize(
    "value",
    [
        b"{",
        make(TICK, id="t", source="baton/clock", subject="clock", time_ms=0, body={}),
        None,
        agreement("clock", 0),
        agreement(" ", 0),
    ],
)
def test_a_request_that_makes_no_sense_is_parked(value: bytes | None) -> None:
    """What is no control record, a tick, about the clock or about nobody, becomes a dead letter; the clock goes on."""
    world = World()
    MemoryBroker.append(world.log, ProducerRecord(CONTROL, b"a", value))
    ask(world, b"b", agreement("b", 1))
    world.run(STEP * 2)
    assert controls(world.log, 0) == [("b", 1)]
    assert [record.key for record in world.log.topics[DEAD_LETTERS][0]] == [b"a"]
    headers = dict(world.log.topics[DEAD_LETTERS][0][0].headers)
    assert (headers["origin"], headers["position"], headers["by"]) == (CONTROL.encode(), b"0", b"clock")


@given(st.integers(0, 12), st.integers(1, 4))
@settings(deadline=None)
def test_a_crash_among_requests_loses_none(appends: int, requests: int) -> None:
    """Whatever append a crash prevents, after the restart every partition has every request, each before some tick."""
    world = World()
    world.run(STEP)
    for number in range(requests):
        ask(world, b"%d" % number, agreement(f"c{number}", 1))
    world.left = appends
    try:
        world.run(STEP * 2)
    except Crash:
        world.left = 10**9
        world.restart()
    world.left = 10**9
    world.run(STEP * 3)
    for partition in range(3):
        assert {f"c{number}" for number in range(requests)} == {subject for subject, _ in controls(world.log, partition)}
        assert tick_values(world.log, partition)[-1]["data"] == {"control": requests}


def test_a_long_sleep_is_caught_up_in_pieces() -> None:
    """One step sends at most so many ticks that the process still listens; further steps send the rest."""
    world = World()
    world.clock.step()
    world.now += 200 * BOUNDARY_MS
    sent = [world.clock.step()]
    assert 1 < sent[0] < 100
    while sent[-1] > 1:
        sent.append(world.clock.step())
    assert boundaries(START, world.now) <= set(accepted(world.log, 0))


def test_a_retracted_tick_does_not_stop_the_clock() -> None:
    """What looks like a tick and is none (a retraction, a stranger's) is passed over when the clock comes back."""
    world = World()
    world.run(STEP * 2)
    retracted = b'{"specversion":"1.0","type":"baton.clock.ticked.v1","id":"t","source":"baton/clock","subject":"clock",'
    retracted += b'"time":"2030-01-01T00:00:00Z","deleted":true}'
    for partition in range(3):
        MemoryBroker.append(world.log, ProducerRecord(EVENTS, b"clock", retracted, None, partition))
    last = world.clock.last
    world.restart()
    assert world.clock.last == last
    world.run(STEP * 2)
    assert (world.clock.last or 0) > (last or 0)
