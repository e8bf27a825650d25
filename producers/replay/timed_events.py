"""What a replay takes: events with the time at which they stand in history."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TimedEvents:
    """Events of one record key, all at ``time_ms`` (UTC), in order: ``values`` are their JSON."""

    time_ms: int
    key: bytes
    values: tuple[bytes, ...]
