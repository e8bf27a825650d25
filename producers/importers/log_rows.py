"""One row of a log, as every reader gives it, and how its cells are picked from all those of the file."""

import sys
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from unicodedata import category

from producers.importers.mapping import Columns, Mapping
from schemas.fields import sequence_number

BLANKS: Final = "".join(
    sign for sign in map(chr, range(sys.maxunicode + 1)) if sign.isspace() or category(sign) in {"Cc", "Cf"}
)
"""What nobody sees at the ends of a cell: blanks, byte order marks in the middle of a file, signs of no width, zeros."""


class MappedCells(NamedTuple):
    """The cells of a row that the mapping reads; None: missing."""

    case: str | None = None
    time: str | None = None
    team: str | None = None
    status: str | None = None
    deliverable: str | None = None
    reason: str | None = None
    due: str | None = None
    returned_to: str | None = None
    sequence: str | None = None
    identity: str | None = None


class LogRow(NamedTuple):
    """A row: its ``line`` of the file, its cells, and why it can't be used (None: it can)."""

    line: int
    cells: MappedCells
    problem: str | None = None


def whole_number(text: str | None) -> int | None:
    """The number in a cell, also with zeros behind a point; None where it is none."""
    return sequence_number(text.removesuffix(".0")) if text else None


CellPicker = Callable[[Sequence[str]], MappedCells]


def cell_picker(mapping: Mapping, index_of: Callable[[str], int]) -> CellPicker:
    """A function from all cells of a row to those the mapping reads; ``index_of`` gives the index of a column's cell."""

    def indexes(columns: Columns | None) -> tuple[int, ...]:
        return tuple(index_of(name) for name in columns or ())

    missing = mapping.missing
    *indexes_by_field, identity = [indexes(columns) for columns in mapping.columns()]
    indexes_by_field.append(())

    def pick(cells: Sequence[str]) -> MappedCells:
        found: list[str | None] = []
        for where in indexes_by_field:
            if len(where) == 1:
                text = cells[where[0]].strip(BLANKS)
                found.append(None if text in missing else text)
            elif not where:
                found.append(None)
            else:
                parts = [cells[index].strip(BLANKS) for index in where]
                found.append(None if all(part in missing for part in parts) else "/".join(parts))
        if identity:
            # With the length of each: joined alone, two rows of other cells could be one.
            found[-1] = ",".join(f"{len(text)}:{text}" for text in (cells[index].strip(BLANKS) for index in identity))
        return MappedCells(*found)

    return pick
