"""Working time: when people open work and how long working hours take on the calendar. Pure arithmetic on ms UTC."""

HOUR = 3_600_000
DAY = 24 * HOUR
_MONDAY = 4 * DAY  # 1970-01-05
_OPEN, _LONG = 8 * HOUR, 10 * HOUR
_OF_DAY = (6, 10, 12, 11, 6, 8, 11, 10, 7, 4)
"""How much is begun in each hour from 8 to 18; the other hours have nothing."""
_OF_WEEK = (1.2, 1.1, 1.0, 1.0, 0.8, 0.04, 0.02)
"""How much is begun from Monday to Sunday, as a share of a usual day; somebody is always there."""


def share_of_day(time_ms: int) -> float:
    """What part of a usual day's work is begun in the hour that holds ``time_ms``."""
    days, within = divmod(time_ms - _MONDAY, DAY)
    hour = within // HOUR - 8
    return _OF_WEEK[days % 7] * _OF_DAY[hour] / sum(_OF_DAY) if 0 <= hour < len(_OF_DAY) else 0.0


def after(time_ms: int, working_ms: int) -> int:
    """The moment ``working_ms`` of office hours after ``time_ms``: Monday to Friday, 8 to 18."""
    days, within = divmod(time_ms - _MONDAY, DAY)
    weeks, day = divmod(days, 7)
    done = 5 * _LONG if day >= 5 else day * _LONG + min(max(within - _OPEN, 0), _LONG)
    weeks_more, rest = divmod(done + working_ms, 5 * _LONG)
    day, within = divmod(rest, _LONG)
    return int(_MONDAY + ((weeks + weeks_more) * 7 + day) * DAY + _OPEN + within)


def round_the_clock(time_ms: int, working_ms: int) -> int:
    """The same where somebody always works."""
    return time_ms + working_ms
