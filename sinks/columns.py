"""Objects → columns in one pass. Pure; columns are tuples or lists of one length."""

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import TypeAlias

from schemas.watermarks import GENERATION_SHIFT

Column: TypeAlias = Sequence[object]


def columns_of(objects: Sequence[object], fields: Sequence[str], texts: Collection[str] = ()) -> list[Column]:
    """A column for each of ``fields``; in those named in ``texts`` None becomes an empty text."""
    if not objects or not fields:
        return [()] * len(fields)
    # One pass in C, an attribute getter and a transposing zip: there is no Python loop over cells.
    cells = map(attrgetter(*fields), objects)
    # With one name attrgetter gives the value itself and not a tuple.
    columns: list[Column] = list(zip(*cells, strict=True)) if len(fields) > 1 else [list(cells)]
    for text in texts:
        index = fields.index(text)
        columns[index] = [cell or "" for cell in columns[index]]
    return columns


def generations(versions: Sequence[int]) -> list[int]:
    """The generation in each version."""
    return [version >> GENERATION_SHIFT for version in versions]
