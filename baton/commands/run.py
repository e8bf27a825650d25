"""``baton run``: the processes of an installation, one at a time; `baton up` starts them all."""

from importlib import import_module

import typer

NAMES = ("clock", "worker", "scores", "sink")


def subcommands(argv: list[str]) -> typer.Typer:
    """The processes as subcommands; ``argv`` stands behind `baton run`.

    Only the module of the one asked for is imported: four start at once on a laptop, and a clock needs no Faust.
    """
    app = typer.Typer(
        help="Run one process of an installation in the foreground; `baton up` runs them all.", no_args_is_help=True
    )
    app.callback()(lambda: None)
    asked = next((word for word in argv if not word.startswith("-")), None)
    for name in (asked,) if asked in NAMES else NAMES:
        app.command(name)(import_module(f"baton.services.{name}").command)
    return app
