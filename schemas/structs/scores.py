"""Records of the scores topic.

Made by `python -m schemas.generate` from the models in schemas/scores.py; don't edit it by hand.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.structs.fields import Count, Ms, Name, Scope


class Result(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One measure. ``part``: deliverable, reason … where a measure has several, else empty."""

    measure: Name
    part: str = ""
    value: float | None = None
    n: Count = 0
    k: int | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


class Score(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="score"):
    """Results of one scope in the window that ends (exclusive) at ``end``. ``label``: provisional while W is inside it."""

    scope: Scope
    parts: Annotated[list[Name], Meta(min_length=1, max_length=50)]
    window: Literal["1h", "24h", "7d", "30d"]
    end: Ms
    version: Count
    partition: Count
    w: Ms
    label: Literal["provisional", "closed"]
    results: list[Result]
    refresh: Literal["live", "daily"] = "live"
