"""When a saved state may be used again: only the same stage on the same log, with no history missing."""

from typing import Any

import msgspec
import pytest

from schemas.errors import Stop
from streams.engine.checkpoint import Checkpoint, StateIdentity, checked, encode, fresh

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
    assert "baton rebuild" in caught.value.mend


def test_history_that_is_gone_stops() -> None:
    """A log that now begins behind the state has lost records: ``Stop`` says how many."""
    with pytest.raises(Stop, match="5 records between them are gone") as caught:
        checked(encode(HEAD), IDENTITY, 125, 500)
    assert "baton rebuild" in caught.value.mend


def test_a_log_that_is_too_short_stops() -> None:
    """A log that ends before the state was cut or is another one."""
    with pytest.raises(Stop, match="ends at 119"):
        checked(encode(HEAD), IDENTITY, 0, 119)


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
