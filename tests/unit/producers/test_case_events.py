"""Rows of a case as events: their ids, sequences and times."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.importers.case_events import CaseFold
from producers.importers.log_rows import LogRow, MappedCells
from producers.importers.mapping import Mapping, parse
from producers.importers.row_identity import row_content, row_id
from producers.parsing.time_formats import Moment
from schemas.errors import Park

TEXT = """\
name: desk
format: csv
order: rows
case: id
time: {column: at}
team: {column: group, unassigned: Nobody}
status:
  column: state
  words: {new: queued, busy: working, done: resolved, spam: ignore}
deliverable: {column: kind, words: {INC: incident}}
reason: {column: why}
due: {column: due}
subject_prefix: "desk:"
"""
NOW = 1_900_000_000_000
DESK = parse(TEXT, "desk.yaml")
BY_TIME = parse(TEXT.replace("order: rows", "order: time"), "desk.yaml")


def row(case: str | None, team: str | None = "A", state: str | None = "new", line: int = 2, **more: str | None) -> LogRow:
    cells = MappedCells(case, "at", team, state, more.get("kind"), more.get("why"), more.get("due"))
    return LogRow(line, cells, more.get("problem"))


def moment(time_ms: int | None) -> Moment | None:
    return None if time_ms is None else Moment(time_ms)


def events(fold: CaseFold, given_row: LogRow, time_ms: int | None = 60_000) -> list[dict[str, Any]]:
    return [json.loads(value) for made in fold.row(given_row, moment(time_ms)) for value in made.values]


def test_a_row_becomes_a_move_and_a_status() -> None:
    """Each row says where the item is and in which status; both share one sequence and one id but for the ending."""
    moved, status = events(CaseFold(DESK, NOW), row("7", kind="INC", why="wrong team", due="1970-03-02T09:00:00Z"))
    assert moved["type"] == "baton.item.moved.v1"
    assert moved["data"] == {"to": "A", "deliverable": "incident", "reason": "wrong team", "due": "1970-03-02T09:00:00Z"}
    assert status["data"] == {"status": "queued", "word": "new"}
    assert {e["subject"] for e in (moved, status)} == {"desk:7"}
    assert {e["source"] for e in (moved, status)} == {"import/desk"}
    assert {e["time"] for e in (moved, status)} == {"1970-01-01T00:01:00Z"}
    assert [moved["id"].split(":")[1], status["id"].split(":")[1]] == ["moved", "status"]
    assert moved["id"].split(":")[0] == status["id"].split(":")[0]


def test_ids_never_change() -> None:
    """The id of a known row is the one it always had: another one would double every imported log."""
    content = row_content("desk", ("7", "2026-01-01", None, "new"))
    assert content == b"4:desk,1:7,10:2026-01-01,-,3:new"
    assert row_id(content, 0) == "bb04c7dd26d59e006b800b3611956edc"


@pytest.mark.parametrize("team", [None, "Nobody", "Nobody\N{ZERO WIDTH SPACE}", "\N{ZERO WIDTH SPACE}"])
def test_no_team_is_the_unassigned_queue(team: str | None) -> None:
    """A missing team, one in which nothing can be seen, or one the mapping calls unassigned, moves the item to null."""
    assert events(CaseFold(DESK, NOW), row("7", team))[0]["data"] == {"to": None}


TEAMS = parse(
    TEXT.replace("unassigned: Nobody", 'unassigned: Nobody, words: {Network: Network Operations, "Re\u0301seau": NOC}'),
    "desk.yaml",
)


@pytest.mark.parametrize(
    ("cell", "team"),
    [
        *(("Network", "Network Operations"), ("Network Operations", "Network Operations"), ("R\u00e9seau ", "NOC")),
        *(("network", "network"), (" Nobody\u00a0", None), ("Mail", "Mail")),
    ],
)
def test_a_teams_words_are_one_team(cell: str, team: str | None) -> None:
    """A cell that the mapping names is the team it means, whatever Unicode spells it; any other is a team of its own."""
    fold = CaseFold(TEAMS, NOW)
    assert events(fold, row("7", cell))[0]["data"]["to"] == team
    assert set(fold.counts.teams) == ({team} if team else set())


def test_an_unmapped_word_is_counted_never_guessed() -> None:
    """A status the mapping does not know gives no status event; its rows and first lines are counted, the move is used."""
    fold = CaseFold(DESK, NOW)
    found = [events(fold, row("7", state="odd", line=line)) for line in range(2, 7)]
    assert [[e["type"] for e in one] for one in found] == [["baton.item.moved.v1"]] * 5
    assert fold.counts.unmapped == {"odd": 5}
    assert fold.counts.unmapped.first_lines == {"odd": [2, 3, 4]}


def test_an_ignored_word_is_counted() -> None:
    """A word the mapping ignores gives no status event and is not called unmapped."""
    fold = CaseFold(DESK, NOW)
    assert len(events(fold, row("7", state="spam"))) == 1
    assert (dict(fold.counts.words), dict(fold.counts.unmapped)) == ({"spam": 1}, {})


def test_a_time_that_runs_backwards_is_lifted() -> None:
    """With order: rows a row's time is never before its predecessor's in the case; each lift is counted."""
    fold = CaseFold(DESK, NOW)
    times = [
        fold.row(row("7", state=s), Moment(ms))[0].time_ms for s, ms in (("new", 50), ("busy", 20), ("busy", 50), ("done", 60))
    ]
    assert times == [50, 50, 50, 60]
    assert fold.counts.time_clamped == 1
    assert fold.row(row("8"), Moment(10))[0].time_ms == 10


def test_places_follow_the_rows() -> None:
    """With order: rows the index of a row in its case is its sequence, a bad row keeps its own."""
    fold = CaseFold(DESK, NOW)
    assert events(fold, row("7"), 10)[0]["sequence"] == 0
    with pytest.raises(Park, match="the time is missing"):
        fold.row(row("7"), None)
    assert events(fold, row("7"), 10)[0]["sequence"] == 2
    assert events(fold, row("8"), 10)[0]["sequence"] == 0


def test_places_in_a_log_by_time_only_part_ties() -> None:
    """With order: time the sequence counts rows of the same moment, so that a row that comes later shifts no other."""
    fold = CaseFold(BY_TIME, NOW)
    sequences = [events(fold, row("7", state=s), ms)[0]["sequence"] for s, ms in (("new", 5), ("busy", 5), ("done", 9))]
    assert sequences == [0, 1, 0]


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (row(None), "the case is missing"),
        (row("7", problem="has 3 cells"), "has 3 cells"),
        (row("7", team="x" * 201), "team"),
        (row("7" * 400), "case"),
        (row("7", team="\udce9"), "not in the file's encoding"),
    ],
)
def test_a_bad_row_says_what_is_wrong(bad: LogRow, expected: str) -> None:
    """A row that can't become events is parked as ``bad_row`` with the column or rule at fault."""
    with pytest.raises(Park, match="bad_row") as caught:
        CaseFold(DESK, NOW).row(bad, Moment(60_000))
    assert expected in caught.value.detail


cases = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3"]), st.sampled_from(["A", "B"]), st.sampled_from(["new", "busy"]), st.integers(0, 3)
    ),
    max_size=25,
)


def made_of(rows: list[tuple[str, str, str, int]], mapping: Mapping = DESK) -> list[bytes]:
    """The events of rows (case, team, state, minute), each case's rows together."""
    fold = CaseFold(mapping, NOW)
    together = sorted(rows, key=lambda r: r[0])
    return [
        value
        for case, team, state, minute in together
        for made in fold.row(row(case, team, state), Moment(minute * 60_000))
        for value in made.values
    ]


@given(cases, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_cases_changes_nothing(rows: list[tuple[str, str, str, int]], chance: Random) -> None:
    """Cases shuffled among each other give the same events, byte for byte."""
    order = ["1", "2", "3"]
    chance.shuffle(order)
    shuffled = [r for case in order for r in rows if r[0] == case]
    assert sorted(made_of(rows)) == sorted(made_of(shuffled))


@given(cases, cases)
@settings(deadline=None)
def test_a_longer_export_changes_nothing_that_was_there(
    rows: list[tuple[str, str, str, int]], later: list[tuple[str, str, str, int]]
) -> None:
    """Rows added behind those of a case leave every event there was as it was, also when they look the same."""
    assert set(made_of(rows)) <= set(made_of(rows + later))


@given(cases)
@settings(deadline=None)
def test_every_row_has_ids_of_its_own(rows: list[tuple[str, str, str, int]]) -> None:
    """No two rows share an id, identical rows of a case neither."""
    ids = [json.loads(value)["id"] for value in made_of(rows)]
    assert len(set(ids)) == len(ids) == 2 * len(rows)


def test_without_counting_identical_rows_would_be_one() -> None:
    """Negative control: the content alone does not part two identical rows, only their count does."""
    content = row_content("desk", ("7", "t", "A", "new"))
    assert row_id(content, 0) == row_id(content, 0)
    assert row_id(content, 0) != row_id(content, 1)


@given(st.lists(st.one_of(st.none(), st.text(alphabet="1:,-a", max_size=4)), max_size=4))
def test_cells_do_not_run_into_each_other(cells: list[str | None]) -> None:
    """Cells cut elsewhere are another content."""
    for other in ([*cells, None], [*cells, ""], ["", *cells], cells[1:]):
        if other != cells:
            assert row_content("desk", cells) != row_content("desk", other)
