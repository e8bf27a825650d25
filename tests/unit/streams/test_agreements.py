"""Agreements: which is in force, and that whoever asked is told again when the answer changes."""

import pytest

from tests.unit.streams.journeys import HOUR, T0, Desk


def handed(desk: Desk) -> None:
    """A got X at hour 0 and hands it to B at hour 5, who works at hour 6."""
    desk.moved("X", 0, "A")
    desk.moved("X", 5, "B", id="hand")
    desk.event("item.status", "X", 6, {"status": "working"})


def due(desk: Desk) -> tuple[float | None, str, str | None]:
    """(hour at which the one handoff is due, where it stands, who says so)."""
    (fact,) = desk.of("handoff")
    return None if fact.due_at is None else (fact.due_at - T0) / HOUR, fact.sla, fact.due_from


def test_agreed_hours_run_from_when_the_supplier_got_it() -> None:
    """Four hours agreed, got at 0, offered at 5: due at 4, a miss."""
    desk = Desk()
    desk.agreed(-1, 4)
    handed(desk)
    desk.tick(10)
    assert due(desk) == (4, "miss", "agreement")
    (given,) = [entries for key, entries in desk.contributions.items() if key[:3] == ("pair", "A", "B")]
    assert {e.field for e in given} >= {"due_miss"}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_new_agreement_folds_again_who_asked(restarted: bool) -> None:
    """Published as unknown, then agreed: the fact and what it gives are others at that very tick, and nothing else is sent."""
    desk = Desk()
    handed(desk)
    desk.moved("other", 0, "C")
    desk.tick(10)
    assert due(desk) == (None, "unknown", None)
    if restarted:
        desk.restart()
    desk.agreed(9, 8)
    desk.tick(11)
    assert due(desk) == (8, "hit", "agreement")
    assert desk.sent == [b"handoff\x1fX\x1fdesk\x1fhand", b"pair\x1fA\x1fB\x1f\x1fX\x1fdesk\x1fhand"]


def test_changed_and_retracted() -> None:
    """A correction changes the answer, a retraction takes it away, and one that changes nothing sends nothing."""
    desk = Desk()
    handed(desk)
    desk.agreed(-1, 8)
    desk.tick(10)
    assert due(desk)[1] == "hit"
    desk.agreed(-1, 2, revision=1)
    desk.tick(11)
    assert due(desk) == (2, "miss", "agreement")
    desk.agreed(-1, 2, revision=2)
    desk.tick(12)
    assert desk.sent == []
    desk.agreed(-1, None, revision=3, deleted=True)
    desk.tick(13)
    assert due(desk) == (None, "unknown", None)


def test_the_one_in_force_when_the_supplier_got_it() -> None:
    """Of several the one with the latest valid_from not after that; one that begins later has no say."""
    desk = Desk()
    desk.agreed(-9, 1, valid_from=-100, id="old")
    desk.agreed(-9, 7, valid_from=0, id="new")
    desk.agreed(-9, 3, valid_from=1, id="next")
    handed(desk)
    desk.tick(10)
    assert due(desk)[0] == 7


def test_another_deliverable_another_pair() -> None:
    """What is agreed for other work, or without hours, says nothing."""
    desk = Desk()
    desk.agreed(-9, None)
    handed(desk)
    desk.moved("Y", 0, "A", id="y1")
    desk.event("item.moved", "Y", 5, {"to": "B", "deliverable": "incident"}, id="y2")
    desk.tick(10)
    assert {fact.sla for fact in desk.of("handoff")} == {"unknown"}


def test_an_agreement_waits_for_its_time() -> None:
    """Like any event it counts only when W has passed its time, and then without another event."""
    desk = Desk()
    handed(desk)
    desk.agreed(10, 8)
    desk.tick(10)
    assert due(desk)[1] == "unknown"
    desk.restart()
    desk.tick(10.5)
    assert due(desk) == (8, "hit", "agreement")


def test_a_due_time_passes_without_an_event() -> None:
    """Due in the future, then past: the handoff and what it gives change at the first tick after it, once."""
    desk = Desk()
    desk.agreed(-1, 8)
    handed(desk)
    desk.tick(8)
    assert due(desk) == (8, "future", "agreement")
    desk.restart()
    desk.tick(8.001)
    assert due(desk)[1] == "hit"
    assert len(desk.sent) == 2
    desk.tick(9)
    assert desk.sent == []
