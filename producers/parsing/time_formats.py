"""Times as texts, in ISO 8601, seconds or milliseconds since 1970, days of a spreadsheet, or a pattern → milliseconds UTC."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.fields import EPOCH, to_ms
from schemas.timestamps import DAY_MS

_NUMBERS = ("epoch_s", "epoch_ms", "excel")
_FORMAT_NAMES = ("iso", *_NUMBERS)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_YEAR_9999_MS = to_ms(datetime(9999, 1, 1, tzinfo=UTC))
_DAY_0_OF_SPREADSHEETS = datetime(1899, 12, 30)
_ZONE_NAME = re.compile(r"\b([A-Z][A-Za-z]{1,9})\b\W*$")
_IN_UTC = {"UTC", "GMT", "Z", "UT"}
_WHAT_A_DATE_NEEDS = (("year", "yYGcx"), ("month", "mbBjUWVcx"), ("day", "djaAuwcx"))


class Moment(NamedTuple):
    """A time in ms UTC. ``later_ms``: the same text an hour on, where a clock was put back and the hour came twice.

    ``skipped``: no clock of its zone ever showed it, because it was put forward over it.
    """

    ms: int
    later_ms: int | None = None
    skipped: bool = False


TimeParser = Callable[[str], Moment]


def check_formats(formats: Sequence[str], zone: str) -> None:
    """Raises ``ValueError`` that says which format or zone is unknown or leaves out what it reads, and what is allowed."""
    for entry in formats:
        if entry not in _FORMAT_NAMES:
            _check_pattern(entry)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"zone {zone!r} is no IANA name like Europe/Berlin, nor UTC") from None


def _check_pattern(entry: str) -> None:
    if "%" not in entry:
        raise ValueError(f"format {entry!r} is none of {', '.join(_FORMAT_NAMES)}, nor a pattern like %d/%m/%Y %H:%M")
    parts = set(re.findall(r"%(.)", entry.replace("%%", "")))
    try:
        datetime.strptime(EPOCH.strftime(entry), entry)
    except ValueError as error:
        raise ValueError(f"format {entry!r}: {error}") from None
    for what, letters in _WHAT_A_DATE_NEEDS:
        if not parts.intersection(letters):
            raise ValueError(f"format {entry!r} has no {what}: all rows would get the same, made-up one")
    if "p" in parts and "I" not in parts:
        raise ValueError(f"format {entry!r}: %p says nothing beside %H, so 3 PM would be 3 in the morning; write %I")
    if "I" in parts and "p" not in parts:
        raise ValueError(f"format {entry!r}: %I counts to twelve, so it needs %p beside it; write %H for hours from 0 to 23")
    if parts & {"U", "W"} and not parts & {"a", "A", "w"}:
        raise ValueError(f"format {entry!r}: a week alone is no day; it needs %A, %a or %w beside it")


def time_parser(formats: Sequence[str], zone: str) -> TimeParser:
    """A function from a text to its moment; it raises ``ValueError`` when no format fits.

    A text with its own offset keeps it; one that names a zone (``%Z``) is heeded where that is UTC, GMT or a name that
    ``zone`` has for one of its own offsets. Any other is a time in ``zone``, the earlier one where a clock was put back.
    """
    zone_info: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)

    @lru_cache(maxsize=1 << 16)
    def read(text: str) -> Moment:
        named = ""
        for entry in formats:
            try:
                moment = _moment(text, entry, zone_info)
            except _ZoneError as error:
                named = str(error)
                continue
            except (ValueError, OverflowError):
                continue
            if not 0 <= moment.ms < _YEAR_9999_MS:
                raise ValueError(f"the time {text[:40]!r} is before 1970 or after 9998")
            return moment
        raise ValueError(named or f"the time {text[:40]!r} fits none of: {', '.join(formats)}")

    return read


class _ZoneError(ValueError):
    """The text names a zone that is not known."""


def _moment(text: str, entry: str, zone: tzinfo) -> Moment:
    if entry == "iso":
        return _in_zone(datetime.fromisoformat(text), zone)
    if entry in _NUMBERS and not _NUMBER.fullmatch(text):
        raise ValueError("no number, or one that was rounded")
    if entry == "excel":
        return _in_zone(_DAY_0_OF_SPREADSHEETS + timedelta(milliseconds=round(float(text) * DAY_MS)), zone)
    if entry in _NUMBERS:
        return Moment(round(float(text) * (1000 if entry == "epoch_s" else 1)))
    if "%Z" in entry:
        return _with_zone_name(text, entry, zone)
    return _in_zone(datetime.strptime(text, entry), zone)


def _with_zone_name(text: str, entry: str, zone: tzinfo) -> Moment:
    """``strptime`` reads only a few names of zones, and then leaves them out of what it gives."""
    found = _ZONE_NAME.search(text)
    if found is None or not entry.rstrip().endswith("%Z"):
        raise ValueError("the zone's name stands last")
    name = found.group(1)
    time = datetime.strptime(text[: found.start()].rstrip(), entry.rstrip().removesuffix("%Z").rstrip())
    if name in _IN_UTC:
        return Moment(to_ms(time.replace(tzinfo=UTC)))
    for fold in (0, 1):
        there = time.replace(tzinfo=zone, fold=fold)
        if there.tzname() == name:
            return Moment(to_ms(there))
    raise _ZoneError(f"the time {text[:40]!r} names the zone {name}, which is neither UTC nor that of `zone` then ({zone})")


def _in_zone(time: datetime, zone: tzinfo) -> Moment:
    if time.tzinfo:
        return Moment(to_ms(time))
    if zone is UTC:
        return Moment(to_ms(time.replace(tzinfo=UTC)))
    first, second = time.replace(tzinfo=zone), time.replace(tzinfo=zone, fold=1)
    change = (second.utcoffset() or timedelta()) - (first.utcoffset() or timedelta())
    first_ms = to_ms(first.astimezone(UTC))
    if not change:
        return Moment(first_ms)
    return Moment(first_ms, skipped=True) if change > timedelta() else Moment(first_ms, later_ms=to_ms(second.astimezone(UTC)))
