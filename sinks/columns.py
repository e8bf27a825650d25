"""Objects → columns in one pass. Pure; columns are tuples or lists of one length."""

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any

from schemas.watermarks import GENERATION_SHIFT

Column = Sequence[Any]


def columns_of(objects: Sequence[Any], fields: Sequence[str], texts: Collection[str] = ()) -> list[Column]:
    """A column for each of ``fields``; in those named in ``texts`` None becomes an empty text."""
    if not objects or not fields:
        return [()] * len(fields)
    cells = map(attrgetter(*fields), objects)
    columns: list[Column] = list(zip(*cells, strict=True)) if len(fields) > 1 else [list(cells)]
    for text in texts:
        place = fields.index(text)
        columns[place] = [cell or "" for cell in columns[place]]
    return columns


def generations(versions: Column) -> Column:
    """The generation in each version."""
    return [version >> GENERATION_SHIFT for version in versions]


def marks_and_ticks(marks: Sequence[Any]) -> tuple[list[Column], list[Column]]:
    """Columns of watermarks (as ``tables.WATERMARKS``), and of the ticks they tell of, once each (``WATERMARK_HISTORY``)."""
    fields = ("generation", "partition", "target", "partitions", "targets", "w", "offset")
    columns = columns_of(marks, fields)
    versions = [mark.generation << GENERATION_SHIFT | max(mark.offset, 0) for mark in marks]
    ticks = [mark for mark in marks if mark.target == 0]  # every target says the same of a tick: one row is enough
    return [*columns, versions], columns_of(ticks, ("generation", "partition", "offset", "w"))
