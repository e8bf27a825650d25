"""``baton reset``: forget everything of a home."""

import shutil
from typing import Annotated

import typer

from baton.options import Home, settings_of
from local.stack import run_state
from schemas.errors import Stop

Yes = Annotated[bool, typer.Option("--yes", help="Really delete.")]
MARKS = ("run", "logs", "broker", "warehouse")


def command(home: Home = None, yes: Yes = False) -> None:
    """Delete everything in this home: records, tables, state, logs. The cache stays.

    Refuses while the home runs, without --yes, and for a directory that isn't a home of Baton.

    \b
    Example:
        baton down && baton reset --yes
    """
    place = settings_of(home).home
    if run_state.running(place):
        raise Stop(f"the home {place} is running", f"baton down --home {place}")
    if not place.exists():
        typer.echo(f"{place} is empty already")
        return
    if not any((place / mark).is_dir() for mark in MARKS):
        raise Stop(f"{place} doesn't look like a home of Baton (none of {', '.join(MARKS)} in it)", "check --home")
    if not yes:
        raise Stop(f"this would delete everything in {place}", f"baton reset --yes --home {place}")
    for found in place.iterdir():
        if found.is_dir() and not found.is_symlink():
            shutil.rmtree(found)
        else:
            found.unlink()
    typer.echo(f"{place} is empty")
