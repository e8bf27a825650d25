"""Where a worker's partition starts from: its own last save, a newer copy of another worker's, or the beginning."""

import asyncio
from pathlib import Path
from random import Random
from threading import Event

import pytest

from broker.admin import TopicDescription
from schemas.errors import Stop
from schemas.installation import FoldSettings, Installation
from schemas.settings import load
from streams.engine import assignment as assignments
from streams.engine.assignment import Assignment
from streams.engine.memory_outbox import MemoryOutbox
from streams.engine.snapshots import Snapshots
from streams.stages import journeys_stage
from tests.laws.histories import Rec, history, log_of


def made(home: Path, worker: str, *, generation: int = 1, topic_id: str = "t") -> Assignment:
    """A worker's assignment in a home; copies are due at once."""
    settings = load(home=home, worker=worker, copy_seconds=5)
    fold = FoldSettings(time_zone="UTC", horizon_days=400)
    installation = Installation(name="i", generation=generation, time="live", fold=fold)
    assignment = Assignment(journeys_stage(installation, settings, TopicDescription(topic_id, 1)), settings, MemoryOutbox())
    assignment._snapshot_seconds = -1
    return assignment


def long_log() -> list[Rec]:
    """A log with ticks all along."""
    records = [record for seed in range(20) for record in history(Random(seed))[:-1]]
    return log_of([*records, history(Random(5))[-1]])


async def worked(assignment: Assignment, log: list[Rec], upto: int) -> int:
    """Open partition 0, handle the log up to there, let go; gives the saved offset."""
    at = assignment.open(0, 0, len(log))
    await assignment.handle(0, log[at:upto])
    return await assignment.close(0) or 0


def test_a_worker_goes_on_from_its_own_save(tmp_path: Path) -> None:
    """After a restart a worker reads from the offset it saved, also while there are no copies."""
    log = long_log()
    assignment = made(tmp_path, "worker-1")
    assignment._snapshot_seconds = 10**9
    saved = asyncio.run(worked(assignment, log, 200))
    assert 0 < saved <= 200
    assert made(tmp_path, "worker-1").open(0, 0, len(log)) == saved


def test_another_worker_goes_on_from_the_newest_copy(tmp_path: Path) -> None:
    """A worker without a state of its own, or with an older one, starts from the newest copy and replays the tail."""
    log = long_log()
    early = asyncio.run(worked(made(tmp_path, "worker-2"), log, 60))
    late = asyncio.run(worked(made(tmp_path, "worker-1"), log, 200))
    assert early < late
    assert made(tmp_path, "worker-2").open(0, 0, len(log)) == late
    assert made(tmp_path, "worker-3").open(0, 0, len(log)) == late


def test_a_copy_behind_its_own_save_is_left_alone(tmp_path: Path) -> None:
    """Negative control of the above: a worker ahead of every copy keeps its own state."""
    log = long_log()
    asyncio.run(worked(made(tmp_path, "worker-1"), log, 60))
    ahead = made(tmp_path, "worker-1")
    ahead._snapshot_seconds = 10**9
    saved = asyncio.run(worked(ahead, log, 200))
    assert made(tmp_path, "worker-1").open(0, 0, len(log)) == saved


async def begun(assignment: Assignment, log: list[Rec]) -> int:
    """From where partition 0 reads; it is let go at once."""
    at = assignment.open(0, 0, len(log))
    await assignment.close(0)
    return at


def newest_copy(home: Path) -> Path:
    """The folder of the newest copy of partition 0."""
    return sorted((home / "copies" / "i" / "journeys" / "g1" / "p0").iterdir())[-1]


def test_a_damaged_copy_costs_reading_and_nothing_else(tmp_path: Path) -> None:
    """Where the newest copy is damaged a worker takes the one before, or keeps its own state, and reads more of the log."""
    log = long_log()
    early = asyncio.run(worked(made(tmp_path, "worker-1"), log, 60))
    late = asyncio.run(worked(made(tmp_path, "worker-1"), log, 200))
    (newest_copy(tmp_path) / "CURRENT").unlink()
    assert asyncio.run(begun(made(tmp_path, "worker-2"), log)) == early < late
    oldest = sorted(newest_copy(tmp_path).parent.iterdir())[0]
    (oldest / "CURRENT").unlink()
    assert asyncio.run(begun(made(tmp_path, "worker-2"), log)) == early
    assert asyncio.run(begun(made(tmp_path, "worker-3"), log)) == 0
    with pytest.raises(Stop, match=r"log begins at offset 1.*CURRENT is missing, its marker says") as stop:
        made(tmp_path, "worker-4").open(0, 1, len(log))
    assert "baton rebuild" in stop.value.mend


@pytest.mark.guard("snapshots")
def test_letting_go_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where copies hang a partition is let go all the same, with its saved offset, and neither loop nor process waits on."""
    log, answered = long_log(), Event()
    monkeypatch.setattr(assignments, "_SNAPSHOT_SECONDS", 0.05)
    monkeypatch.setattr(Snapshots, "upload", lambda *_: answered.wait())
    try:
        saved = asyncio.run(worked(made(tmp_path, "worker-1"), log, 200))
        assert 0 < saved <= 200
        assert made(tmp_path, "worker-1").open(0, 0, len(log)) == saved
        assert not answered.is_set()
    finally:
        answered.set()


@pytest.mark.control("snapshots")
def test_a_copy_under_way_is_waited_for(tmp_path: Path) -> None:
    """Negative control: a copy that does arrive is there when the partition has been let go."""
    asyncio.run(worked(made(tmp_path, "worker-1"), long_log(), 200))
    assert (newest_copy(tmp_path) / "COMPLETE").exists()


def test_what_does_not_fit_stops(tmp_path: Path) -> None:
    """A state of another topic, or ahead of the log, or behind its start, is a Stop that says rebuild."""
    log = long_log()
    saved = asyncio.run(worked(made(tmp_path, "worker-1"), log, 200))
    with pytest.raises(Stop, match=r"baton.events.v1: the saved state of journeys, partition 0, .*topic_id"):
        made(tmp_path, "worker-1", topic_id="other").open(0, 0, len(log))
    with pytest.raises(Stop, match=r"baton.events.v1: partition 0: .*ends at 10"):
        made(tmp_path, "worker-1").open(0, 0, 10)
    with pytest.raises(Stop, match="baton rebuild"):
        made(tmp_path, "worker-1").open(0, saved + 1, len(log))
    assert made(tmp_path, "worker-1", generation=2).open(0, 0, len(log)) == 0


def test_a_worker_of_the_third_generation_forgets_the_first(tmp_path: Path) -> None:
    """Its start removes state and copies of the generation before the previous one; the previous one and its own are used."""
    log = long_log()
    saved = [asyncio.run(worked(made(tmp_path, "worker-1", generation=g), log, 200)) for g in (1, 2)]
    made(tmp_path, "worker-1", generation=2)
    assert sorted(path.name for path in (tmp_path / "state" / "worker-1").iterdir()) == ["g1", "g2"]
    made(tmp_path, "worker-1", generation=3)
    assert [path.name for path in (tmp_path / "state" / "worker-1").iterdir()] == ["g2"]
    assert [path.name for path in (tmp_path / "copies" / "i" / "journeys").iterdir()] == ["g2"]
    assert made(tmp_path, "worker-1", generation=2).open(0, 0, len(log)) == saved[1]
