"""``baton demo``: the whole pipeline at work, on a made-up company or on a log of yours."""

from pathlib import Path
from typing import Annotated

import typer

from baton.demo.child_processes import ChildProcesses
from baton.demo.demonstration import Demo
from baton.options import settings_of
from baton.record_copy import copied
from local.stack import run_state
from runtime.shutdown import on_signals
from schemas.errors import Stop
from schemas.settings import child_environment

FOLDER = Path(".baton-demo")
HISTORY_DAYS = 90
Log = Annotated[str, typer.Option("--log", metavar="FILE", help="A log of your own; without it, a made-up company.")]
MappingName = Annotated[str, typer.Option("--mapping", metavar="NAME|FILE", help="How to read --log (docs/mappings.md).")]
Speed = Annotated[
    str, typer.Option("--speed", metavar="N", help="Of --log: so many times as fast as it happened.", show_default="at once")
]
Rate = Annotated[float, typer.Option("--rate", min=0.1, help="Of the company: about how many events a second.")]
Days = Annotated[int, typer.Option("--days", min=1, max=390, help="Of the company: days of history.")]
Seconds = Annotated[
    int | None,
    typer.Option("--seconds", min=0, help="End so long after the first numbers.", show_default="terminal: Ctrl-C, else: 0"),
]
DemoHome = Annotated[
    Path | None, typer.Option("--home", metavar="DIR", help="Home of the demonstration.", show_default=f"{FOLDER}/NAME")
]
Keep = Annotated[bool, typer.Option("--keep", help="Leave everything running at the end.")]


def command(
    log: Log = "",
    mapping: MappingName = "",
    speed: Speed = "",
    rate: Rate = 4.0,
    days: Days = HISTORY_DAYS,
    seconds: Seconds = None,
    keep: Keep = False,
    home: DemoHome = None,
) -> None:
    """Start everything in a home of its own, let a company work in it or replay a log, and show the pairs as they change.

    The company has 90 days behind it and then goes on in the present. On a terminal the table goes on until Ctrl-C, which
    ends everything; elsewhere it is printed once, or every ten seconds for --seconds.

    \b
    Examples:
        baton demo
        baton demo --seconds 60 > numbers.txt
        baton demo --log incident_event_log.zip --mapping uci-498 --speed 1000000
    """
    if log and not mapping:
        raise Stop(f"how is {log} to be read?", "name a mapping: MAPPING=uci-498, or a YAML file of yours (docs/mappings.md)")
    home = (home or FOLDER / (Path(mapping).stem if log else "company")).absolute()
    _check_time(home, "log" if log else "live")
    if run_state.running(home):
        raise Stop(f"the home {home} is running", f"end it with `baton down --home {home}`, or name another --home")
    env = child_environment(BATON_HOME=str(home), BATON_TIME="log" if log else "live")
    with on_signals() as stopping, ChildProcesses(home, env, stopping, keep) as children:
        demo = Demo(home, stopping, children, seconds)
        if log:
            demo.replay(Path(log), mapping, speed)
        else:
            demo.company(rate, days)
        if keep:
            demo.say(f"everything goes on; `baton down --home {home}` ends it")
        elif stopping():
            demo.say("ending everything")
    typer.echo("ended" if not keep else "")


def _check_time(home: Path, needed: str) -> None:
    """Raises ``Stop`` where the home's record, or a setting, is of the other time than this demonstration has."""
    settings = settings_of(home)
    if settings.time != needed and (copied(settings) or "time" in settings.model_fields_set):
        raise Stop(
            f"this demonstration needs time = {needed}, and {home} has time = {settings.time}",
            "unset BATON_TIME for it, or name another --home: a home's time is settled when it is made",
        )
