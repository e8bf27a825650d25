"""Files of all kinds as rows."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from producers.importers.csv_rows import read_csv
from producers.importers.file_notes import FileNotes
from producers.importers.log_file import open_log
from producers.importers.log_rows import LogRow, MappedCells
from producers.importers.mapping import Mapping, Reason, parse
from producers.importers.xes_rows import read_xes
from schemas.errors import Stop

CSV = parse(
    "{name: t, format: csv, order: rows, case: id, time: {column: at}, team: {column: [org, unit]}, missing: ['?', '']}", "t"
)
XES = parse(
    "{name: t, format: xes, order: rows, case: concept:name, time: {column: time:timestamp}, team: {column: org:group},"
    " reason: {column: concept:name}}",
    "t",
)
LOG = b"""<?xml version="1.0"?>
<log xmlns="http://www.xes-standard.org/">
  <global scope="event"><string key="org:group" value="UNKNOWN"/></global>
  <float key="meta" value="1"><float key="org:group" value="0"/></float>
  <trace>
    <string key="concept:name" value="C1"/>
    <event>
      <string key="concept:name" value="Accepted"/>
      <string key="org:group" value="A"><string key="org:group" value="nested"/></string>
      <date key="time:timestamp" value="2020-01-01T00:00:00Z"/>
    </event>
    <event><date key="time:timestamp" value="2020-01-02T00:00:00Z"/></event>
  </trace>
  <trace><event><string key="org:group" value="B"/></event></trace>
</log>
"""


def csv_rows(text: bytes, mapping: Mapping = CSV) -> list[LogRow]:
    return list(read_csv(io.BytesIO(text), "t.csv", mapping, FileNotes()))


def xes_rows(text: bytes) -> list[LogRow]:
    return list(read_xes(io.BytesIO(text), "t.xes", XES, FileNotes()))


def test_only_mapped_columns_are_read() -> None:
    """A row holds the mapped cells in their fixed order, trimmed, joined, missing ones as None, and nothing else."""
    rows = csv_rows(b"person,at,org,unit,id\nJane,t1, X ,1,a\nJoe,t2,?,,b\nJim,t3,X,?,?\n")
    assert rows == [
        LogRow(2, MappedCells("a", "t1", "X/1", None, None, None, None)),
        LogRow(3, MappedCells("b", "t2", None, None, None, None, None)),
        LogRow(4, MappedCells(None, "t3", "X/?", None, None, None, None)),
    ]


def test_a_row_with_the_wrong_number_of_cells_is_told() -> None:
    """Too few or too many cells are a problem of that row alone; blank lines are nothing."""
    rows = csv_rows(b"id,at,org,unit\na,t,X,1\nb,t\n\nc,t,X,1,9\n")
    assert [row.problem for row in rows] == [
        None,
        "has 2 cells, the header has 4: it ends before the column 'unit'",
        "has 5 cells, the header has 4: does a cell hold the delimiter without quotation marks?",
    ]
    assert [row.line for row in rows] == [2, 3, 5]


def test_quotes_may_hold_lines_and_the_first_mark_is_skipped() -> None:
    """A quoted cell may span lines, also such as look like none; a row's line is its first one; a byte order mark is no part
    of the first column."""
    rows = csv_rows(b'\xef\xbb\xbfid,at,org,unit,note\na,t,X,1,"one\n\n, two"\nb,t,X,1,\n')
    assert rows == [LogRow(2, MappedCells("a", "t", "X/1")), LogRow(5, MappedCells("b", "t", "X/1"))]


def test_what_is_read_has_one_line() -> None:
    """A mapped cell over several lines is a bad row without text; of a reason the first line is kept."""
    (row,) = csv_rows(b'id,at,org,unit\na,"t\nt",X,1\n')
    assert (row.cells, row.problem) == (MappedCells(), "a cell that the mapping reads runs over lines 2 to 3")
    with_reason = CSV.model_copy(update={"reason": Reason(column=("why",))})
    (row,) = csv_rows(b'id,at,org,unit,why\na,t,X,1,"wrong team\nsee mail"\n', with_reason)
    assert (row.cells.reason, row.problem) == ("wrong team", None)


def test_a_huge_cell_refuses_its_row_only() -> None:
    """A cell beyond the limit is one bad row, and reading goes on."""
    rows = csv_rows(b"id,at,org,unit\na,t,X," + b"x" * (2 << 20) + b"\nb,t,X,1\n")
    assert ["longer than" in (row.problem or "") for row in rows] == [True, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"id;at;org;unit\n", "the delimiter is ';': say so"),
        (b"id,when,org,unit\n", "there is no column 'at'; found: id, when, org, unit"),
        (b"id,at,at,org,unit\n", "2 columns are called 'at'"),
        (b"", "found: none"),
    ],
)
def test_a_wrong_header_stops(text: bytes, expected: str) -> None:
    """A header that lacks a mapped column says what was found instead."""
    with pytest.raises(Stop) as caught:
        csv_rows(text)
    assert expected in str(caught.value)


def test_an_event_is_a_row() -> None:
    """The case is the trace's key, the rest the event's own keys, not those of globals, of the log or nested ones."""
    assert xes_rows(LOG) == [
        LogRow(7, MappedCells("C1", "2020-01-01T00:00:00Z", "A", None, None, "Accepted", None)),
        LogRow(12, MappedCells("C1", "2020-01-02T00:00:00Z", None, None, None, None, None)),
        LogRow(14, MappedCells(None, None, "B", None, None, None, None)),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"id,at\n1,2\n", "line 1: not XML"),
        (LOG[:-20], "not XML"),
        (b"<html></html>", "the outermost element is <html>, expected <log>"),
        (
            b'<log><trace><event><string key="who" value="x"/></event></trace></log>',
            "no event has time's key 'time:timestamp'; found: who",
        ),
        (b'<!DOCTYPE l [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><log>&c;</log>', "declares entities"),
        (b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]><log>&a;</log>', "declares entities"),
    ],
)
def test_what_is_no_log_stops(text: bytes, expected: str) -> None:
    """Text that is not XML, not XES, cut off, or declares entities stops the import and says which."""
    with pytest.raises(Stop) as caught:
        xes_rows(text)
    assert expected in str(caught.value)


def packed(folder: Path, name: str, text: bytes) -> Path:
    path = folder / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text))
    elif name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inside/", "")
            archive.writestr("inside/t.csv", text)
    else:
        path.write_bytes(text)
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.zip"])
def test_packed_files_open_the_same(tmp_path: Path, name: str) -> None:
    """Plain, gzip and a zip with one file give the same bytes, and tell how far reading has come."""
    with open_log(packed(tmp_path, name, b"id\n1\n")) as log:
        assert log.stream.read() == b"id\n1\n"
        assert 0 < log.bytes_read() <= log.total_bytes


@pytest.mark.parametrize(
    ("name", "content"), [("t.zip", b"PK"), ("t.csv.gz", b"\x1f\x8bnot"), ("t.csv.gz", b"id"), ("t.csv", b"")]
)
def test_a_broken_file_stops(tmp_path: Path, name: str, content: bytes) -> None:
    """A file that is not what its name says, or is empty, stops the import and names the file."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Stop, match=name), open_log(tmp_path / name) as log:
        log.stream.read()


def test_a_cut_off_gzip_stops(tmp_path: Path) -> None:
    """A gzip that ends early is no whole file, noticed also while it is read."""
    whole = gzip.compress(bytes(range(256)) * 400)
    (tmp_path / "t.gz").write_bytes(whole[:-20])
    with pytest.raises(Stop, match="not a whole"), open_log(tmp_path / "t.gz") as log:
        log.stream.read()


def test_a_zip_with_two_files_stops(tmp_path: Path) -> None:
    """Baton does not guess which of two files is the log; a missing file and a folder are refused, too."""
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "")
        archive.writestr("b.csv", "")
    with pytest.raises(Stop, match=r"holds 2 files \(a.csv, b.csv\)"), open_log(tmp_path / "two.zip"):
        pass
    with pytest.raises(Stop, match="there is no file"), open_log(tmp_path / "none.csv"):
        pass
    with pytest.raises(Stop, match="can't be read"), open_log(tmp_path):
        pass
