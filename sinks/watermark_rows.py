"""Watermarks → rows: the newest of each source and target, and the ticks they tell of. Pure; times are ms UTC."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.structs.watermarks import Watermark
from schemas.watermarks import version_of
from sinks.columns import columns_of
from sinks.ports import Block
from sinks.tables import Table


class WatermarkRows(NamedTuple):
    """``watermarks`` may be written only after the rows they speak of."""

    history: Block
    watermarks: Block


def rows_of_watermarks(marks: Sequence[Watermark], history: Table, newest: Table) -> WatermarkRows:
    """Rows of the tables ``history`` and ``newest``, which a stage's watermarks have."""
    fields = ("generation", "partition", "target", "partitions", "targets", "w", "offset")
    # Before its first tick a source may write -1, which would spoil the generation's bits.
    versions = [version_of(mark.generation, max(mark.offset, 0)) for mark in marks]
    ticks = [mark for mark in marks if mark.target == 0]  # every target says the same of a tick: one row is enough
    return WatermarkRows(
        Block(history.name, history.columns, columns_of(ticks, ("generation", "partition", "offset", "w"))),
        Block(newest.name, newest.columns, [*columns_of(marks, fields), versions]),
    )
