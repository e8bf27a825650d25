"""Spreadsheets as rows."""

import datetime as dt
import io
from collections.abc import Sequence

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from producers.importers.file_notes import FileNotes
from producers.importers.log_rows import LogRow, MappedCells
from producers.importers.mapping import Mapping, parse
from producers.importers.sheet_rows import read_sheet
from producers.parsing.time_formats import time_parser
from schemas.errors import Stop

TEXT = "{name: t, format: xlsx, order: rows, case: id, time: {column: at, formats: '%d.%m.%Y'}, team: {column: team}}"
MAPPING = parse(TEXT, "t")
HEAD = ("id", "at", "team")


def book(*sheets: Sequence[Sequence[object]], epoch_1904: bool = False) -> io.BytesIO:
    whole = openpyxl.Workbook()
    if epoch_1904:
        whole.epoch = CALENDAR_MAC_1904
    for number, rows in enumerate(sheets):
        sheet = whole.active if number == 0 else whole.create_sheet(f"Sheet {number}")
        assert sheet is not None
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    whole.save(file)
    file.seek(0)
    return file


def read(file: io.BytesIO, mapping: Mapping = MAPPING) -> list[LogRow]:
    return list(read_sheet(file, "t.xlsx", mapping, FileNotes()))


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_a_date_is_its_moment_whatever_the_cell_holds(epoch_1904: bool) -> None:
    """A date, a date with a time, and a text in the mapping's format are times, in both calendars of spreadsheets; a whole
    number is no decimal."""
    rows = read(
        book([HEAD, (4711, dt.datetime(2026, 2, 3, 9, 12), "A"), ("x", dt.date(2026, 2, 3), True), ("y", "03.02.2026", 1.5)],
             epoch_1904=epoch_1904)
    )  # fmt: skip
    parse_time = time_parser(MAPPING.formats(MAPPING.time), "UTC")
    day = 1_770_076_800_000
    assert [parse_time(row.cells.time or "").ms - day for row in rows] == [552 * 60_000, 0, 0]
    assert [(row.cells.case, row.cells.team) for row in rows] == [("4711", "A"), ("x", "TRUE"), ("y", "1.5")]


def test_a_lines_number_is_the_sheets_own() -> None:
    """Empty rows before the header and between rows are nothing, and still counted; titles are skipped where asked."""
    sheet = [("Export of today",), (), HEAD, ("1", "03.02.2026", "A"), (), ("2", "03.02.2026", "B")]
    skipping = parse(TEXT.replace("order: rows", "skip_rows: 2, order: rows"), "t")
    assert read(book(sheet), skipping) == [
        LogRow(4, MappedCells("1", "03.02.2026", "A")),
        LogRow(6, MappedCells("2", "03.02.2026", "B")),
    ]
    with pytest.raises(Stop, match="they stand in line 3: set `skip_rows: 2`"):
        read(book(sheet))


def test_which_sheet() -> None:
    """The only one with cells; of several one has to be named, and one that is not there is refused with a list."""
    filled = [HEAD, ("1", "03.02.2026", "A")]
    assert len(read(book(filled, []))) == 1
    with pytest.raises(Stop, match=r"2 sheets with cells \('Sheet', 'Sheet 1'\)"):
        read(book(filled, filled))
    named = MAPPING.model_copy(update={"sheet": "Sheet 1"})
    assert len(read(book([], filled), named)) == 1
    with pytest.raises(Stop, match=r"no sheet 'Sheet 1'; found: 'Sheet'"):
        read(book(filled), named)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"id;at\n"])
def test_what_is_no_spreadsheet_is_refused(content: bytes) -> None:
    """A broken file is a ``Stop`` with its name."""
    with pytest.raises(Stop, match=r"t\.xlsx can't be read as a spreadsheet"):
        read(io.BytesIO(content))
