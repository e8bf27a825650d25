"""``baton run``: the processes of an installation, one at a time; `baton up` starts them all."""

import typer

from baton.running import clock, scores, sink, worker

app = typer.Typer(help="Run one process of an installation in the foreground; `baton up` runs them all.", no_args_is_help=True)
app.command("clock")(clock.command)
app.command("worker")(worker.command)
app.command("scores")(scores.command)
app.command("sink")(sink.command)
