"""Times as texts, in ISO 8601, seconds or milliseconds since 1970, or a pattern → milliseconds UTC."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.fields import EPOCH, to_ms

_FORMAT_NAMES = {"iso", "epoch_s", "epoch_ms"}
_YEAR_9999_MS = to_ms(datetime(9999, 1, 1, tzinfo=UTC))


def check_formats(formats: Sequence[str], zone: str) -> None:
    """Raises ``ValueError`` that says which format or zone is unknown and what is allowed."""
    for entry in formats:
        if entry not in _FORMAT_NAMES and "%" not in entry:
            raise ValueError(f"format {entry!r} is none of iso, epoch_s, epoch_ms, nor a pattern like %d/%m/%Y %H:%M")
        if entry not in _FORMAT_NAMES:
            try:
                datetime.strptime(EPOCH.strftime(entry), entry)
            except ValueError as error:
                raise ValueError(f"format {entry!r}: {error}") from None
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"zone {zone!r} is no IANA name like Europe/Berlin, nor UTC") from None


def time_parser(formats: Sequence[str], zone: str) -> Callable[[str], int]:
    """A function from a text to milliseconds UTC; it raises ``ValueError`` when no format fits.

    A text with its own offset keeps it, any other is a time in ``zone`` (the earlier one where a clock was put back).
    """
    zone_info = UTC if zone == "UTC" else ZoneInfo(zone)

    @lru_cache(maxsize=1 << 16)
    def read(text: str) -> int:
        for entry in formats:
            try:
                ms = _ms(text, entry, zone_info)
            except (ValueError, OverflowError):
                continue
            if not 0 <= ms < _YEAR_9999_MS:
                raise ValueError(f"the time {text[:40]!r} is before 1970 or after 9998")
            return ms
        raise ValueError(f"the time {text[:40]!r} fits none of: {', '.join(formats)}")

    return read


def _ms(text: str, entry: str, zone_info: tzinfo) -> int:
    if entry == "iso":
        time = datetime.fromisoformat(text)
    elif entry in _FORMAT_NAMES:
        return round(float(text) * (1000 if entry == "epoch_s" else 1))
    else:
        time = datetime.strptime(text, entry)
    return to_ms(time if time.tzinfo else time.replace(tzinfo=zone_info))
