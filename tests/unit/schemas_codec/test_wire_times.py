"""Times as CloudEvents clients write them: cut off at the nanosecond, never rounded, a leap second in the day it ends."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from schemas import event_codec as codec
from schemas.errors import Park
from schemas.fields import parse_time, to_ms
from schemas.structs.events import Event, ItemMovedEvent


def moved(time: str, **body: Any) -> bytes:
    """A move at a time."""
    event = {"specversion": "1.0", "id": "e", "source": "s", "type": "baton.item.moved.v1", "time": time, "subject": "W1"}
    return json.dumps(event | {"data": {"to": "Ops"} | body}).encode()


def place(event: Event) -> tuple[int, int]:
    """Milliseconds, and nanoseconds below them."""
    return to_ms(event.time), event.time.microsecond % 1000 * 1000 + event.timenanos


def ms(text: str) -> int:
    """A whole millisecond's time in ms."""
    return to_ms(parse_time(text))


TIMES = [
    ("2026-11-01T08:00:00.123456789Z", "2026-11-01T08:00:00.123Z", 456_789),
    ("2026-11-01T08:00:00.123456Z", "2026-11-01T08:00:00.123Z", 456_000),
    ("2026-11-01T08:00:00.1234567Z", "2026-11-01T08:00:00.123Z", 456_700),
    ("2026-11-01T08:00:00.1239999Z", "2026-11-01T08:00:00.123Z", 999_900),
    ("2026-11-01T08:00:00.99999999Z", "2026-11-01T08:00:00.999Z", 999_990),
    ("2026-11-30T23:59:59.9999999Z", "2026-11-30T23:59:59.999Z", 999_900),
    ("2026-11-30T23:59:59.999999999999Z", "2026-11-30T23:59:59.999Z", 999_999),
    ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999Z", 999_900),
    ("2026-12-01t01:29:59.9999999+01:30", "2026-11-30T23:59:59.999Z", 999_900),
    ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z", 1_000_000),
    ("2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59.999Z", 501_000_000),
    ("2017-01-01T05:29:60.999999999+05:30", "2016-12-31T23:59:59.999Z", 1_000_999_999),
    ("2026-11-01 08:00:00z", "2026-11-01T08:00:00Z", 0),
    ("2026-11-01T08:00:00-00:00", "2026-11-01T08:00:00Z", 0),
]


@pytest.mark.parametrize(("text", "millisecond", "nanos"), TIMES)
def test_a_time_is_cut_off_never_rounded(text: str, millisecond: str, nanos: int) -> None:
    """Both decoders read the same moment: the millisecond it lies in, and the nanoseconds below."""
    event = codec.decode(b"W1", moved(text))
    assert place(event) == (ms(millisecond), nanos)
    slow: Any = codec.validate(moved(text))
    assert (slow.time, slow.timenanos) == (event.time, event.timenanos)


def test_the_decoder_alone_would_round_into_the_next_day() -> None:
    """Negative control: without the rewriting a day's last ten-millionth becomes the next day, in time and in due."""
    value = moved("2026-11-30T23:59:59.9999999Z", due="2026-11-30T23:59:59.9999999Z")
    rounded, right = codec._decoder.decode(value), codec.decode(b"W1", value)
    assert isinstance(rounded, ItemMovedEvent) and isinstance(right, ItemMovedEvent)
    assert rounded.data is not None and right.data is not None
    assert rounded.time == rounded.data.due == datetime(2026, 12, 1, tzinfo=UTC)
    assert right.time == right.data.due == datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=UTC)


def test_an_escaped_dot_hides_nothing() -> None:
    """JSON may write any character as an escape; a time is read alike."""
    plain = moved("2026-11-30T23:59:59.9999999Z")
    for spelled in (plain.replace(b"59.9", b"59\\u002e9"), plain.replace(b"9999999Z", b"99\\u0039999\\u0039Z")):
        assert spelled != plain
        assert codec.decode(b"W1", spelled) == codec.decode(b"W1", plain)


def test_a_leap_second_stands_between_its_day_and_the_next() -> None:
    """In order: the day's last nanosecond, the leap second's moments, the next day."""
    texts = (
        "2016-12-31T23:59:59.999999999Z",
        "2016-12-31T23:59:60Z",
        "2016-12-31T23:59:60.000000001Z",
        "2017-01-01T00:00:00Z",
    )
    places = [place(codec.decode(b"W1", moved(text))) for text in texts]
    assert places == sorted(set(places))


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-01T08:00Z", "2026-11-01T24:00:00Z", "2026-11-01T10:00:00+02:00[Europe/Berlin]", "2026-11-01T10:15:60Z"),
        *("2026-11-01T23:59:60Z", "2016-12-31T23:59:60+01:00", "2016-12-31T23:59:61Z", "2026-11-01T08:00:00,1234567Z"),
    ],
)
def test_what_is_no_rfc_3339_time_is_named(text: str) -> None:
    """Another form, and a leap second where none can be, are parked with the field and what is wrong with it."""
    with pytest.raises(Park, match=r"invalid_field: time: .*not an RFC 3339 time with zone"):
        codec.decode(b"W1", moved(text))


def test_a_long_fraction_elsewhere_changes_nothing() -> None:
    """Negative control: what only looks like such a time sends an event the slow way, to the same event."""
    plain, odd = moved("2026-11-01T08:00:00.5Z"), moved("2026-11-01T08:00:00.5Z", note="v.1234567", x=0.123456789)
    assert codec.decode(b"W1", odd) == codec.decode(b"W1", plain) == msgspec.json.decode(plain, type=ItemMovedEvent)
