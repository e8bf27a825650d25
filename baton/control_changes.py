"""What the commands share that keep agreements and names of teams: days as people write them, and what has changed."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import typer

from baton.recorded_settings import recorded_settings
from schemas.errors import Stop
from schemas.fields import to_ms
from schemas.settings import Settings

_Read = TypeVar("_Read")


def read_in_its_zone(read: Callable[[str], _Read], settings: Settings, kafka: str | None) -> tuple[_Read, Settings]:
    """What ``read`` makes of the installation's time zone, and the ``recorded_settings``; raises as those do."""
    # Once before any broker is asked: who wrote a wrong day reads of it at once.
    read(settings.time_zone)
    settings = recorded_settings(settings, kafka)
    return read(settings.time_zone), settings


def first_moment(text: str, zone: str) -> int:
    """A VALID_FROM in ms UTC; a day begins at midnight in ``zone``. Raises ``Stop``."""
    try:
        begins = datetime.fromisoformat(text)
    except ValueError as error:
        raise Stop(
            f"VALID_FROM {text} is no date: {error}", "a day like 2026-01-01, or a time like 2026-01-01T06:00:00Z"
        ) from error
    return to_ms(begins if begins.tzinfo else begins.replace(tzinfo=ZoneInfo(zone)))


def print_changes(changes: Iterable[tuple[str, str]], time: str) -> None:
    """Each change, its kind and what it is about, but for those that are the ``same``; and how many there are of either.

    ``time``: the home's; in a log home nothing holds before an import brings it.
    """
    listed = list(changes)
    changed = [f"{kind}: {what}" for kind, what in listed if kind != "same"]
    for line in changed:
        typer.echo(line)
    typer.echo(f"{len(changed)} changed, {len(listed) - len(changed)} as they were")
    if changed and time == "log":
        typer.echo("no number has changed yet: this is a log home, and what changed holds from the next `baton import` on")
