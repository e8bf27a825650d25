"""The order of a rebuild: a generation is recorded, with all that bounds it, before anything is published for it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from baton import new_generation
from schemas.errors import Stop
from schemas.installation import FoldSettings, Installation
from schemas.settings import load
from schemas.topics import CONTRIBUTIONS, EVENTS
from sinks.ports import ResultRow

FOLD = FoldSettings(time_zone="UTC", horizon_days=400)
FIRST = Installation(name="i", generation=1, time="live", fold=FOLD)
READERS_SAW = {0: 40, 1: 30}


class PowerCut(Exception):
    """The process ends here."""


class Tables:
    """What a rebuild asks of the warehouse. ``lacks``: how many records below any offset are missing."""

    database = "tables"

    def __init__(self) -> None:
        self.lacks = 0

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> Sequence[ResultRow]:
        if "FROM watermarks" in query:
            return list(READERS_SAW.items())
        return [((parameters or {})["end"] - self.lacks,)]

    def close(self) -> None:
        """Nothing is open."""


class World:
    """A broker whose events begin at 10 in partition 0, and what a rebuild does, in order."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.recorded = [FIRST]
        self.done: list[str] = []
        self.tables = Tables()
        self.ends = {EVENTS: {0: 50, 1: 40}, CONTRIBUTIONS: {0: 900}}
        self.publish: Callable[[int, int], None] = lambda _partition, _end: None
        patch.setattr(new_generation, "newest_installation", lambda _kafka: self.recorded[-1])
        patch.setattr(new_generation, "connect_from", lambda _settings: self.tables)
        patch.setattr(new_generation, "_starts", lambda _kafka: [10, 0])
        patch.setattr(new_generation, "_ends", lambda _kafka, topic, **_: dict(self.ends[topic]))
        patch.setattr(new_generation, "record_installation", self.record)
        patch.setattr(new_generation, "_from_warehouse", self.from_warehouse)

    def record(self, _kafka: str, new: Installation) -> None:
        self.recorded.append(new)
        self.done.append(f"recorded {new.generation}")

    async def from_warehouse(self, _settings: Any, _warehouse: Any, new: Installation, partition: int, end: int) -> None:
        self.publish(partition, end)
        self.done.append(f"published {new.generation} of partition {partition} below {end}")

    def rebuild(self) -> Installation:
        return new_generation.rebuild(load(kafka="k"), lambda _words: None)[1]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in its first generation."""
    return World(monkeypatch)


@pytest.mark.guard("rebuild")
def test_a_generation_is_recorded_before_it_publishes(world: World) -> None:
    """The record holds how far readers had come, and where its contributions begin; only then is history published."""
    new = world.rebuild()
    assert (new.generation, new.rebuilt_until, new.contributions_from) == (2, READERS_SAW, {0: 900})
    assert world.done == ["recorded 2", "published 2 of partition 0 below 41"]


@pytest.mark.guard("rebuild")
def test_two_tries_are_two_generations(world: World) -> None:
    """What a rebuild published before it died belongs to a generation of its own; the next try is another."""

    def die(_partition: int, _end: int) -> None:
        raise PowerCut

    world.publish = die
    with pytest.raises(PowerCut):
        world.rebuild()
    world.publish = lambda _partition, _end: None
    world.ends[CONTRIBUTIONS] = {0: 950}
    assert (world.rebuild().generation, world.recorded[-1].contributions_from) == (3, {0: 950})
    assert world.done == ["recorded 2", "recorded 3", "published 3 of partition 0 below 41"]


def test_a_history_that_is_not_there_begins_nothing(world: World) -> None:
    """Where the warehouse lacks what Kafka lacks, no generation is recorded."""
    world.tables.lacks = 3
    with pytest.raises(Stop, match="3 records below offset 41 are neither in Kafka nor in the warehouse"):
        world.rebuild()
    assert world.done == []


def test_older_control_records_are_excused_once(world: World) -> None:
    """The first rebuild of a log of an older release notes its end; later ones keep that, and a new home excuses nothing."""
    first = world.rebuild()
    assert first.unmarked_until == {0: 50, 1: 40}
    world.ends[EVENTS] = {0: 80, 1: 70}
    assert world.rebuild().unmarked_until == first.unmarked_until
    assert (first.unmarked_before(0), FIRST.unmarked_before(0)) == (50, float("inf"))
    world.recorded.append(FIRST.model_copy(update={"unmarked_until": {}}))
    assert world.rebuild().unmarked_before(0) == 0
