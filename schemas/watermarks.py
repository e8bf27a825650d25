"""Watermarks: on every partition of every topic a stage writes, after everything it published for W."""

from typing import Annotated

from pydantic import Field

from schemas.fields import Body, Count, Int64, Ms

GENERATION_SHIFT = 48


def version_of(generation: int, offset: int) -> int:
    """The one number that orders a record's writes: generation first, then the tick's offset in the source partition."""
    return generation << GENERATION_SHIFT | offset


class Watermark(Body):
    """Everything a source partition publishes for W stands before this record, on every partition of the topic.

    ``partition`` of ``partitions`` is the source's; ``target`` of ``targets`` the partition it was written to.
    """

    generation: Count
    partition: Count
    partitions: Annotated[int, Field(ge=1)]
    target: Count
    targets: Annotated[int, Field(ge=1)]
    w: Ms
    offset: Int64
