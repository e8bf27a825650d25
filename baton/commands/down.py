"""``baton down``: end everything this home runs."""

import typer

from baton.options import Home, settings_of
from local.stack import control


def command(home: Home = None) -> None:
    """End every process of this home, last started first. Nothing recorded is lost.

    Also ends what a killed `baton up` left behind. Ending a home that doesn't run is no error.

    \b
    Example:
        baton down
    """
    ended = control.down(settings_of(home).home)
    typer.echo(f"ended: {', '.join(ended)}" if ended else "not running")
