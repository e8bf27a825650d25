"""``baton rebuild``: a new generation of everything that is computed."""

import os
import signal

import typer

from baton.connection_settings import settings_with_addresses
from baton.new_generation import rebuild
from baton.options import Home, settings_of
from baton.record_copy import copy_record
from local.stack import control, run_state
from schemas.installation import CONSTANTS


def command(home: Home = None) -> None:
    """Fold everything again from the start. Readers keep the old numbers until the new are complete.

    A time zone or horizon that is set holds for the new generation, what is not set stays as it was. Needed when a message
    says so: these are to change, state and log don't fit, or a new version of Baton folds differently. Reads the log, and
    the warehouse where Kafka no longer holds it. `baton wait` returns when it is done.

    \b
    Example:
        baton rebuild && baton wait && baton verify
    """
    settings = settings_with_addresses(settings_of(home, free=CONSTANTS))
    old, new = rebuild(settings, typer.echo)
    copy_record(settings, new)
    typer.echo(f"generation {new.generation} begins")
    running = run_state.running(settings.home)
    for worker in running.processes if running else ():
        if worker.name in {"worker", "scores"} and worker.identity is not None:
            os.kill(worker.identity.pid, signal.SIGTERM)  # the stack starts it again, in the new generation
    # At once, and also those that stopped because of the state that this generation leaves behind.
    control.wake(settings.home)
    if new.fold != old.fold:
        typer.echo("its constants are new: a stack started with others set needs `baton down`, then `baton up` without them")
    typer.echo("workers elsewhere belong to the old generation until they are started again")
