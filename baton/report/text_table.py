"""Rows of text as lines with aligned columns, and how a number reads in them."""

from collections.abc import Iterator, Sequence

NOTHING = "–"
"""Of what is not known, or rests on too little."""


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A line for each row, the first cell to the left, the others to the right; all have as many."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for first, *rest in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def hours(value: float | None) -> str:
    """A duration given in hours, in minutes where that reads better."""
    if value is None:
        return NOTHING
    return f"{value * 60:.0f} min" if value < 2 else f"{value:.1f} h"


def share(value: float | None) -> str:
    """A share as a percentage."""
    return NOTHING if value is None else f"{value:.0%}"
