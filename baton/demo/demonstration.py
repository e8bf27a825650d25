"""One demonstration: it starts everything in a home of its own, lets a company work or replays a log, and shows the pairs."""

import json
import sys
import time
from pathlib import Path

import typer

from baton.commands.simulate import SIMULATED
from baton.demo.child_processes import ChildProcesses
from baton.demo.live_numbers import LiveNumbers
from baton.demo.live_view import LiveView
from baton.options import settings_of
from baton.report.report_lines import lines
from producers.simulator.event_json import rfc3339
from runtime.shutdown import StopSignal
from schemas.errors import Stop
from schemas.timestamps import DAY_MS

_UP_SECONDS, _WAIT_SECONDS = 600.0, 1800
_HISTORY_FILE = "simulated.json"
"""In the home: until when its company has been simulated."""
EXAMPLES = (
    "SELECT * FROM scores_now LIMIT 5 FORMAT Vertical",
    "SELECT window_end, supplier, customer, value, n FROM scores "
    "WHERE scope = 'pair' AND measure = 'fpy' AND window = '1h' AND n >= 5 ORDER BY window_end DESC LIMIT 20",
    "SELECT * FROM handoffs WHERE loops > 2 LIMIT 3 FORMAT Vertical",
)
"""Queries to go on with."""


def history_lines(log: str) -> list[str]:
    """What a simulation's output says of its history, past the lines of progress that come first on a slow machine."""
    lines = log.splitlines()
    first = next((number for number, line in enumerate(lines) if line.startswith(SIMULATED)), len(lines))
    return lines[first : first + 2]


class Demo:
    """One demonstration in its home. ``seconds``: how long the numbers are shown, as ``LiveView.follow`` takes it."""

    def __init__(self, home: Path, stopping: StopSignal, children: ChildProcesses, seconds: int | None) -> None:
        self._home, self._stopping, self._children, self._seconds = home, stopping, children, seconds
        self._started = time.monotonic()
        self._view = LiveView(home, stopping)

    def say(self, line: str) -> None:
        """Print a line, with an empty one before it, at once."""
        typer.echo(f"\n{line}")
        sys.stdout.flush()

    def company(self, rate: float, days: int) -> None:
        """A company with its history, then in the present. A home that has the history goes on with the days since."""
        settings = settings_of(self._home)
        if settings.kafka or settings.clickhouse:
            raise Stop(
                "BATON_KAFKA or BATON_CLICKHOUSE is set: the demonstration would write a made-up company into your servers",
                "unset them for this command, or call `baton simulate` yourself",
            )
        # History ends where the present begins; a home that has some goes on from there.
        now = int(time.time())
        history = self._home / _HISTORY_FILE
        if history.exists():
            days = min(days, (now * 1000 - int(json.loads(history.read_text())["until"])) // DAY_MS)
        self.say(f"1 of 3  starting a broker, the ClickHouse engine, clock, worker, scores and sink in {self._home}")
        typer.echo(f"        with a made-up company: {days} days of history, then about {rate:g} events a second")
        argv = ["--days", str(days), "--until", rfc3339(now * 1000), "--rate", f"{rate:g}"]
        if not self._start_stack("baton.demo.stack", str(self._home), *argv):
            return
        # Only once the stack is up: a start that failed simulates the same days again.
        history.write_text(json.dumps({"until": now * 1000}))
        for line in history_lines((self._home / "logs" / "simulate.log").read_text()):
            typer.echo(f"        {line}")
        self.say("2 of 3  waiting for the first scores in ClickHouse")
        first = self._view.first_numbers(_UP_SECONDS)
        if first is not None:
            self._show("3 of 3", first)

    def replay(self, log: Path, mapping: str, speed: str) -> None:
        """A log in its own time, at a chosen speed; at the end its counts."""
        self.say(f"1 of 4  starting a broker, the ClickHouse engine, worker, scores and sink in {self._home}")
        if not self._start_stack("baton.main", "up", "--home", str(self._home)):
            return
        self.say(f"2 of 4  replaying {log.name} in its own time")
        self._run("import", ["import", str(log), "--mapping", mapping, *(["--speed", speed] if speed else [])])
        if self._stopping():
            return
        self.say("3 of 4  waiting until every number is in ClickHouse")
        # Exit code 1: not everything in time; then the numbers are as of where it is.
        self._run("wait", ["wait", "--seconds", str(_WAIT_SECONDS)], tolerated=1)
        if self._stopping():
            return
        self.say("the whole log, as `baton report` tells it")
        for line in lines(self._view.whole_span()):
            typer.echo(line)
        self._show("4 of 4", self._view.read())

    def _start_stack(self, *argv: str) -> bool:
        """Start ``python -m ARGV`` and wait until the stack is up; False when asked to stop."""
        stack = self._children.start(*argv, log="stack")
        self._children.until_up(stack, _UP_SECONDS, lambda line: typer.echo(f"        {line}"))
        return not self._stopping()

    def _run(self, name: str, argv: list[str], tolerated: int = 0) -> None:
        """Run a command to its end, showing the table meanwhile; one that fails has said why and ends the demonstration.

        An exit code of ``tolerated`` is no failure.
        """
        child = self._children.start("baton.main", *argv, log=name)
        code = self._view.during(lambda draw: self._children.finish(child, draw))
        typer.echo((self._home / "logs" / f"{name}.log").read_text().rstrip())
        if code not in {0, tolerated} and not self._stopping():
            raise typer.Exit(code)

    def _show(self, step: str, first: LiveNumbers) -> None:
        self.say(f"{step}  the numbers, {time.monotonic() - self._started:.0f} s after the start")
        self._print_examples()
        if self._view.on_terminal:
            self.say("Ctrl-C ends everything.")
        self._view.follow(first, self._seconds)

    def _print_examples(self) -> None:
        baton, home = sys.argv[0], f"--home {self._home}"
        self.say("Ask more, in another terminal (tables and columns: docs/warehouse.md):")
        for query in EXAMPLES:
            typer.echo(f'  {baton} sql {home} "{query}"')
        typer.echo(f"  {baton} verify {home}      recomputes every number from the raw events")
        typer.echo(f"  {baton} status {home}")
