"""Field types that events, control records and facts share."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from schemas.rfc3339 import MOST_NANOS, to_microsecond
from schemas.timestamps import DAY_MS

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZONED = Annotated[datetime, msgspec.Meta(tz=True)]


def parse_time(value: Any) -> Any:
    """An RFC 3339 text with zone as datetime; anything else is left for the validator to reject.

    The one definition of a time on the wire: the hot path's decoder and the pydantic models both use it. What lies beyond the
    microsecond is cut off (``schemas.rfc3339``).
    """
    if isinstance(value, str):
        try:
            return msgspec.convert(to_microsecond(value).text, _ZONED)
        except msgspec.ValidationError as error:
            # A second 60 in its right place never comes here.
            what = "a leap second stands at the end of a month, 23:59:60 in UTC" if value[16:19] == ":60" else str(error)
            raise ValueError(f"not an RFC 3339 time with zone, like 2026-03-02T09:00:00Z ({what})") from None
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a time needs its zone")
    return value


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC, truncated."""
    d = moment - EPOCH
    return d.days * DAY_MS + d.seconds * 1000 + d.microseconds // 1000


def sequence_number(sequence: int | str) -> int | None:
    """The number in an event's ``sequence``; None for a text that is none, or none that an Int64 holds."""
    if isinstance(sequence, int):
        return sequence
    if len(sequence) > 100 or not _WHOLE.fullmatch(sequence):
        return None
    number = int(sequence)
    return number if -(2**63) <= number < 2**63 else None


def from_ms(ms: int) -> datetime:
    """The moment of ``to_ms``."""
    return EPOCH + timedelta(milliseconds=ms)


class Body(BaseModel):
    """Base of everything on the wire: strict types, unknown fields ignored, values frozen."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


Time = Annotated[datetime, BeforeValidator(parse_time), WithJsonSchema({"type": "string", "format": "date-time"})]
Name = Annotated[str, Field(min_length=1, max_length=200)]
"""A team, deliverable, handoff or person: as its source spells it. Teams and deliverables hold no U+001F (codec)."""
EventId = Annotated[str, Field(min_length=1, max_length=200)]
MOST_SUBJECT_CHARS = 403
Subject = Annotated[str, Field(min_length=1, max_length=MOST_SUBJECT_CHARS)]
"""The work item, or the pair for ratings. Also the Kafka key, in UTF-8."""
Text = Annotated[str, Field(max_length=4000)]
Grade = Annotated[int, Field(ge=1, le=5)]
"""A rating: 1 (poor) to 5 (excellent)."""
# The length, too: Python's $ would let a line end follow.
Period = Annotated[str, Field(min_length=7, max_length=7, pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
"""The month a rating is about: YYYY-MM."""
VoteMode = Literal["individual", "team", "self"]
"""How a vote counts: of one person, the one agreed vote of a team, or a supplier's on its own work."""
Minutes = Annotated[int, Field(ge=0, le=10_000_000)]
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Nanos = Annotated[int, Field(ge=0, le=MOST_NANOS)]
Ms = Annotated[int, Field(ge=-(2**62), le=2**62)]
"""Milliseconds since 1970-01-01 UTC."""
Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
Sequence = Int64 | Text
"""Place in the source: a number, or as the CloudEvents extension has it a text; one that is no number orders nothing."""
Scope = Literal["pair", "both", "route", "source"]
"""A kind of scope: two teams in one direction, both directions, the teams of a route, a source."""
Status = Literal["queued", "working", "waiting", "returned", "resolved", "closed"]
