"""Rows of a spreadsheet: .xlsx, and what else the reader knows (.xls, .xlsb, .ods)."""

from collections.abc import Generator
from datetime import date, datetime, time, timedelta
from typing import IO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from producers.importers.file_notes import FileNotes
from producers.importers.header import header_of
from producers.importers.log_rows import LogRow
from producers.importers.mapping import Mapping
from schemas.errors import Stop

Cell = int | float | str | bool | time | date | datetime | timedelta
_ROUNDED = 1e15


def read_sheet(stream: IO[bytes], name: str, mapping: Mapping, notes: FileNotes) -> Generator[LogRow, None, None]:
    """The rows of one sheet. A cell that holds a date is its ISO text, without zone; a whole number has no decimals.

    The whole sheet is in memory; one has at most a million rows. Raises ``Stop`` when there is no such sheet, when several
    might be meant, and when the header lacks a column of the mapping.
    """
    try:
        with CalamineWorkbook.from_filelike(stream) as book:
            yield from _rows(_sheet(book, name, mapping), name, mapping, notes)
    except CalamineError as error:
        raise Stop(f"{name} can't be read as a spreadsheet: {error}", "save it again, without a password") from None


def shown_sheets(book: CalamineWorkbook) -> list[CalamineSheet]:
    """Those that a person sees and that hold cells."""
    tables = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    shown = [book.get_sheet_by_name(one.name) for one in tables if one.visible == SheetVisibleEnum.Visible]
    return [sheet for sheet in shown if sheet.start is not None]


def _sheet(book: CalamineWorkbook, name: str, mapping: Mapping) -> CalamineSheet:
    tables = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    names = ", ".join(repr(one.name) for one in tables)
    if mapping.sheet is not None:
        if mapping.sheet not in {one.name for one in tables}:
            raise Stop(f"{name}: there is no sheet {mapping.sheet!r}; found: {names}", "correct `sheet` in the mapping")
        return book.get_sheet_by_name(mapping.sheet)
    filled = shown_sheets(book)
    if len(filled) != 1:
        raise Stop(f"{name} has {len(filled)} sheets with cells ({names})", "name one of them in the mapping: `sheet: …`")
    return filled[0]


def _rows(sheet: CalamineSheet, name: str, mapping: Mapping, notes: FileNotes) -> Generator[LogRow, None, None]:
    notes.sheet = sheet.name
    # Lines are the sheet's own row numbers, also where it begins with empty ones.
    numbered = ((number, [cell_text(cell) for cell in row]) for number, row in enumerate(sheet.iter_rows(), 1))
    filled = ((number, cells) for number, cells in numbered if number > mapping.skip_rows and any(cells))
    _, titles = next(filled, (0, []))
    header = header_of(titles, mapping, name, filled)
    for number, cells in filled:
        yield header.row(number, cells, notes)


def cell_text(cell: Cell) -> str:
    """A cell as a table's text would have it."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        if abs(cell) >= _ROUNDED:
            # A spreadsheet keeps fifteen digits; of a longer number the last ones are made up, and two of them may be one.
            return f"{cell:.15G}"
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        # Days as a floating-point number lie up to a millisecond beside what was typed.
        rounded = cell + timedelta(microseconds=500)
        return rounded.replace(microsecond=rounded.microsecond // 1000 * 1000).isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
