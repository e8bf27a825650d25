"""Events that say what they said, recorded again later: an importer does that with each export of a log."""

import pytest

from schemas.fields import from_ms
from tests.unit.streams.journeys import T0, Desk

FIRST, SECOND, THIRD = (from_ms(T0 + n) for n in (1, 2, 3))


def moved(desk: Desk, recorded: object, due_hour: int = 9) -> None:
    due = from_ms(T0 + due_hour * 3_600_000)
    desk.event("item.moved", "X", 2, {"to": "B", "due": due}, id="second", recordedat=recorded)


def desk_with_a_handoff() -> Desk:
    desk = Desk()
    desk.moved("X", 1, "A")
    moved(desk, FIRST)
    desk.tick(3)
    return desk


def due(desk: Desk) -> int:
    (handoff,) = desk.of("handoff")
    return int((handoff.due_at - T0) / 3_600_000)


def test_what_is_recorded_again_is_a_duplicate() -> None:
    """Nothing is folded or sent for it but the count of what arrived."""
    desk = desk_with_a_handoff()
    moved(desk, SECOND)
    desk.tick(4)
    assert [key for key in desk.sent if not key.startswith((b"intake", b"source"))] == []
    assert (desk.fold.counters["duplicate"], desk.fold.counters["corrected"]) == (1, 0)


@pytest.mark.parametrize("restarts", [False, True])
def test_the_newest_recording_holds_in_every_order(restarts: bool) -> None:
    """Whoever comes last: what was recorded last counts, though its words were there before; also after a restart."""
    desk = desk_with_a_handoff()
    moved(desk, THIRD)
    desk.tick(4)
    if restarts:
        desk.restart()
    moved(desk, SECOND, due_hour=7)
    desk.tick(5)
    assert due(desk) == 9
    assert desk.fold.counters["stale"] == 1
    straight = desk_with_a_handoff()
    moved(straight, SECOND, due_hour=7)
    straight.tick(4)
    assert due(straight) == 7
    moved(straight, THIRD)
    straight.tick(5)
    assert due(straight) == 9


def test_a_released_vote_that_is_recorded_again_is_no_correction() -> None:
    """A second import of votes gives no verdict on those that were released."""
    desk = Desk()
    for rater in "pqrst":
        desk.rated(1, rater)
    desk.tick(24 * 2)
    for rater in "pqrst":
        desk.rated(1, rater, recordedat=SECOND)
    desk.rated(24 * 2 + 1, "another")
    desk.tick(24 * 3)
    assert [key for key in desk.facts if key[0] == "released"] == []
    desk.rated(1, "p", grade=1, recordedat=THIRD)
    desk.tick(24 * 4)
    assert [key for key in desk.facts if key[0] == "released"] == [("released", "A > B", "desk", "p@1")]
