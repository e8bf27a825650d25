"""One row of a log, as every reader gives it, and what readers share."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from producers.importers.mapping import Columns, Mapping

CASE, TIME, TEAM, STATUS, DELIVERABLE, REASON, DUE = range(7)
"""Places in ``LogRow.cells``, as in ``Mapping.columns()``."""


class LogRow(NamedTuple):
    """``line`` of the file, the cells in the order of ``Mapping.columns()`` (None: missing), and why it can't be used."""

    line: int
    cells: tuple[str | None, ...]
    problem: str | None = None


Picker = Callable[[Sequence[str]], tuple[str | None, ...]]


def picker(mapping: Mapping, place_of: Callable[[str], int]) -> Picker:
    """A function from all cells of a row to those the mapping reads; ``place_of`` a column's name."""

    def places(columns: Columns | None) -> tuple[int, ...]:
        return tuple(place_of(name) for name in columns or ())

    missing = mapping.missing
    wanted = [places(columns) for columns in mapping.columns()]

    def pick(cells: Sequence[str]) -> tuple[str | None, ...]:
        found: list[str | None] = []
        for where in wanted:
            if len(where) == 1:
                text = cells[where[0]].strip()
                found.append(None if text in missing else text)
            elif not where:
                found.append(None)
            else:
                parts = [cells[place].strip() for place in where]
                found.append(None if all(part in missing for part in parts) else "/".join(parts))
        return tuple(found)

    return pick
