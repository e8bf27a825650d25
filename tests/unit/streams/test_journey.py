"""The item fact, computed by hand: custody path, possession, reopens, holder."""

from typing import Any

import pytest

from tests.unit.streams.rows import MINUTE, T0, Event, fact, handoff, moved, rows, status


def minutes(spent: dict[str, int]) -> dict[str, int]:
    """Milliseconds as minutes."""
    return {team: ms // MINUTE for team, ms in spent.items()}


PATHS: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "one move": ([moved(0, "A")], {"path": ["A"], "reassignments": 0, "holder": "A", "moves": 1, "assignment_changes": 0}),
    "three teams": (
        [moved(0, "A"), moved(1, "B"), moved(2, "C")],
        {"path": ["A", "B", "C"], "reassignments": 2, "bounces": 0, "revisits": 0, "holder": "C", "assignment_changes": 2},
    ),
    "ping-pong": (
        [moved(0, "A"), moved(1, "B"), moved(2, "A"), moved(3, "B"), moved(4, "A")],
        {"path": ["A", "B", "A", "B", "A"], "reassignments": 4, "bounces": 3, "revisits": 3},
    ),
    "round trip": (
        [moved(0, "A"), moved(1, "B"), moved(2, "C"), moved(3, "A")],
        {"path": ["A", "B", "C", "A"], "bounces": 0, "revisits": 1},
    ),
    "self-moves are nothing": (
        [moved(0, "A"), moved(1, "A"), moved(2, "B"), moved(3, "B")],
        {"path": ["A", "B"], "reassignments": 1, "moves": 4, "assignment_changes": 1},
    ),
    "through the unassigned queue and back": (
        [moved(0, "A"), moved(1, None), moved(2, "A")],
        {"path": ["A"], "reassignments": 0, "bounces": 0, "assignment_changes": 2, "holder": "A"},
    ),
    "through the unassigned queue to another": (
        [moved(0, "A"), moved(1, None), moved(2, "B")],
        {"path": ["A", "B"], "reassignments": 1, "assignment_changes": 2, "holder": "B"},
    ),
    "left in the unassigned queue": (
        [moved(0, "A"), moved(1, None)],
        {"path": ["A"], "holder": "A", "assignment_changes": 1},
    ),
    "never assigned": (
        [moved(0, None)],
        {"path": [], "reassignments": 0, "holder": None, "assignment_changes": 0, "moves": 1},
    ),
    "from as the first place": (
        [moved(0, "B", "A"), moved(1, "C", "X")],
        {"path": ["A", "B", "C"], "reassignments": 2, "holder": "C"},
    ),
    "from repeats the first place": ([moved(0, "A", "A"), moved(1, "B")], {"path": ["A", "B"], "assignment_changes": 1}),
    "from is not used later": ([moved(0, "A"), moved(1, "C", "B")], {"path": ["A", "C"]}),
    "no moves, no handoffs": (
        [status(0, "queued")],
        {"path": [], "holder": None, "status": "queued", "moves": 0, "events": 1},
    ),
    "the source's order at one moment": (
        [moved(0, "C", id="a", sequence=3), moved(0, "A", id="c", sequence=1), moved(0, "B", id="b", sequence=2)],
        {"path": ["A", "B", "C"]},
    ),
    "then the rank": (
        [status(0, "working", id="a"), moved(0, "A", id="z"), moved(5, "B")],
        {"path": ["A", "B"], "touch_ms": {"A": 5 * MINUTE}, "queue_ms": {}},
    ),
    "then source and id": (
        [moved(0, "C", id="2", source="b"), moved(0, "B", id="1", source="b"), moved(0, "A", id="9", source="a")],
        {"path": ["A", "B", "C"]},
    ),
    "what is handed over, and by when": (
        [moved(0, "A", deliverable="incident", due="2026-03-02T12:00:00Z"), moved(1, "B")],
        {"deliverable": "incident", "due_at": T0 + 180 * MINUTE},
    ),
    "not said": ([moved(0, "A")], {"deliverable": None, "due_at": None, "status": None, "resolved_at": None}),
    "first and last": (
        [moved(3, "A"), status(1, "queued"), status(9, "working")],
        {"opened_at": T0 + MINUTE, "last_event_at": T0 + 9 * MINUTE, "events": 3, "status": "working"},
    ),
}


@pytest.mark.parametrize("case", PATHS)
def test_paths_by_hand(case: str) -> None:
    """Each history gives the fact worked out by hand, in whatever order its events are kept."""
    history, expected = PATHS[case]
    for events in (history, history[::-1]):
        found = fact(*events)
        assert {name: getattr(found, name) for name in expected} == expected


def loop(name: str, supplier: str, customer: str, at: int, returns: int) -> list[Event]:
    """An offer, so many returns with redelivery, an acceptance."""
    events = [handoff("offered", at, supplier, customer, name)]
    for n in range(returns):
        events += [
            handoff("returned", at + 10 * n + 5, name=name),
            handoff("offered", at + 10 * n + 9, supplier, customer, name),
        ]
    return [*events, handoff("accepted", at + 10 * returns + 3, name=name)]


E0: dict[str, tuple[list[Event], str, int, int]] = {
    "W1": ([*loop("H1", "E", "M", 0, 0), *loop("H2", "M", "S", 100, 1)], "EMSMS", 2, 2),
    "W2": ([*loop("H3", "E", "M", 0, 0), *loop("H4", "M", "S", 100, 0)], "EMS", 0, 0),
    "W3": (loop("H5", "M", "S", 0, 2), "MSMSMS", 4, 4),
    "W4": ([handoff("requested", 0, "M", "S", "H6")], "", 0, 0),
    "W5": ([handoff("offered", 0, "M", "S", "H7"), handoff("cancelled", 60, name="H7")], "MS", 0, 0),
    "W6": (
        [
            *(handoff("offered", 0, "M", "S", "H8"), handoff("accepted", 120, name="H8")),
            *(handoff("returned", 2880, name="H8"), handoff("offered", 3060, "M", "S", "H8")),
            handoff("accepted", 3120, name="H8"),
        ],
        "MSMS",
        2,
        2,
    ),
}


@pytest.mark.parametrize("item", E0)
def test_the_worked_example(item: str) -> None:
    """The items of the worked example (metrics 1.6 and W5) have the paths, bounces and revisits printed there."""
    events, path, bounces, revisits = E0[item]
    found = fact(*events)
    assert ("".join(found.path), found.bounces, found.revisits) == (path, bounces, revisits)
    assert found.reassignments == max(len(path) - 1, 0)
    assert found.holder == (path[-1:] or None)
    assert found.deliverable == ("leads" if path else None)


def test_the_worked_example_adds_up() -> None:
    """Over all its items the worked example has 8 bounces in 15 moves of custody."""
    facts = [fact(*events) for events, *_ in E0.values()]
    assert (sum(f.bounces for f in facts), sum(f.reassignments for f in facts)) == (8, 15)


def test_moves_alone_make_the_path_where_there_are_any() -> None:
    """An item with moves takes its path, holder and deliverable from them, whatever its handoff events say."""
    found = fact(moved(0, "A"), *loop("H", "M", "S", 1, 1), moved(50, "B"))
    assert (found.path, found.holder, found.deliverable, found.moves) == (["A", "B"], "B", None, 2)


def test_possession_with_and_without_work() -> None:
    """Time with an item counts as touch while work is under way and as queue otherwise; a move ends work under way."""
    found = fact(
        *(moved(0, "A"), status(10, "working"), status(25, "waiting"), status(30, "working")),
        *(moved(40, "B"), status(45, "working"), status(60, "resolved"), status(70, "closed"), moved(90, "C")),
    )
    assert minutes(found.touch_ms) == {"A": 25, "B": 15}
    assert minutes(found.queue_ms) == {"A": 15, "B": 5}
    assert (found.resolved_at, found.closed_at) == (T0 + 60 * MINUTE, T0 + 70 * MINUTE)


def test_possession_goes_on_through_a_self_move() -> None:
    """Moved to the team that has it, an item is still being worked on."""
    found = fact(moved(0, "A"), status(0, "working"), moved(10, "A"), status(20, "resolved"))
    assert (minutes(found.touch_ms), found.queue_ms) == ({"A": 20}, {})


def test_the_unassigned_queue_is_charged_to_nobody() -> None:
    """Time before the first team and in the unassigned queue counts for no team; work is not taken up again by itself."""
    found = fact(
        *(status(0, "working"), moved(5, "A"), status(5, "working"), moved(10, None), status(12, "working")),
        *(moved(30, "A"), status(50, "resolved")),
    )
    assert (minutes(found.touch_ms), minutes(found.queue_ms)) == ({"A": 5}, {"A": 20})


def test_time_after_the_end_belongs_to_nobody() -> None:
    """From resolved or closed until it goes on an item is in no team's time; then it is again in its holder's."""
    found = fact(moved(0, "A"), status(0, "working"), status(10, "resolved"), status(100, "queued"), status(130, "closed"))
    assert (minutes(found.touch_ms), minutes(found.queue_ms)) == ({"A": 10}, {"A": 30})


SINCE: dict[str, tuple[list[Event], dict[str, int], dict[str, int]]] = {
    "since the move: all of it was work": (
        [moved(0, "A"), status(30, "working", since="2026-03-02T09:00:00Z")],
        {"A": 30},
        {},
    ),
    "since later: before that it lay there": (
        [moved(0, "A"), status(30, "returned", since="2026-03-02T09:20:00Z")],
        {"A": 10},
        {"A": 20},
    ),
    "since before the move: it counts from the move on": (
        [moved(0, "A"), moved(10, "B"), status(30, "working", since="2026-03-02T09:00:00Z")],
        {"B": 20},
        {"A": 10},
    ),
    "since what comes only later: nothing was work": (
        [moved(0, "A"), status(30, "waiting", since="2026-03-02T10:00:00Z")],
        {},
        {"A": 30},
    ),
    "after the end: work nevertheless": (
        [moved(0, "A"), status(0, "closed"), moved(10, "B"), status(30, "working", since="2026-03-02T09:20:00Z")],
        {"B": 10},
        {},
    ),
}


@pytest.mark.parametrize("case", SINCE)
def test_a_status_says_since_when_it_was_work(case: str) -> None:
    """Of a status that says since when the work lasted that it ends, that time is its team's touch."""
    events, touch, queue = SINCE[case]
    found = fact(*events)
    assert (minutes(found.touch_ms), minutes(found.queue_ms)) == (touch, queue)


def test_a_rejection_moves_nothing() -> None:
    """Path, holder and possession come from moves; a rejection is no end, and after one it is a reopen."""
    found = fact(moved(0, "A"), moved(10, "B"), status(20, "returned"), status(30, "closed"), status(40, "returned"))
    assert (found.path, found.holder, found.status) == (["A", "B"], "B", "returned")
    assert minutes(found.queue_ms) == {"A": 10, "B": 20}
    assert (found.reopens, found.reopened_teams, found.resolved_at) == (1, ["B"], None)


REOPENS: dict[str, tuple[list[Event], int, list[str]]] = {
    "never": ([moved(0, "A"), status(1, "resolved"), status(2, "closed")], 0, []),
    "once": ([moved(0, "A"), status(1, "resolved"), status(2, "working")], 1, ["A"]),
    "twice": (
        [
            *(moved(0, "A"), status(1, "resolved"), status(2, "working"), moved(3, "B")),
            *(status(4, "closed"), status(5, "queued"), status(6, "working")),
        ],
        2,
        ["A", "B"],
    ),
    "charged at the first of the run": (
        [moved(0, "A"), status(1, "resolved"), moved(2, "B"), status(3, "closed"), status(4, "waiting")],
        1,
        ["A"],
    ),
    "a move is no reopen": ([moved(0, "A"), status(1, "resolved"), moved(2, "B")], 0, []),
    "resolved in the unassigned queue: the last holder": (
        [moved(0, "A"), moved(1, None), status(2, "resolved"), status(3, "working")],
        1,
        ["A"],
    ),
    "resolved by nobody known": ([status(0, "closed"), status(1, "working"), moved(2, "A")], 1, []),
    "going on twice is one reopen": (
        [moved(0, "A"), status(1, "closed"), status(2, "queued"), status(3, "working")],
        1,
        ["A"],
    ),
}


@pytest.mark.parametrize("case", REOPENS)
def test_reopens_and_who_is_charged(case: str) -> None:
    """A reopen is the first other status after resolved or closed, charged to the holder at the first of that run."""
    events, reopens, teams = REOPENS[case]
    found = fact(*events)
    assert (found.reopens, found.reopened_teams) == (reopens, teams)


def test_a_reopened_item_is_neither_resolved_nor_closed() -> None:
    """After a reopen the ends before it no longer hold; closed without resolved is both."""
    going = fact(moved(0, "A"), status(1, "resolved"), status(2, "closed"), status(3, "working"))
    assert (going.resolved_at, going.closed_at, going.status) == (None, None, "working")
    again = fact(moved(0, "A"), status(1, "resolved"), status(3, "working"), status(9, "closed"))
    assert (again.resolved_at, again.closed_at) == (T0 + 9 * MINUTE, T0 + 9 * MINUTE)


def test_the_first_place_by_from_is_a_holder() -> None:
    """The team an item came from, when it is the first place known, had it: what is resolved next is charged to it."""
    found = fact(moved(0, None, "A"), status(1, "resolved"), status(2, "working"))
    assert (found.path, found.holder, found.reopened_teams) == (["A"], "A", ["A"])


def test_events_from_w_on_wait() -> None:
    """Only events before W count; one exactly at W is pending and changes nothing yet."""
    history = [moved(0, "A"), moved(5, "B"), moved(9, "C")]
    assert fact(*history, w=T0 + 5 * MINUTE).path == ["A"]
    assert fact(*history, w=T0 + 5 * MINUTE + 1).path == ["A", "B"]
    assert rows(*history, w=T0) == []
