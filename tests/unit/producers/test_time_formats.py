"""Texts of a log as times."""

import pytest

from producers.parsing.time_formats import check_formats, time_parser


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
