"""What the command line chose."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Choices:
    """``events`` and ``rate``: None for each benchmark's own number.

    ``place``: where temporary homes are made, None for the system's. ``profile``: where the profile of one more run of
    journeys goes, None for none.
    """

    events: int | None
    peer_events: int
    repeat: int
    items: int
    seconds: int
    rate: float | None
    place: Path | None
    profile: Path | None
