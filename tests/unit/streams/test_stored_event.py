"""Which revision survives: the larger event, decided by the same rules whatever came first."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from schemas import event_codec as codec
from schemas.errors import Park
from schemas.event_bodies import BODIES
from schemas.events import CONTROL
from streams.journeys.event_conversion import CODES, cells_of, from_cells, stored
from streams.journeys.stored_event import Moved, Retracted, StoredEvent
from tests.laws.trees import Pairs, events, written
from tests.unit.streams.rows import T0, event, moved, status

EARLY, LATE = "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"
LOSER_WINNER: dict[str, tuple[Any, Any]] = {
    "the higher revision, whatever else": (
        moved(9, "Z", revision=1, recordedat=LATE, sequence=9),
        moved(0, "A", revision=2, recordedat=EARLY),
    ),
    "at equal revisions the later recording": (moved(9, "Z", recordedat=EARLY), moved(0, "A", recordedat=LATE)),
    "a recording time before none": (moved(9, "Z"), moved(0, "A", recordedat=EARLY)),
    "a retraction before a statement": (moved(9, "Z"), event("item.moved", 0, None, deleted=True)),
    "the later time": (moved(0, "Z", sequence=9), moved(9, "A")),
    "the later nanosecond": (moved(0, "Z", sequence=9), moved(0, "A", timenanos=1)),
    "the later place in the source": (moved(0, "Z", sequence=1), moved(0, "A", sequence=2)),
    "the later type": (moved(0, "Z"), status(0, "queued")),
    "the content, at last": (moved(0, "A"), moved(0, "B")),
    "a team before the unassigned queue": (moved(0, None), moved(0, "A")),
    "the later word of a status": (status(0, "queued"), status(0, "working")),
    "a due time before none": (moved(0, "A"), moved(0, "A", due=EARLY)),
    "zero minutes before none": (
        event("handoff.accepted", 0, {"handoff": "H"}),
        event("handoff.accepted", 0, {"handoff": "H", "rework_minutes": 0}),
    ),
}


@pytest.mark.parametrize("rule", LOSER_WINNER)
def test_who_survives(rule: str) -> None:
    """Of two revisions of one event each rule decides where those above it leave a tie."""
    (_, loser), (_, winner) = LOSER_WINNER[rule]
    assert winner > loser


def test_the_order_of_the_rules() -> None:
    """The fields stand in the rules' order."""
    assert StoredEvent.__struct_fields__ == ("revision", "recorded", "deleted", "time", "nanos", "sequence", "code", "body")


def test_what_is_kept() -> None:
    """A move is kept with its numbers in ms and its texts; what is absent is empty or -1."""
    _, kept = moved(1, "A", "B", revision=3, sequence=7, recordedat=EARLY, due=LATE)
    assert kept == StoredEvent(3, T0 + 60 * 60_000, False, T0 + 60_000, 0, 7, 0, Moved("A", "B", "", "", T0 + 120 * 60_000))
    assert moved(1, None)[1] == StoredEvent(0, -1, False, T0 + 60_000, 0, 0, 0, Moved("", "", "", "", -1))


def test_a_retraction_keeps_no_content() -> None:
    """Whatever a retraction says besides, only its place in the order is kept."""
    _, with_body = event("item.status", 0, {"status": "queued"}, deleted=True)
    _, without = event("item.status", 0, None, deleted=True)
    assert with_body == without == StoredEvent(0, -1, True, T0, 0, 0, 1, Retracted())


def test_every_type_is_kept_or_control() -> None:
    """Each event type is of journeys' concern or a control record, agreements both; none is forgotten."""
    assert set(CODES) | CONTROL == set(BODIES)
    assert set(CODES) & CONTROL == {"baton.agreement.set.v1", "baton.teams.set.v1"}


@given(events, events)
@settings(max_examples=300, deadline=None)
def test_any_two_can_be_compared(first_tree: Pairs, second_tree: Pairs) -> None:
    """Whatever two events hold, one survives or they are the same to the fold; packed, each comes back."""
    kept = []
    for tree in (first_tree, second_tree):
        value = written(tree)
        try:
            kept.append(stored(codec._decoder.decode(value)))
        except (msgspec.MsgspecError, Park):
            return
    for one in kept:
        assert one is None or from_cells(msgspec.msgpack.decode(msgspec.msgpack.encode(cells_of(one)))) == one
    first, second = kept
    if first is not None and second is not None:
        assert max(first, second) == max(second, first)
        assert (first < second) + (first == second) + (first > second) == 1
