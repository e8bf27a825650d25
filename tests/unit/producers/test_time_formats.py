"""Texts of a log as times."""

from datetime import UTC, datetime

import pytest

from producers.parsing.time_formats import Moment, check_formats, time_parser
from schemas.fields import to_ms
from schemas.timestamps import HOUR_MS


@pytest.mark.parametrize(
    ("text", "formats", "zone", "expected"),
    [
        ("29/2/2016 01:16", ["%d/%m/%Y %H:%M"], "UTC", 1456708560000),
        ("2016-02-29T01:16:00+01:00", ["iso"], "UTC", 1456704960000),
        ("2016-02-29T01:16:00Z", ["iso"], "Europe/Berlin", 1456708560000),
        ("2016-07-01 12:00", ["iso"], "Europe/Berlin", 1467367200000),
        ("2016-10-30 02:30", ["iso"], "Europe/Berlin", 1477787400000),
        ("1456708560", ["epoch_s"], "UTC", 1456708560000),
        ("1456708560123", ["epoch_ms"], "UTC", 1456708560123),
        ("01.03.2016", ["iso", "%d.%m.%Y"], "UTC", 1456790400000),
    ],
)
def test_a_time_is_read(text: str, formats: list[str], zone: str, expected: int) -> None:
    """The first format that fits counts; a text's own offset beats the zone; a repeated hour is its first."""
    assert expected == time_parser(formats, zone)(text).ms


@pytest.mark.parametrize("text", ["", "31/02/2016 01:00", "1969-12-31", "nan", "inf", "9" * 30, "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """A text that fits no format, or no year Baton holds, is a ``ValueError`` that says so."""
    with pytest.raises(ValueError, match=r"fits none of|before 1970"):
        time_parser(["%d/%m/%Y %H:%M", "iso", "epoch_s"], "UTC")(text)


@pytest.mark.parametrize(
    ("formats", "zone", "message"), [(["ISO"], "UTC", "none of iso"), (["%Q"], "UTC", "%Q"), (["iso"], "Mars/Base", "IANA")]
)
def test_wrong_formats_are_named(formats: list[str], zone: str, message: str) -> None:
    """A format or zone nobody knows is refused when the mapping is read, not at the first row."""
    with pytest.raises(ValueError, match=message):
        check_formats(formats, zone)


BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "hours"),
    [("03.02.2026 09:00 UTC", 9), ("03.02.2026 09:00 GMT", 9), ("03.02.2026 09:00 CET", 8), ("03.07.2026 09:00 CEST", 7)],
)
def test_a_zones_name_is_heeded(text: str, hours: int) -> None:
    """UTC, GMT, and the names the zone has for its own offsets, each where it holds."""
    day = to_ms(datetime(2026, int(text[4]), 3, tzinfo=UTC))
    assert time_parser(["%d.%m.%Y %H:%M %Z"], BERLIN)(text) == Moment(day + hours * HOUR_MS)


@pytest.mark.parametrize("text", ["03.02.2026 09:00 PST", "03.02.2026 09:00 CEST"])
def test_a_zone_nobody_knows_is_named(text: str) -> None:
    """A name that the zone does not have, or not on that day, is no time of it."""
    with pytest.raises(ValueError, match=f"names the zone {text[-4:].strip()}"):
        time_parser(["%d.%m.%Y %H:%M %Z"], BERLIN)(text)


def test_an_hour_that_comes_twice_or_never() -> None:
    """When a clock is put back a time has a later moment, too; when it is put forward none of that hour was; else neither."""
    read = time_parser(["iso"], BERLIN)
    twice = read("2025-10-26 02:30")
    assert (twice.later_ms, twice.skipped) == (twice.ms + HOUR_MS, False)
    assert read("2025-03-30 02:30").skipped
    assert read("2025-10-26 03:00")[1:] == read("2025-10-26T02:30:00+01:00")[1:] == (None, False)


def test_days_of_a_spreadsheet() -> None:
    """Excel's day 1 is 1900-01-01 as it counts, with a 29 February that never was; the time is the part behind the point."""
    read = time_parser(["excel"], "UTC")
    assert read("46056.5").ms == to_ms(datetime(2026, 2, 3, 12, tzinfo=UTC))
    assert read("46056,5".replace(",", ".")).ms == read("46056.5").ms
    with pytest.raises(ValueError, match="fits none of"):
        read("today")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("%d.%m. %H:%M", "has no year"),
        ("%H:%M", "has no year"),
        ("%Y-%m %H:%M", "has no day"),
        ("%Y %d %H:%M", "has no month"),
        ("%d/%m/%Y %H:%M %p", "%p says nothing beside %H"),
        ("%d/%m/%Y %I:%M", "%I counts to twelve"),
        ("%Y %W", "has no day"),
        ("%Y %W %m %d", "a week alone"),
    ],
)
def test_a_format_that_leaves_out_what_it_reads_is_refused(entry: str, message: str) -> None:
    """Parts that would be ignored or made up are named when the mapping is read."""
    with pytest.raises(ValueError, match=message):
        check_formats([entry], "UTC")


@pytest.mark.parametrize("entry", ["%d/%m/%Y %I:%M %p", "%Y-%j", "%G-W%V-%u", "%Y-%m-%d %H:%M:%S %Z", "%d %b %y", "excel"])
def test_a_format_that_says_a_moment_is_taken(entry: str) -> None:
    """Whatever names a day in some way."""
    check_formats([entry], "UTC")
