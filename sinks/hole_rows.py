"""Holes of the log (offsets without a record) → rows. Pure."""

from collections.abc import Sequence

from sinks.ports import Block, Hole
from sinks.tables import LOG_HOLES


def rows_of_holes(holes: Sequence[Hole]) -> Block:
    """The table ``log_holes``: topic, partition, first and last offset of each."""
    columns = zip(*((*hole.of, hole.first, hole.last) for hole in holes), strict=True)
    return Block(LOG_HOLES.name, LOG_HOLES.columns, list(columns)) if holes else LOG_HOLES.empty()
