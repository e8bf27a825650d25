"""``baton``: one command a module in ``baton/commands``, found by its file name.

Exit codes: 0 well, 1 something is not as it should be, 2 wrong arguments, 75 come again later
(broker or warehouse away), 78 stopped (settings or history; the message says how to mend it).
"""

import sys
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import typer

from schemas.errors import RETRY_EXIT, STOP_EXIT, Retry, Stop

MANUAL = """Measures, live, how well work is handed from team to team.

\b
Start:     baton up --detach       a broker, a warehouse and the workers on this machine
Look:      baton status            what runs, where, since when
Mend:      baton doctor            settings in effect and what is wrong with this machine
End:       baton down

Everything of one installation is in its home (--home DIR, else BATON_HOME, else ./.baton). Every setting is an
environment variable BATON_NAME or a line in baton.toml; `baton doctor` lists them.
"""


def commands() -> tuple[str, ...]:
    """Names of all commands: the modules of ``baton/commands``. A name Python keeps to itself has an underscore behind it."""
    return tuple(sorted(path.stem.rstrip("_") for path in (Path(__file__).parent / "commands").glob("*.py")))


def build(argv: list[str]) -> typer.Typer:
    """The command line for ``argv``. Only the module of the command asked for is imported, so it starts fast.

    A module holds a function ``command``, or an ``app`` when the command has subcommands, or ``subcommands``, which makes the
    app for the arguments behind the command.
    """
    app = typer.Typer(help=MANUAL, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.callback(help=MANUAL)(lambda: None)
    known = commands()
    asked = next((word for word in argv if not word.startswith("-")), None)
    # Importing every command would load Faust, chDB and the rest: seconds before a help text.
    for name in (asked,) if asked in known else known:
        module = import_module(f"baton.commands.{name}_" if iskeyword(name) else f"baton.commands.{name}")
        if hasattr(module, "subcommands"):
            app.add_typer(module.subcommands(argv[argv.index(asked) + 1 :] if asked == name else []), name=name)
        elif hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(module.command)
    return app


def main() -> None:
    """Entry point. Prints what stopped a command and how to mend it; unknown errors come through as they are."""
    try:
        build(sys.argv[1:])()
    except Stop as stop:
        typer.echo(f"stopped: {stop.problem}\n  mend: {stop.mend}", err=True)
        sys.exit(STOP_EXIT)
    except Retry as retry:
        typer.echo(f"try again later: {retry}", err=True)
        sys.exit(RETRY_EXIT)


if __name__ == "__main__":
    main()
