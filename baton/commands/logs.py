"""``baton logs``: what a process wrote."""

import time
from typing import Annotated

import typer

from baton.options import Home, settings_as_given
from local.stack.logs import Follower, last_lines, log_path
from schemas.errors import Stop

Name = Annotated[str, typer.Argument(metavar="NAME", help="broker, warehouse, prepare, clock, worker, scores, sink or stack.")]
Follow = Annotated[bool, typer.Option("-f", "--follow", help="Go on with what is written from now on, until Ctrl-C.")]
Lines = Annotated[int, typer.Option("-n", "--lines", min=0, help="How many lines to begin with.")]
POLL_SECONDS = 0.2


def command(name: Name, home: Home = None, follow: Follow = False, lines: Lines = 50) -> None:
    """Print the end of a process's log. `stack` is the log of the stack itself.

    \b
    Examples:
        baton logs worker
        baton logs -f broker
    """
    log = log_path(settings_as_given(home).home, name)
    if not log.is_file():
        names = ", ".join(sorted(path.stem for path in log.parent.glob("*.log"))) or "none yet"
        raise Stop(f"there is no log {log}", f"logs of this home: {names}")
    follower = Follower(log)
    for line in last_lines(log, lines):
        typer.echo(line)
    try:
        while follow:
            typer.echo(follower.more(), nl=False)
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        return
