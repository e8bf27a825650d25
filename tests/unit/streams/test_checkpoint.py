"""When a saved state may be used again: only the same stage on the same log, with no history missing."""

from typing import Any

import msgspec
import pytest

from schemas.errors import Stop
from schemas.topics import ANOTHER_LOG
from streams.engine.checkpoint import Checkpoint, StateIdentity, checked, encode, fresh, restored, save
from streams.engine.memory_store import MemoryStore

IDENTITY = StateIdentity("journeys", 3, "topic-id", 1, 4, 7, "Europe/Stockholm", 400)
HEAD = Checkpoint(120, 1_772_442_000_000, IDENTITY)
OTHER: dict[str, Any] = {
    "stage": "scores",
    "generation": 4,
    "topic_id": "another-id",
    "partition": 2,
    "partitions": 5,
    "fold_version": 8,
    "time_zone": "UTC",
    "horizon_days": 30,
}


def test_the_same_state_on_the_same_log_goes_on() -> None:
    """A head that fits comes back whole, also when the log begins or ends exactly at its offset."""
    saved = encode(HEAD)
    for start, end in ((0, 500), (120, 500), (0, 120), (120, 120)):
        assert checked(saved, IDENTITY, start, end) == HEAD


def test_every_part_of_the_identity_is_tried() -> None:
    """The table below has another value for each part of the identity."""
    assert OTHER.keys() == set(StateIdentity.__struct_fields__)


@pytest.mark.parametrize("part", OTHER)
def test_another_identity_is_refused_by_name(part: str) -> None:
    """A state made with another value of any part is never used: ``Stop`` names the part and both values."""
    now = msgspec.structs.replace(IDENTITY, **{part: OTHER[part]})
    with pytest.raises(Stop) as caught:
        checked(encode(HEAD), now, 0, 500)
    assert f"{part} = {getattr(IDENTITY, part)!r}" in caught.value.problem
    assert repr(OTHER[part]) in caught.value.problem
    another_log = part in {"topic_id", "partitions"}  # nothing can be folded again there
    assert (caught.value.mend == ANOTHER_LOG) == another_log and ("baton rebuild" in caught.value.mend) != another_log


def test_history_that_is_gone_stops() -> None:
    """A log that now begins behind the state has lost records: ``Stop`` says how many."""
    with pytest.raises(Stop, match="5 records between them are gone") as caught:
        checked(encode(HEAD), IDENTITY, 125, 500)
    assert "baton rebuild" in caught.value.mend


def test_a_log_that_is_too_short_stops() -> None:
    """A log that ends before the state was cut: the sink says the same of it, and the same mend."""
    with pytest.raises(Stop, match="ends at 119") as caught:
        checked(encode(HEAD), IDENTITY, 0, 119)
    assert caught.value.mend == ANOTHER_LOG


@pytest.mark.parametrize("saved", [b"", b"{}", b"null", b'{"offset":1,"w":2}', b"\xff"])
def test_an_unreadable_head_stops(saved: bytes) -> None:
    """A head that can't be read is never taken for an empty state."""
    with pytest.raises(Stop, match="unreadable"):
        checked(saved, IDENTITY, 0, 500)


def test_an_empty_state_begins_at_the_beginning() -> None:
    """Without state the whole log is read, from offset 0, before any W."""
    assert fresh(IDENTITY, 0) == Checkpoint(0, -1, IDENTITY)


def test_an_empty_state_on_a_cut_log_stops() -> None:
    """Without state and without the log's beginning only a rebuild helps; the message says so."""
    with pytest.raises(Stop, match="begins at offset 1 instead of 0") as caught:
        fresh(IDENTITY, 1)
    assert "baton rebuild" in caught.value.mend


@pytest.mark.guard("rebuild")
def test_an_empty_state_begins_where_its_generation_does() -> None:
    """Records before a generation's own may be gone, whoever wrote them; of its own none may, whatever stands first now."""
    store = MemoryStore()
    for start in (0, 70, 90):
        assert restored(store, IDENTITY, start, 500, 90) == Checkpoint(90, -1, IDENTITY)
    with pytest.raises(Stop, match="begins at offset 91 instead of 90") as caught:
        restored(store, IDENTITY, 91, 500, 90)
    assert "baton rebuild" in caught.value.mend


@pytest.mark.control("rebuild")
def test_an_empty_state_does_not_begin_behind_the_log() -> None:
    """A log that ends before the generation's records was cut; at the end is where a new generation begins."""
    assert restored(MemoryStore(), IDENTITY, 90, 90, 90).offset == 90
    with pytest.raises(Stop, match="begins at offset 90, but the log ends at 89") as caught:
        restored(MemoryStore(), IDENTITY, 0, 89, 90)
    assert caught.value.mend == ANOTHER_LOG


def test_a_saved_state_goes_on_where_it_stands() -> None:
    """Where the generation began matters to an empty state alone."""
    store = MemoryStore()
    save(store, {}, HEAD)
    assert restored(store, IDENTITY, 110, 500, 90) == HEAD
