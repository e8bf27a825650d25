"""What a dry run says of a mapping."""

from pathlib import Path

import pytest

from producers.importers.import_log import import_log
from producers.importers.mapping import parse

TEXT = """\
name: desk
format: csv
order: rows
case: id
time: {column: at}
team: {column: group, unassigned: [Dispatch], words: {Netzwerk: Network}}
status:
  column: state
  words: {New: queued, Work: working, Solvd: resolved}
deliverable: {column: kind, words: {INC: incident}}
due: {column: due}
"""
HEAD = "id,at,group,state,kind,due\n"


def said(tmp_path: Path, rows: str, mapping: str = TEXT) -> str:
    path = tmp_path / "t.csv"
    path.write_text(HEAD + rows)
    return "\n".join(import_log(path, parse(mapping, "t.yaml"), None, dry_run=True).lines())


def test_what_never_occurs_is_named_with_what_comes_near(tmp_path: Path) -> None:
    """Words of status, team and deliverable, and teams that are nobody: a misspelt one is shown with the rows' own word."""
    text = said(tmp_path, "1,2026-01-01,Desk,New,Inc,\n1,2026-01-02,Network,Solved,Inc,\n")
    assert "status.words: no row says 'Solvd'; 1 rows say 'Solved'" in text
    assert "status.words: no row says 'Work'\n" in text
    assert "team.unassigned: no row says 'Dispatch'\n" in text
    assert "team.words: no row says 'Netzwerk'; 1 rows say 'Network'" in text
    assert "deliverable.words: no row says 'INC'; 2 rows say 'Inc'" in text
    full = said(tmp_path, "1,2026-01-01,Netzwerk,New,INC,\n1,2026-01-02,Dispatch,Work,INC,\n1,2026-01-03,A,Solvd,INC,\n")
    assert "no row says" not in full


@pytest.mark.parametrize(
    ("rare", "asked"),
    [("Netwrok", True), ("network", True), ("Net-work", True), ("Network 2", False), ("Mail", False), ("Networks", True)],
)
def test_names_that_differ_in_little_are_asked_about(tmp_path: Path, rare: str, asked: bool) -> None:
    """A swapped, missing or other letter, case and hyphens; not another number, and not another name."""
    rows = "".join(f"{n},2026-01-01,Network,New,,\n" for n in range(9))
    text = said(tmp_path, rows + f"10,2026-01-01,{rare},New,,\n")
    assert (f"team {rare!r}: 1 rows, 'Network': 9; if they are one team" in text) == asked
    assert f"teams by rows: Network 9, {rare} 1" in text


def test_a_rejection_to_nobody_and_reasons_of_ones_own(tmp_path: Path) -> None:
    """A team that has no row is asked about with its lines; reasons that are none of the counted ones are listed, until the
    mapping gives them one."""
    mapping = TEXT.replace(
        "  words: {New: queued, Work: working, Solvd: resolved}",
        "  words: {New: queued, Back: returned}\n  returned_to: {words: {Back: Dsek}}",
    ).replace("due: {column: due}", "reason: {column: due}")
    rows = "1,2026-01-01,Desk,New,,\n1,2026-01-02,Network,New,,\n1,2026-01-03,Network,Back,,no form\n"
    text = said(tmp_path, rows, mapping)
    assert "returned_to names 'Dsek' in 1 rows (first lines: 4), a team that has no row; did you mean 'Desk'?" in text
    assert "reasons that count as `other`: 'no form' 1; `reason.words` gives them one of: damaged, defect" in text
    right = mapping.replace("Dsek", "Desk").replace(
        "reason: {column: due}", "reason: {column: due, words: {no form: incomplete}}"
    )
    assert "returned_to" not in said(tmp_path, rows, right)
    assert "reason" not in said(tmp_path, rows, right).replace('"reason"', "")


@pytest.mark.parametrize("due", ["9999-12-31", "0000-00-00 00:00:00", "never", "2028-01-01", "1970-01-01"])
def test_a_due_time_that_means_none_is_counted(tmp_path: Path, due: str) -> None:
    """No time at all, and one years ahead: the move is used without it, and the text is shown with its lines."""
    text = said(tmp_path, f"1,2026-01-01,Desk,New,,{due}\n1,2026-01-02,Desk,Work,,2026-01-05\n")
    assert f"no due time {due!r}: 1 rows (first lines: 2); their moves were used, nothing is due" in text
    assert "bad rows: 0" in text
    assert "events: 4 (2 moves, 2 statuses)" in text


def test_what_no_status_costs_is_said(tmp_path: Path) -> None:
    """Without a status, without work, without an end: each with what will be missing."""
    rows = "1,2026-01-01,Desk,New,,\n1,2026-01-02,Network,New,,\n"
    text = said(tmp_path, rows)
    assert "no row means `working`" in text
    assert "no row means `resolved` or `closed`" in text
    assert "statuses: queued 2" in text
    without = TEXT.replace("status:\n  column: state\n  words: {New: queued, Work: working, Solvd: resolved}\n", "")
    assert "0 statuses: no waits can be told" in said(tmp_path, rows, without)


def test_a_file_of_no_use_says_so(tmp_path: Path) -> None:
    """Where no row could be used there is no advice about words, only what is wrong with the rows."""
    text = said(tmp_path, "1,yesterday,Desk,New,,\n")
    assert "no row could be used" in text
    assert "line 2: the time 'yesterday' fits none of: iso" in text
    assert "status.words" not in text


@pytest.mark.parametrize(("order", "asked"), [("rows", "newest_first"), ("newest_first", "rows")])
def test_the_files_direction_is_noticed(tmp_path: Path, order: str, asked: str) -> None:
    """Rows that go back in time where they should go on, and the other way round; and nothing where it fits."""
    times = ["2026-01-03", "2026-01-02", "2026-01-01"]
    wrong = times if order == "rows" else times[::-1]
    mapping = TEXT.replace("order: rows", f"order: {order}")
    rows = "".join(f"1,{time},Desk,New,,\n" for time in wrong)
    assert f"set `order: {asked}`" in said(tmp_path, rows, mapping)
    rows = "".join(f"1,{time},Desk,New,,\n" for time in wrong[::-1])
    assert "set `order" not in said(tmp_path, rows, mapping)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1,2026-01-01,,New,,\n1,2026-01-02,Desk,New,,\n", "no team (an empty cell): 1 rows (first lines: 2)"),
        (
            "1,2026-01-01,Desk,New,,\n" * 4,
            "rows that stand twice in their case: 3 (first lines: 3, 4, 5); each counts; was an export",
        ),
        ("1,2026-01-01,\\N,New,,\n", "if that means nobody"),
        ("1,2026-01-01,Desk,New,,\n2,yesterday,Desk,New,,\n", "mapping desk: 2 rows, 1 items, 1 teams"),
        ("8.04E+17,2026-01-01,Desk,New,,\n", "the case 8.04E+17 was rounded by a spreadsheet"),
        ("\ufeff1\u200b,2026-01-01,Desk,New,,\n1,2026-01-02,Desk,New,,\n", "mapping desk: 2 rows, 1 items, 1 teams"),
        ('1, 2026-01-01, "Desk", "New",,\n', "teams by rows: Desk 1"),
    ],
)
def test_what_is_told_of_rows(tmp_path: Path, rows: str, expected: str) -> None:
    """Empty teams, rows twice, words for nothing, rounded numbers; signs nobody sees are no part of a cell, nor are the marks
    behind a blank; an item counts once one of its rows was used."""
    assert expected in said(tmp_path, rows)


def test_a_sequence_that_is_none_is_told(tmp_path: Path) -> None:
    """A whole number orders rows of one time, also with zeros behind a point; any other text is counted and orders nothing."""
    mapping = TEXT.replace("order: rows", "order: time\nsequence: due").replace("due: {column: due}\n", "")
    rows = "1,2026-01-01,B,New,,{}\n1,2026-01-01,A,New,,{}\n"
    for cells, told in ((("2.0", "1.0"), False), (("2", "1"), False), (("1.003", "1.001"), True)):
        text = said(tmp_path, rows.format(*cells), mapping)
        assert ("no `sequence` '1.003': 1 rows" in text) == told
        assert ("only the file's order tells" in text) == told


def test_keys_that_no_event_has_are_told(tmp_path: Path) -> None:
    """Of an XES log the columns that no event has, those of the trace included; events in no trace are counted."""
    path = tmp_path / "t.xes"
    event = '<event><string key="org:group" value="A"/><date key="time:timestamp" value="2026-01-01"/></event>'
    path.write_text(
        f'<xes:log xmlns:xes="x">{event}<trace><string key="concept:name" value="1"/><date key="deadline" value="2026-01-09"/>'
        f"{event}</trace></xes:log>"
    )
    mapping = parse(
        "{name: t, format: xes, order: rows, case: concept:name, time: {column: time:timestamp}, team: {column: org:group},"
        " due: {column: deadline}, reason: {column: why}}",
        "t",
    )
    text = "\n".join(import_log(path, mapping, None, dry_run=True).lines())
    assert "keys that no event has: why, deadline; they say nothing here (of a trace only the case is read)" in text
    assert "events outside of traces: 1; they have no case and were left out" in text
    assert "mapping t: 1 rows, 1 items" in text
