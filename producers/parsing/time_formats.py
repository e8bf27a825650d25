"""Texts of a log → milliseconds UTC."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.fields import EPOCH, to_ms

_NAMED = {"iso", "epoch_s", "epoch_ms"}
_YEAR_9999 = to_ms(datetime(9999, 1, 1, tzinfo=UTC))


def check_formats(formats: Sequence[str], zone: str) -> None:
    """Raises ``ValueError`` that says which format or zone is unknown and what is allowed."""
    for entry in formats:
        if entry not in _NAMED and "%" not in entry:
            raise ValueError(f"format {entry!r} is none of iso, epoch_s, epoch_ms, nor a pattern like %d/%m/%Y %H:%M")
        if entry not in _NAMED:
            try:
                datetime.strptime(EPOCH.strftime(entry), entry)
            except ValueError as error:
                raise ValueError(f"format {entry!r}: {error}") from None
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"zone {zone!r} is no IANA name like Europe/Berlin, nor UTC") from None


def reader_of(formats: Sequence[str], zone: str) -> Callable[[str], int]:
    """A function from a text to milliseconds UTC; it raises ``ValueError`` when no format fits.

    A text with its own offset keeps it, any other is a time in ``zone`` (the earlier one where a clock was put back).
    """
    here = UTC if zone == "UTC" else ZoneInfo(zone)

    @lru_cache(maxsize=1 << 16)
    def read(text: str) -> int:
        for entry in formats:
            try:
                ms = _ms(text, entry, here)
            except (ValueError, OverflowError):
                continue
            if not 0 <= ms < _YEAR_9999:
                raise ValueError(f"the time {text[:40]!r} is before 1970 or after 9998")
            return ms
        raise ValueError(f"the time {text[:40]!r} fits none of: {', '.join(formats)}")

    return read


def _ms(text: str, entry: str, here: tzinfo) -> int:
    if entry == "iso":
        moment = datetime.fromisoformat(text)
    elif entry in _NAMED:
        return round(float(text) * (1000 if entry == "epoch_s" else 1))
    else:
        moment = datetime.strptime(text, entry)
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=here))
