"""Rows of a CSV log."""

import io
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import IO

from producers.importers.csv_records import MAX_LINE_CHARS, Dialect, Record, cells_of, records
from producers.importers.file_notes import FileNotes
from producers.importers.header import Header, header_of
from producers.importers.log_rows import LogRow, MappedCells
from producers.importers.mapping import Mapping
from producers.importers.text_encoding import encoding_of
from producers.parsing.time_formats import time_parser
from schemas.errors import Stop

SEP_LINE = re.compile(r'^"?sep=(.)"?\s*$', re.IGNORECASE)
"""The first line in which a spreadsheet program names the delimiter."""
_FEWEST_CELLS = 3
_SWALLOWED = (
    "a cell runs over lines {0} to {1}, and some of these look like rows of their own: "
    "a quotation mark that opens in line {0} does not close in it"
)


def read_csv(stream: IO[bytes], name: str, mapping: Mapping, notes: FileNotes) -> Generator[LogRow, None, None]:
    """The rows of ``stream``; one that can't be read as the header asks has a ``problem`` and no text of its cells.

    Raises ``Stop`` when the header lacks a column of the mapping, or when quotation breaks so that no later row is sure. Bytes
    that are not in the encoding stay as they are, so that only their row is refused.
    """
    notes.encoding, notes.encoding_why = encoding_of(stream, mapping.encoding)
    text = io.TextIOWrapper(stream, notes.encoding, errors="surrogateescape", newline="")
    try:
        yield from _rows(text, name, mapping, notes)
    except UnicodeError as error:
        raise Stop(f"{name} is not {notes.encoding}: {error}", "set `encoding` in the mapping to what it is") from None
    finally:
        text.detach()  # else its end would close the stream, which belongs to who opened it


def _rows(text: io.TextIOWrapper, name: str, mapping: Mapping, notes: FileNotes) -> Iterator[LogRow]:
    first, line, dialect = _begin(text, mapping, notes)
    taken = [first]
    found = records(lambda size: taken.pop() if taken else text.readline(size), name, dialect, line)
    titles = next(found, Record(line + 1, line + 1, [])).cells
    later = ((record.first, record.cells) for record in found)
    header = header_of(titles, mapping, name, later, lambda other: cells_of(first, dialect._replace(delimiter=other)))
    looks_like_a_row = _row_test(header, mapping, dialect)
    for record in found:
        if record.problem is not None:
            yield LogRow(record.first, MappedCells(), record.problem)
        elif not record.inner:
            yield header.row(record.first, record.cells, notes)
        elif any(map(looks_like_a_row, _inner_lines(record, dialect))):
            yield LogRow(record.first, MappedCells(), _SWALLOWED.format(record.first, record.last))
        else:
            notes.add_multiline(record.first, record.last)
            yield _of_one_line(header.row(record.first, record.cells, notes), record)


def _of_one_line(row: LogRow, record: Record) -> LogRow:
    """A row whose record has several lines: what the mapping reads of it has one, for the next may be of another row."""
    cells = row.cells
    if cells.reason is not None:
        first, *_ = cells.reason.splitlines() or [""]
        cells = cells._replace(reason=first.strip() or None)
    if any(cell is not None and len(cell.splitlines()) > 1 for cell in cells):
        return LogRow(
            row.line, MappedCells(), f"a cell that the mapping reads runs over lines {record.first} to {record.last}"
        )
    return row._replace(cells=cells)


def _begin(text: io.TextIOWrapper, mapping: Mapping, notes: FileNotes) -> tuple[str, int, Dialect]:
    """The line of the titles, how many stand before it, and how cells are told apart."""
    dialect = Dialect(mapping.delimiter, mapping.quote, mapping.escape)
    before, titles = 0, mapping.skip_rows
    while True:
        line = text.readline(MAX_LINE_CHARS)
        if before == 0:
            line = line.lstrip("\ufeff")
        shown = SEP_LINE.match(line)
        if shown:
            notes.shown_delimiter = shown.group(1)
            dialect = dialect._replace(delimiter=notes.shown_delimiter)
        elif not line or not titles:
            return line, before, dialect
        else:
            titles -= 1
        before += 1


def _inner_lines(record: Record, dialect: Dialect) -> Sequence[str]:
    """The lines of a record that belong to a cell of it as a whole: its last one does where the first has cells of its own."""
    first, *others = record.inner
    alone = len(cells_of(first, dialect)) > 1 or len(record.inner) <= record.last - record.first
    return others if alone else others[:-1]


def _row_test(header: Header, mapping: Mapping, dialect: Dialect) -> Callable[[str], bool]:
    """Whether a line, read alone, would be a row: as many cells as there are titles, and a time where the time stands."""
    parse_time = time_parser(mapping.time.formats, mapping.time.zone)

    def test(line: str) -> bool:
        cells = cells_of(line, dialect)
        if len(cells) != header.width or header.width < _FEWEST_CELLS:
            return False
        try:
            parse_time(header.pick(cells).time or "")
        except ValueError:
            return False
        return True

    return test
