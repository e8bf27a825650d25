"""What waits for a slow source waits on disk: each update comes back once, and memory does not follow how far one is ahead."""

import tracemalloc
from pathlib import Path

import pytest

from streams.engine.update_spool import UpdateSpool
from streams.scores.contribution_cuts import ContributionCuts
from tests.unit.scores.records import T0, Rec, entry, head, mark, update

UPDATES = 20_000


def test_updates_come_back_by_position_and_their_files_go(tmp_path: Path) -> None:
    """In any order, over several files; a file is gone when its last update was taken, and none leaves a name behind."""
    spool = UpdateSpool(tmp_path / "waiting", segment_bytes=100)
    values = [bytes([number]) * (number + 1) for number in range(60)]
    positions = [spool.add(value) for value in values]
    assert spool.files > 3 and list((tmp_path / "waiting").iterdir()) == []
    assert list(spool.take(reversed(positions[30:]))) == values[:29:-1]
    late = spool.add(b"late")
    assert list(spool.take([*positions[:30], late])) == [*values[:30], b"late"]
    assert spool.files == 0
    assert list(spool.take([spool.add(b"again")])) == [b"again"]


def _waiting_bytes(directory: Path, updates: int, in_memory: int) -> int:
    """Memory that so many updates of one source need while another has published nothing."""
    cuts = ContributionCuts(head(), UpdateSpool(directory), in_memory)
    tracemalloc.start()
    for number in range(updates):
        cuts.take(Rec(number, update(1, entry(T0), subject=f"item-{number}")))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    cuts.take(Rec(updates, mark(1, T0)))
    cut = cuts.take(Rec(updates + 1, mark(1, T0, source=1)))
    assert cut is not None and [u.subject for u in cut.taken] == [f"item-{number}" for number in range(updates)]
    return used


@pytest.mark.guard("bounded cuts")
@pytest.mark.control("bounded cuts")
def test_memory_does_not_follow_how_far_a_source_is_ahead(tmp_path: Path) -> None:
    """Beyond the bound an update costs a position; with the bound out of reach it costs a record."""
    on_disk = _waiting_bytes(tmp_path, UPDATES, in_memory=100)
    in_memory = _waiting_bytes(tmp_path, UPDATES, in_memory=UPDATES)
    assert on_disk < 40 * UPDATES < in_memory / 10
