"""The titles of a table's columns, and its rows as they say."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

from producers.importers.csv_records import DELIMITERS
from producers.importers.file_notes import FileNotes
from producers.importers.log_rows import CellPicker, LogRow, MappedCells, cell_picker
from producers.importers.mapping import Mapping
from schemas.errors import Stop

_MOST_NAMED = 40
_LINES_LOOKED_AT = 20
Split: TypeAlias = Callable[[str], Sequence[str]]
"""The cells of the line of the titles by another delimiter."""


class Header(NamedTuple):
    """``width``: cells of a whole row. ``last_column``: of those the mapping reads the one furthest to the right."""

    width: int
    pick: CellPicker
    last_index: int
    last_column: str

    def row(self, line: int, cells: Sequence[str], notes: FileNotes) -> LogRow:
        """The row of ``cells``. Where their number is wrong none is sure to stand in its column, so no text of them is kept:
        it might be of a column that the mapping does not read."""
        count = len(cells)
        if count == self.width:
            return LogRow(line, self.pick(cells))
        if count > self.width and not any(cell.strip() for cell in cells[self.width :]):
            notes.extra_cells += 1
            return LogRow(line, self.pick(cells[: self.width]))
        if self.last_index < count < self.width:
            notes.short_rows += 1
            return LogRow(line, self.pick([*cells, *[""] * (self.width - count)]))
        hint = (
            f"it ends before the column {self.last_column!r}"
            if count < self.width
            else "does a cell hold the delimiter without quotation marks?"
        )
        return LogRow(line, MappedCells(), f"has {count} cells, the header has {self.width}: {hint}")


def header_of(
    titles: Sequence[str], mapping: Mapping, name: str, later: Iterable[tuple[int, Sequence[str]]], split: Split | None = None
) -> Header:
    """The header with those titles. Raises ``Stop`` when a column of the mapping is none of them, or stands there twice.

    It says where they are instead: in one of the ``later`` lines (number and cells), or between other delimiters, by which
    ``split`` parts the line of the titles.
    """
    trimmed = [title.strip() for title in titles]
    index: dict[str, int] = {}

    def index_of(column: str) -> int:
        found = trimmed.count(column)
        if found > 1:
            raise Stop(f"{name}: {found} columns are called {column!r}", "give them different names in the file's first line")
        if not found:
            raise _no_column(column, trimmed, mapping, name, later, split)
        index[column] = trimmed.index(column)
        return index[column]

    pick = cell_picker(mapping, index_of)
    last_column = max(index, key=index.__getitem__)
    return Header(len(trimmed), pick, index[last_column], last_column)


def _elsewhere(wanted: set[str], later: Iterable[tuple[int, Sequence[str]]], split: Split | None) -> str:
    for delimiter in DELIMITERS if split is not None else ():
        if split is not None and wanted <= set(map(str.strip, split(delimiter))):
            return f"the delimiter is {delimiter!r}: say so in `delimiter`"
    for line, cells in islice(later, _LINES_LOOKED_AT):
        if wanted <= set(map(str.strip, cells)):
            return f"they stand in line {line}: set `skip_rows: {line - 1}`"
    return ""


def _no_column(
    column: str,
    titles: Sequence[str],
    mapping: Mapping,
    name: str,
    later: Iterable[tuple[int, Sequence[str]]],
    split: Split | None,
) -> Stop:
    wanted = {one for columns in mapping.columns() for one in columns or ()}
    others = ", ".join(repr(title) if title != title.strip() else title for title in titles[:_MOST_NAMED]) or "none"
    near = difflib.get_close_matches(column, titles, 1)
    lower = [title for title in titles if title.casefold() == column.casefold()]
    if hint := _elsewhere(wanted, later, split):
        mend = hint
    elif lower or near:
        mend = f"did you mean {(lower or near)[0]!r}? correct the column in the mapping {mapping.name}"
    elif len(titles) == 1:
        mend = f"correct `delimiter` or the column in the mapping {mapping.name}: one column was found in all"
    else:
        mend = f"correct the column in the mapping {mapping.name}, or name another file"
    return Stop(f"{name}: there is no column {column!r}; found: {others}", mend)
