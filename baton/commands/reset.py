"""``baton reset``: forget everything of a home."""

import shutil
from typing import Annotated

import typer

from baton.options import Home, settings_as_given
from local.stack import run_state
from schemas.errors import Stop

Yes = Annotated[bool, typer.Option("--yes", help="Really delete.")]
FOLDERS = ("run", "logs", "broker", "warehouse")


def command(home: Home = None, yes: Yes = False) -> None:
    """Delete everything in this home: records, tables, state, logs. The cache stays.

    Refuses while the home runs, without --yes, and for a directory that isn't a home of Baton.

    \b
    Example:
        baton down && baton reset --yes
    """
    folder = settings_as_given(home).home
    if run_state.running(folder):
        raise Stop(f"the home {folder} is running", f"baton down --home {folder}")
    if not folder.exists():
        typer.echo(f"{folder} is empty already")
        return
    if not any((folder / name).is_dir() for name in FOLDERS):
        raise Stop(f"{folder} doesn't look like a home of Baton (none of {', '.join(FOLDERS)} in it)", "check --home")
    if not yes:
        raise Stop(f"this would delete everything in {folder}", f"baton reset --yes --home {folder}")
    for found in folder.iterdir():
        if found.is_dir() and not found.is_symlink():
            shutil.rmtree(found)
        else:
            found.unlink()
    typer.echo(f"{folder} is empty")
