"""``baton up``: start everything this home runs."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from baton.options import Home, settings_of
from baton.recorded_settings import settings_if_recorded
from baton.stack_plan import stack_plan
from baton.status_lines import lines_of, trouble
from local.broker.broker_cache import fill_cache
from local.stack import control, logs, run_state
from local.stack.serve import serve
from local.stack.supervisor import Supervisor
from schemas.settings import Settings, child_environment

Only = Annotated[list[str] | None, typer.Option("--only", metavar="NAME", help="Only this process and those it needs.")]
Detach = Annotated[bool, typer.Option("--detach", help="Go on in the background; return once everything works.")]
Wait = Annotated[int, typer.Option("--wait", metavar="SECONDS", help="How long to wait for everything to work.")]


def command(home: Home = None, detach: Detach = False, only: Only = None, wait: Wait = 300) -> None:
    """Start broker, warehouse, clock, worker, scores and sink, and start again what dies.

    In the foreground until Ctrl-C, or with --detach in the background. Where BATON_KAFKA or BATON_CLICKHOUSE is
    set, that server is used and none is started. In a home that runs already, starts what doesn't run.

    \b
    Examples:
        baton up                          stay in the foreground
        baton up --detach                 return once everything works
        baton up --only broker            just the broker
    """
    settings = settings_if_recorded(settings_of(home))
    if run_state.running(settings.home):
        _start_the_rest(settings.home, wait)
    elif detach:
        _detach(settings, only or [], wait)
    else:
        _run(settings, only)


def _run(settings: Settings, only: list[str] | None) -> None:
    def make() -> Supervisor:
        planned = stack_plan(settings, _say, only)
        _say(f"home {settings.home}, logs in {settings.home / 'logs'}; Ctrl-C ends everything")
        return Supervisor(settings.home, planned.processes, child_environment, _say, planned.addresses)

    serve(settings.home, make)


def _detach(settings: Settings, only: list[str], wait: int) -> None:
    if not settings.kafka:
        fill_cache(settings.cache, _say)  # here, so that a first start's downloads are seen
    log = logs.log_path(settings.home, "stack")
    log.parent.mkdir(parents=True, exist_ok=True)
    logs.rotate(log)
    options = [argument for name in only for argument in ("--only", name)]
    with log.open("ab") as output:
        # What this start writes begins here: an older failure in the same log is not shown as its reason.
        start = output.tell()
        background = subprocess.Popen(
            [sys.executable, "-m", "baton.main", "up", "--home", str(settings.home), *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    # The child counts as a supervisor to be until it ends: it writes its state only after it has the home's lock.
    found = control.wait_until_up(settings.home, wait, lambda: background.poll() is None)
    if found is None:
        typer.echo(
            "the stack ended while starting. The end of its log:\n" + logs.exit_reason(log, background.returncode, start),
            err=True,
        )
        raise typer.Exit(background.returncode or 1)
    background.returncode = 0  # it goes on without us; keeps subprocess from warning about that
    _print_state(settings.home, found)


def _start_the_rest(home: Path, wait: int) -> None:
    found = run_state.running(home)
    if found and found.up:
        typer.echo(f"already running (pid {found.supervisor.pid})")
    else:
        control.wake(home)
        found = control.wait_until_up(home, wait, lambda: False)
    _print_state(home, found)


def _print_state(home: Path, found: run_state.RunState | None) -> None:
    for line in lines_of(found, datetime.now().timestamp()):
        typer.echo(line)
    if found is None or not found.up:
        for line in trouble(home, found):
            typer.echo(line, err=True)
        raise typer.Exit(1)


def _say(line: str) -> None:
    typer.echo(f"{datetime.now():%H:%M:%S} {line}")
    sys.stdout.flush()
