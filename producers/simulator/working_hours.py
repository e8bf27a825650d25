"""Working time: when people open work and how long working hours take on the calendar. Pure arithmetic on ms UTC."""

from schemas.timestamps import DAY_MS, HOUR_MS

_MONDAY = 4 * DAY_MS  # 1970-01-05
_OPENS_MS, _OPEN_MS = 8 * HOUR_MS, 10 * HOUR_MS
_BEGUN_IN_HOUR = (6, 10, 12, 11, 6, 8, 11, 10, 7, 4)
"""How much is begun in each hour from 8 to 18; the other hours have nothing."""
_BEGUN_ON_WEEKDAY = (1.2, 1.1, 1.0, 1.0, 0.8, 0.04, 0.02)
"""How much is begun from Monday to Sunday, as a share of a usual day."""


def share_begun_in_hour(time_ms: int) -> float:
    """What part of a usual day's work is begun in the hour that holds ``time_ms``."""
    days, within = divmod(time_ms - _MONDAY, DAY_MS)
    hour = within // HOUR_MS - 8
    return _BEGUN_ON_WEEKDAY[days % 7] * _BEGUN_IN_HOUR[hour] / sum(_BEGUN_IN_HOUR) if 0 <= hour < len(_BEGUN_IN_HOUR) else 0.0


def add_working_time(time_ms: int, working_ms: int) -> int:
    """The moment ``working_ms`` of office hours after ``time_ms``: Monday to Friday, 8 to 18."""
    days, within = divmod(time_ms - _MONDAY, DAY_MS)
    weeks, day = divmod(days, 7)
    done = 5 * _OPEN_MS if day >= 5 else day * _OPEN_MS + min(max(within - _OPENS_MS, 0), _OPEN_MS)
    weeks_more, rest = divmod(done + working_ms, 5 * _OPEN_MS)
    day, within = divmod(rest, _OPEN_MS)
    return int(_MONDAY + ((weeks + weeks_more) * 7 + day) * DAY_MS + _OPENS_MS + within)


def round_the_clock(time_ms: int, working_ms: int) -> int:
    """``add_working_time`` where somebody always works."""
    return time_ms + working_ms
