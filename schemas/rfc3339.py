"""RFC 3339 times to the nanosecond, as CloudEvents clients write them: cut off, never rounded, so a day's end stays in it.

Python's ``datetime`` ends at the microsecond and knows no leap second, so what lies beyond stands beside it, in nanoseconds.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_TIME = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:)(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)
LEAP_SECOND = "60"
MILLISECOND_NS = 1_000_000
MOST_NANOS = MILLISECOND_NS + 10**9 - 1
"""Behind a ``datetime`` lies no more: of a leap second all of it, which follows a whole millisecond."""


class WireTime(NamedTuple):
    """``text`` ends at the microsecond; ``nanos`` lie behind it. A leap second lies behind its day's last millisecond."""

    text: str
    nanos: int


def to_microsecond(text: str) -> WireTime:
    """A time without what a ``datetime`` can't hold. A text of another form is given back as it is."""
    if (found := _TIME.fullmatch(text)) is None:
        return WireTime(text, 0)
    minute, second, fraction, zone = found[1], found[2], found[3] or "", found[4]
    if second == LEAP_SECOND:
        if not _ends_a_month(minute, zone):
            return WireTime(text, 0)
        # Behind the last ordinary nanosecond of its day, before the next day's first, and in order with others of that second.
        return WireTime(f"{minute}59.999{zone}", MILLISECOND_NS + int(fraction[:9].ljust(9, "0")))
    if len(fraction) <= 6:
        return WireTime(text, 0)
    return WireTime(f"{minute}{second}.{fraction[:6]}{zone}", int(fraction[6:9].ljust(3, "0")))


def _ends_a_month(minute: str, zone: str) -> bool:
    """Whether the minute is the last of a month in UTC, where alone a second 60 may stand."""
    try:
        begin = datetime.fromisoformat(f"{minute[:10]}T{minute[11:]}00{zone.upper()}")
        after = begin.astimezone(UTC) + timedelta(minutes=1)
    except (ValueError, OverflowError):
        return False
    return (after.day, after.hour, after.minute) == (1, 0, 0)
