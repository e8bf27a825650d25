"""``baton status``: what runs, where, since when."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from baton.connected import connected
from baton.lags import lags
from baton.options import Home, settings_of
from baton.stack_lines import lines_of
from local.stack import state

Json = Annotated[bool, typer.Option("--json", help="One JSON object for programs.")]


def command(home: Home = None, as_json: Json = False) -> None:
    """Show every process: state, pid, address, restarts, how long, records behind, and why it last ended.

    Exit code 0 when everything works, 1 when something doesn't or nothing runs.

    \b
    Examples:
        baton status
        baton status --json | python -m json.tool
    """
    settings = settings_of(home)
    found = state.running(settings.home)
    behind = lags(connected(settings)) if found else {}
    now = datetime.now().timestamp()
    if as_json:
        processes = [
            {
                "name": process.name,
                "state": process.state,
                "pid": process.identity.pid if process.identity else None,
                "address": process.address,
                "restarts": process.restarts,
                "seconds": round(now - process.since, 1),
                "last_exit": process.last_exit,
                "reason": process.reason,
                "behind": behind.get(process.name),
            }
            for process in (found.processes if found else ())
        ]
        supervisor = asdict(found.supervisor)["pid"] if found else None
        whole = {"home": str(settings.home), "running": found is not None, "up": bool(found and found.up), "pid": supervisor}
        typer.echo(json.dumps({**whole, "addresses": found.addresses if found else {}, "processes": processes}))
    else:
        for line in lines_of(found, now, behind):
            typer.echo(line)
    if not (found and found.up):
        raise typer.Exit(1)
