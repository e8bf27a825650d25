"""Watermarks, on all topics of the stages.

Made by `python -m schemas.generate` from the models in schemas/watermarks.py; don't edit it by hand.
"""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.structs.fields import Count, Int64, Ms


class Watermark(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="watermark"):
    """Everything a source partition publishes for W stands before this record, on every partition of the topic."""

    generation: Count
    partition: Count
    partitions: Annotated[int, Meta(ge=1)]
    target: Count
    targets: Annotated[int, Meta(ge=1)]
    w: Ms
    offset: Int64
