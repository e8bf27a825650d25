"""Laws of reading tables: whatever became of a file, what is read stood in it, and each row holds its own text alone."""

import csv
import io
import os
import tracemalloc
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from producers.importers.csv_rows import read_csv
from producers.importers.file_notes import FileNotes
from producers.importers.log_rows import LogRow
from producers.importers.mapping import Mapping, parse
from producers.importers.xes_rows import read_xes
from producers.parsing.time_formats import time_parser
from schemas.errors import Stop

INPUTS = int(os.environ.get("LAW_INPUTS", "1500"))
"""How many files each law looks at; 100,000 were: `LAW_INPUTS=100000`."""
MAPPING = parse(
    "{name: t, format: csv, order: rows, case: id, time: {column: at, formats: '%Y-%m-%d'}, team: {column: team},"
    " reason: {column: why}}",
    "t",
)
XES = parse(
    "{name: t, format: xes, order: rows, case: concept:name, time: {column: time:timestamp}, team: {column: org:group}}", "t"
)
HEADER = ["id", "at", "team", "why", "note"]
WORDS = st.sampled_from(["", "word", 'say "so"', "a;b", "one\ntwo", 'broken "', "1,2", "2026-01-02", "\r\n", " x "])


def rows_of(table: bytes, mapping: Mapping = MAPPING) -> list[LogRow] | None:
    """The rows, or None where the file was refused."""
    try:
        return list(read_csv(io.BytesIO(table), "t.csv", mapping, FileNotes()))
    except Stop:
        return None


@st.composite
def damaged_tables(draw: st.DrawFn) -> bytes:
    """A table whose every cell names its row, as CSV, with some signs of its form put in or taken out anywhere."""
    count = draw(st.integers(1, 6))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerow(HEADER)
    for n in range(count):
        why, note = f"<{n}>{draw(WORDS)}<{n}>", f"<{n}>{draw(WORDS)}<{n}>"
        writer.writerow([f"<{n}>", f"2026-01-0{n + 1}", f"<{n}>team", why, note])
    text = out.getvalue()
    first_row = text.index("\n") + 1
    for _ in range(draw(st.integers(0, 4))):
        if draw(st.booleans()):
            at = draw(st.integers(first_row, len(text)))
            text = text[:at] + draw(st.sampled_from(['"', ",", "\n", '""', "\r"])) + text[at:]
        # Not a line's end: without it two lines are one, and what stands in one line is told apart by delimiters alone.
        elif places := [at for at in range(first_row, len(text)) if text[at] in '",\r']:
            at = draw(st.sampled_from(places))
            text = text[:at] + text[at + 1 :]
    return text.encode()


def rows_named(row: LogRow) -> set[str]:
    """The numbers of the rows whose text stands in the cells or in what is said of them."""
    text = "".join(cell or "" for cell in row.cells) + (row.problem or "")
    return {n for n in "012345" if f"<{n}>" in text}


@given(damaged_tables())
@settings(max_examples=INPUTS, deadline=None)
def test_a_row_holds_its_own_text_alone(table: bytes) -> None:
    """However marks, delimiters and line ends are damaged: the file is refused, or no cell and no message of a row has text of
    another one, and a row that can be used stood in the file with that time."""
    parse_time = time_parser(("%Y-%m-%d",), "UTC")
    for row in rows_of(table) or []:
        assert len(rows_named(row)) <= 1
        if row.problem is None:
            try:
                parse_time(row.cells.time or "")
            except ValueError:
                continue
            assert row.cells.time is not None
            assert {str(int(row.cells.time[-2:]) - 1)} >= rows_named(row)


def test_a_reader_that_trusts_the_marks_mixes_rows() -> None:
    """Negative control: two marks that were put in make one row of two for a reader that only follows them."""
    table = b'id,at,team,why,note\n<0>,2026-01-01,<0>team,<0>,"<0>\n<1>,2026-01-02,<1>team,<1>,<1>"\n'
    trusting = list(csv.reader(io.StringIO(table.decode())))[1:]
    assert len(trusting) == 1
    assert "<1>" in trusting[0][4]
    assert [row.problem is not None for row in rows_of(table) or []] == [True]


@given(st.binary(max_size=300), st.booleans())
@settings(max_examples=INPUTS, deadline=None)
def test_any_bytes_are_rows_or_one_refusal(table: bytes, header: bool) -> None:
    """Whatever the bytes, with a right header before them or without: rows, bad rows, or ``Stop``; no other error."""
    rows_of(b"id,at,team,why,note\n" * header + table)


@given(st.lists(st.sampled_from([
    b"<log>", b"</log>", b"<trace>", b"</trace>", b"<event>", b"</event>", b'<string key="concept:name" value="1"/>',
    b'<string key="org:group" value="A&#10;B"/>', b'<date key="time:timestamp" value="2026-01-01"/>', b"\xff", b"&x;", b"<!--",
]), max_size=14))  # fmt: skip
@settings(max_examples=INPUTS, deadline=None)
def test_any_pieces_of_xes_are_events_or_one_refusal(pieces: list[bytes]) -> None:
    """Whatever the order of tags and however they are broken: events, or ``Stop``; no other error."""
    table = b"".join(pieces)
    try:
        rows = list(read_xes(io.BytesIO(table), "t.xes", XES, FileNotes()))
    except Stop:
        return
    assert len(rows) == table.count(b"</event>")


def test_memory_does_not_grow_with_a_cell(tmp_path: Path) -> None:
    """Of a cell that runs over ever more lines no more is held at once than of a record that is used."""
    peaks = []
    for lines in (60_000, 240_000):
        path = tmp_path / f"{lines}.csv"
        path.write_text('id,at,team,why,note\na,2026-01-01,b,c,"' + "words of a pasted log\n" * lines + '"\n')
        tracemalloc.start()
        with path.open("rb") as file:
            (row,) = read_csv(file, "t.csv", MAPPING, FileNotes())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert row.problem == f"longer than 1,048,576 characters (lines 2 to {lines + 2})"
        peaks.append(peak)
    assert peaks[1] < 1.2 * peaks[0]
