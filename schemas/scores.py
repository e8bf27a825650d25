"""Scores: what the measures say of one scope in one rolling window, as of W.

An upsert: key = scope, window and the window's end; version = ``generation << 48 | offset`` of the step in the contributions
partition that holds the scope. A window's row is written again until W has reached its end; later it stays as it is.
"""

from typing import Annotated, Any, Literal, Union, cast

import msgspec
from pydantic import Field

from schemas.contributions import SEPARATOR
from schemas.fields import Body, Count, Ms, Name
from schemas.structs import struct_of
from schemas.watermarks import WATERMARK


class Result(Body):
    """One measure. ``part``: deliverable, reason … where a measure has several, else empty.

    ``value`` is null for a ``reason`` (min_n, min_raters, no_coverage …). ``n``: what it rests on; ``k``: how many of those
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

    scope: Literal["pair", "both", "route", "source"]
    parts: Annotated[list[Name], Field(min_length=1, max_length=50)]
    window: Literal["1h", "24h", "7d", "30d"]
    end: Ms
    refresh: Literal["live", "daily"] = "live"
    version: Count
    partition: Count
    w: Ms
    label: Literal["provisional", "closed"]
    results: list[Result]


RESULT = cast(Any, struct_of(Result))
SCORE = cast(Any, struct_of(Score, tag_field="kind", tag="score"))
_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Union[SCORE, WATERMARK])  # noqa: UP007  # derived classes
_encoder = msgspec.json.Encoder()


def score_key(scope: str, parts: list[str], window: str, end: int, refresh: str) -> bytes:
    """The record key: scope, window, end, and which of its measures."""
    return SEPARATOR.join((scope, *parts, "", window, str(end), refresh)).encode()


def encode_score(record: Any) -> bytes:
    """JSON of a score struct."""
    return _encoder.encode(record)


def decode_score(value: bytes) -> Any:
    """The struct of a record: score or watermark. Raises ``msgspec.MsgspecError`` for anything Baton did not write."""
    return _decoder.decode(value)
