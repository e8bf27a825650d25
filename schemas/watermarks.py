"""Watermarks: on every partition of every topic a stage writes, after everything it published for W."""

from typing import Annotated, Any, cast

import msgspec
from pydantic import Field

from schemas.fields import Body, Count, Ms, Place
from schemas.structs import struct_of

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
    offset: Place


WATERMARK = cast(Any, struct_of(Watermark, tag_field="kind", tag="watermark"))
_encoder = msgspec.json.Encoder()


def encode_watermark(mark: Any) -> bytes:
    """JSON of a watermark struct."""
    return _encoder.encode(mark)


def watermark_key(partition: int) -> bytes:
    """Record key of a source's watermarks."""
    return b"watermark\x1f%d" % partition
