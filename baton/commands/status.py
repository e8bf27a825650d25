"""``baton status``: what runs, where, since when."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from baton.connection_settings import settings_with_addresses
from baton.lag.process_lags import process_lags, waiting_partitions
from baton.letters import letters_in
from baton.options import Home, settings_of
from baton.recorded_settings import settings_if_recorded
from baton.status_lines import lines_of
from local.stack import run_state
from local.stack.process import parked_sources_of, still_seconds, trouble_of

Json = Annotated[bool, typer.Option("--json", help="One JSON object for programs.")]


def command(home: Home = None, as_json: Json = False) -> None:
    """Show every process: state, pid, address, restarts, how long, records behind, why it last ended, what troubles it now.

    A trouble is what keeps a process that runs from doing its work, such as ticks that are all refused; one that has not moved
    for a minute is in trouble, too. Sources most of whose records are parked, while others count, are named, and a partition
    of the events that waits for an open transaction, and what was parked at all. Exit code 0 when everything works, 1 when
    something doesn't, a source is in trouble or nothing runs.

    \b
    Examples:
        baton status
        baton status --json | python -m json.tool
    """
    settings = settings_if_recorded(settings_of(home))
    found = run_state.running(settings.home)
    connected = settings_with_addresses(settings) if found else settings
    behind = process_lags(connected) if found else {}
    waiting = waiting_partitions(connected) if found else []
    letters = letters_in(connected) if found else None
    processes = found.processes if found else ()
    troubles = {p.name: trouble for p in processes if p.state == "ready" and (trouble := trouble_of(settings.home, p.name))}
    parked = {p.name: words for p in processes if p.state == "ready" and (words := parked_sources_of(settings.home, p.name))}
    up = bool(found and found.up and not troubles)
    now = datetime.now().timestamp()
    if as_json:
        listed = [
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
                "trouble": troubles.get(process.name, ""),
                "parked_sources": parked.get(process.name, "").splitlines(),
                "still_seconds": still_seconds(settings.home, process.name),
            }
            for process in processes
        ]
        supervisor = asdict(found.supervisor)["pid"] if found else None
        whole = {"home": str(settings.home), "running": found is not None, "up": up, "pid": supervisor}
        typer.echo(
            json.dumps(
                {
                    **whole,
                    "addresses": found.addresses if found else {},
                    "processes": listed,
                    "waiting": [w._asdict() for w in waiting],
                    "dead_letters": letters.total if letters else 0,
                }
            )
        )
    else:
        for line in lines_of(found, now, behind, troubles, parked):
            typer.echo(line)
        for transaction in waiting:
            typer.echo(str(transaction))
        if settings.time == "log" and (waits := behind.get("clock")):
            typer.echo(
                f"WAITS {waits} records count nowhere yet: the next `baton import` brings the tick, for this is a log home"
            )
        if letters:
            typer.echo(f"PARKED {letters}")
    if not up or parked:
        raise typer.Exit(1)
