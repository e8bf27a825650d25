"""Scores: what the measures say of one scope in one rolling window, as of W.

An upsert: key = scope, window and the window's end; version = ``generation << 48 | offset`` of the step in the contributions
partition that holds the scope. A window's row is written again until W has reached its end; later it stays as it is.
"""

from typing import Annotated, Literal

from pydantic import Field

from schemas.fields import Body, Count, Ms, Name, Scope

WindowName = Literal["1h", "24h", "7d", "30d"]
Refresh = Literal["live", "daily"]
Label = Literal["provisional", "closed"]


class Result(Body):
    """One measure. ``part``: deliverable, reason … where a measure has several, else empty.

    ``value`` is null for a ``reason`` (min_n, no_coverage …). ``n``: what it rests on; ``k``: how many of those
    counted, for rates; ``low`` and ``high``: 95 % interval where it has one.
    """

    measure: Name
    part: str = ""
    value: float | None = None
    n: Count = 0
    k: int | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


class Score(Body):
    """Results of one scope in the window that ends (exclusive) at ``end``. ``label``: provisional while W is inside it."""

    scope: Scope
    parts: Annotated[list[Name], Field(min_length=1, max_length=50)]
    window: WindowName
    end: Ms
    refresh: Refresh = "live"
    version: Count
    partition: Count
    w: Ms
    label: Label
    results: list[Result]
