"""Lengths of time in milliseconds."""

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
AHEAD_MS = 400 * DAY_MS
"""So far beyond its arrival an event may lie; one further ahead is parked."""
FARTHEST_DUE_MS = 400 * DAY_MS
"""A due time further from the event that says it means none: tools write 9999-12-31 or 1970-01-01 where nobody has set one."""
