"""Rows that say what was finished, and rows that reject: the events they become."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.importers.case_events import CaseFold
from producers.importers.import_result import ImportResult
from producers.importers.log_rows import LogRow, MappedCells
from producers.importers.mapping import Mapping, parse
from producers.parsing.time_formats import Moment
from schemas.errors import Park, Stop

TEXT = """\
name: acts
format: csv
order: rows
row: finished
case: id
time: {column: at}
team: {column: role}
status:
  column: act
  words: {checked: working, refused: returned, refused by boss: returned, asked: waiting, paid: closed, timer: ignore}
  returned_to:
    column: back
    words: {refused by boss: CLERK}
reason: {column: why}
"""
NOW = 1_900_000_000_000
FINISHED = parse(TEXT, "acts.yaml")
BY_TIME = parse(TEXT.replace("order: rows", "order: time"), "acts.yaml")
CHANGED = parse(TEXT.replace("row: finished\n", ""), "acts.yaml")
MINUTE = 60_000


def row(team: str | None, act: str | None, back: str | None = None, why: str | None = None, case: str = "1") -> LogRow:
    return LogRow(2, MappedCells(case, "at", team, act, None, why, None, back))


def made(fold: CaseFold, given: LogRow, minute: int) -> list[tuple[Any, ...]]:
    """(minute, sequence, end of the id, what it says) of each event, in the order they are sent."""
    found = []
    for events in fold.row(given, Moment(minute * MINUTE)):
        for value in events.values:
            event = json.loads(value)
            at = int(event["time"][14:16])
            assert events.time_ms == at * MINUTE
            said = {k: v for k, v in event["data"].items() if k != "word"}
            found.append((at, event["sequence"], event["id"].split(":")[1], said))
    return found


def since(minute: int) -> dict[str, str]:
    return {"since": f"1970-01-01T00:{minute:02}:00Z"}


def test_a_team_had_the_item_from_the_row_before_on() -> None:
    """The move stands at the row before, behind its events; the status at the row itself, and says since when it was work."""
    fold = CaseFold(FINISHED, NOW)
    assert made(fold, row("CLERK", "checked"), 10) == [
        (10, 0, "moved", {"to": "CLERK"}),
        (10, 0, "status", {"status": "working"}),
    ]
    assert made(fold, row("BOSS", "paid"), 30) == [
        (10, 1, "moved", {"to": "BOSS"}),
        (30, 1, "status", {"status": "closed"} | since(10)),
    ]
    assert made(fold, row("BOSS", "checked", case="2"), 40)[0] == (40, 0, "moved", {"to": "BOSS"})


def test_rows_of_one_minute_say_since_when_too() -> None:
    """A team that rejects twice within it has rejected twice."""
    fold = CaseFold(FINISHED, NOW)
    made(fold, row("A", "checked"), 10)
    twice = [made(fold, row("B", "refused", why=why), 10)[1][3] for why in ("late", "torn")]
    assert twice == [{"status": "returned", "reason": why} | since(10) for why in ("late", "torn")]


def test_places_in_a_log_by_time() -> None:
    """With order: time the move stands behind all rows of the moment before, though its own row's place begins anew."""
    fold = CaseFold(BY_TIME, NOW)
    made(fold, row("A", "checked"), 10)
    assert [e[:3] for e in made(fold, row("B", "checked"), 10)] == [(10, 1, "moved"), (10, 1, "status")]
    assert [e[:3] for e in made(fold, row("C", "checked"), 20)] == [(10, 2, "moved"), (20, 0, "status")]
    assert [e[:3] for e in made(fold, row("D", "checked"), 30)] == [(20, 1, "moved"), (30, 0, "status")]


@pytest.mark.parametrize(
    ("act", "statuses"),
    [
        ("checked", [{"status": "working"} | since(10)]),
        (None, [{"status": "working"} | since(10)]),
        ("unheard of", [{"status": "working"} | since(10)]),
        ("timer", []),
        ("asked", [{"status": "working"} | since(10), {"status": "waiting"}]),
        ("refused", [{"status": "returned", "reason": "late"} | since(10)]),
        ("refused by boss", [{"status": "returned", "to": "CLERK", "reason": "late"} | since(10)]),
    ],
)
def test_what_was_finished(act: str | None, statuses: list[dict[str, str]]) -> None:
    """Whatever was finished is work, but for a rejection and for what the mapping ignores; before it waits it was work."""
    fold = CaseFold(FINISHED, NOW)
    made(fold, row("A", "checked"), 10)
    _, *found = made(fold, row("B", act, why="late"), 20)
    assert [said for *_, said in found] == statuses
    ids = [name for _, _, name, _ in found]
    assert ids == sorted(ids), "at one place in the source the id decides"


def test_whom_a_rejection_names() -> None:
    """The row's column, else what the mapping says of its word, else nobody: the team before. Only rejections name anyone."""
    fold = CaseFold(CHANGED, NOW)
    for act, back, to in (
        ("refused", None, None),
        ("refused", "X", "X"),
        ("refused by boss", None, "CLERK"),
        ("refused by boss", "X", "X"),
        ("checked", "X", None),
    ):
        *_, (*_, said) = made(fold, row("BOSS", act, back), 10)
        assert said.get("to") == to


def test_a_row_that_says_what_changed_moves_at_its_own_time() -> None:
    """Negative control: without ``row: finished`` move and status stand at the row, and say nothing of since."""
    fold = CaseFold(CHANGED, NOW)
    made(fold, row("A", "checked"), 10)
    assert made(fold, row("B", "checked"), 30) == [(30, 1, "moved", {"to": "B"}), (30, 1, "status", {"status": "working"})]
    assert [e[2] for e in made(fold, row("B", None), 40)] == ["moved"]


def test_ids_are_those_of_before() -> None:
    """A mapping that names more columns, or a cell that is no part of a row's identity, changes no id."""
    old = parse(TEXT.replace("    column: back\n", ""), "acts.yaml")
    ids = [
        json.loads(CaseFold(m, NOW).row(row("A", "checked", back), Moment(0))[0].values[0])["id"]
        for m in (old, CHANGED)
        for back in "xy"
    ]
    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_an_unknown_word_is_told_as_work() -> None:
    """The result names words the mapping lacks, and says that their rows are work nevertheless."""
    fold = CaseFold(FINISHED, NOW)
    made(fold, row("A", "odd"), 1)
    assert (
        "unmapped status 'odd': 1 rows (first lines: 2); they count as work"
        in ImportResult(FINISHED, True, counts=fold.counts).lines()
    )


def test_a_bad_row_in_between_is_no_row_before() -> None:
    """The team of the next row had the item from the last good row on; once the bad one is mended, from that one on."""
    fold = CaseFold(FINISHED, NOW)
    made(fold, row("A", "checked"), 10)
    with pytest.raises(Park, match="the time is missing"):
        fold.row(row("B", "checked"), None)
    assert made(fold, row("C", "checked"), 30)[0] == (10, 2, "moved", {"to": "C"})


def test_a_target_for_a_word_that_is_no_rejection() -> None:
    """A mapping that says to whom a word returns, and not that it does, is refused with its line."""
    with pytest.raises(Stop, match=r"line 8: status: returned_to names 'checked', which is no word for `returned`"):
        parse(TEXT.replace("{refused by boss: CLERK}", "{checked: CLERK}"), "acts.yaml")


rows_of_cases = st.lists(
    st.tuples(st.sampled_from(["1", "2"]), st.sampled_from(["A", "B"]), st.sampled_from(["checked", "asked", "timer"])),
    max_size=12,
)


def values(rows: list[tuple[str, str, str]], mapping: Mapping) -> list[bytes]:
    """The events of rows, a minute after another, each case's together."""
    fold = CaseFold(mapping, NOW)
    numbered = sorted(enumerate(rows), key=lambda r: r[1][0])
    return [
        value
        for minute, (case, team, act) in numbered
        for events in fold.row(row(team, act, case=case), Moment(minute * MINUTE))
        for value in events.values
    ]


@given(rows_of_cases, rows_of_cases)
@settings(deadline=None)
def test_a_longer_export_changes_nothing_that_was_there(
    rows: list[tuple[str, str, str]], later: list[tuple[str, str, str]]
) -> None:
    """Rows added behind those of a case leave every event there was as it was, and no two events share an id."""
    for mapping in (FINISHED, BY_TIME):
        long = values(rows + later, mapping)
        assert set(values(rows, mapping)) <= set(long)
        assert len({json.loads(value)["id"] for value in long}) == len(long)
