"""Field types that the structs share.

Made by `python -m schemas.generate` from the models in schemas/fields.py; don't edit it by hand.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=200)]
EventId = Annotated[str, Meta(min_length=1, max_length=200)]
Subject = Annotated[str, Meta(min_length=1, max_length=403)]
Text = Annotated[str, Meta(max_length=4000)]
Grade = Annotated[int, Meta(ge=1, le=5)]
Period = Annotated[str, Meta(min_length=7, max_length=7, pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Minutes = Annotated[int, Meta(ge=0, le=10000000)]
Count = Annotated[int, Meta(ge=0, le=9223372036854775807)]
Ms = Annotated[int, Meta(ge=-4611686018427387904, le=4611686018427387904)]
Int64 = Annotated[int, Meta(ge=-9223372036854775808, le=9223372036854775807)]
Nanos = Annotated[int, Meta(ge=0, le=1000999999)]
Scope = Literal["pair", "both", "route", "source"]
Sequence = Int64 | Text
Status = Literal["queued", "working", "waiting", "returned", "resolved", "closed"]
VoteMode = Literal["individual", "team", "self"]
Time = Annotated[datetime, Meta(tz=True)]
