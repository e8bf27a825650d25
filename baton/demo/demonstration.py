"""One demonstration: it starts everything in a home of its own, lets a company work or replays a log, and shows the pairs."""

import json
import sys
import time
from pathlib import Path

import typer
from rich.console import Console
from rich.live import Live

from baton.connection_settings import settings_with_addresses
from baton.demo.child_processes import ChildProcesses
from baton.demo.live_numbers import LiveNumbers, read_numbers
from baton.demo.live_table import drawn, headline, plain
from baton.options import settings_of
from producers.simulator.event_json import rfc3339
from runtime.shutdown import StopSignal
from schemas.errors import Retry, Stop
from schemas.settings import Settings
from schemas.timestamps import DAY_MS
from sinks.clickhouse import connect_from

_ASK_SECONDS, _LINES_SECONDS, _UP_SECONDS = 1.5, 10.0, 600.0
_WAIT_SECONDS = 1800
_MARK = "simulated.json"
COUNTS = """
SELECT count() AS items, sum(i.reassignments) AS reassignments, countIf(i.reassignments > 0) AS items_reassigned,
    sum(i.bounces) AS bounces, countIf(i.bounces > 0) AS items_bounced, sum(i.revisits) AS revisits, sum(i.reopens) AS reopens
FROM items AS i
"""
WORST = "SELECT item, bounces, reopens, arrayStringConcat(path, ' > ') AS path FROM items ORDER BY bounces DESC, item LIMIT 5"


class Demo:
    """One demonstration in its home."""

    def __init__(self, home: Path, stopping: StopSignal, children: ChildProcesses, seconds: int | None) -> None:
        self._home, self._stopping, self._children, self._seconds = home, stopping, children, seconds
        self._begun = self._next_look = time.monotonic()
        self._console = Console()

    def say(self, line: str) -> None:
        """A line for people."""
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
        now = int(time.time())
        mark = self._home / _MARK
        if mark.exists():
            days = min(days, (now * 1000 - int(json.loads(mark.read_text())["until"])) // DAY_MS)
        self.say(f"1 of 3  starting a broker, the ClickHouse engine, clock, worker, scores and sink in {self._home}")
        typer.echo(f"        with a made-up company: {days} days of history, then about {rate:g} events a second")
        words = ["--days", str(days), "--until", rfc3339(now * 1000), "--rate", f"{rate:g}"]
        stack = self._children.start("baton.demo.stack", str(self._home), *words, log="stack")
        self._children.until_up(stack, _UP_SECONDS, lambda line: typer.echo(f"        {line}"))
        if self._stopping():
            return
        mark.write_text(json.dumps({"until": now * 1000}))
        for line in (self._home / "logs" / "simulate.log").read_text().splitlines()[:2]:
            typer.echo(f"        {line}")
        self.say("2 of 3  waiting for the first scores in ClickHouse")
        first = self._first_numbers()
        if first is not None:
            self._numbers("3 of 3", first)

    def replay(self, log: Path, mapping: str, speed: str) -> None:
        """A log in its own time, at a chosen speed; at the end its counts."""
        self.say(f"1 of 4  starting a broker, the ClickHouse engine, worker, scores and sink in {self._home}")
        stack = self._children.start("baton.main", "up", "--home", str(self._home), log="stack")
        self._children.until_up(stack, _UP_SECONDS, lambda line: typer.echo(f"        {line}"))
        if self._stopping():
            return
        self.say(f"2 of 4  replaying {log.name} in its own time")
        words = ["import", str(log), "--mapping", mapping, *(["--speed", speed] if speed else [])]
        self._finish("import", words)
        if self._stopping():
            return
        self.say("3 of 4  waiting until every number is in ClickHouse")
        self._finish("wait", ["wait", "--seconds", str(_WAIT_SECONDS)], fine=1)  # then the numbers are as of where it is
        if self._stopping():
            return
        for title, query in (("All items", COUNTS), ("Most ping-pong", WORST)):
            self.say(title)
            self._told(query)
        self._numbers("4 of 4", self._asked())

    def _finish(self, name: str, words: list[str], fine: int = 0) -> None:
        """Run a command to its end, showing the table meanwhile; one that fails has said why and ends the demonstration.

        ``fine`` is one more exit code that is none.
        """
        child = self._children.start("baton.main", *words, log=name)
        if self._console.is_terminal:
            with Live(console=self._console, auto_refresh=False, transient=True) as live:
                code = self._children.finish(child, lambda: self._draw(live))
        else:
            code = self._children.finish(child)
        typer.echo((self._home / "logs" / f"{name}.log").read_text().rstrip())
        if code not in {0, fine} and not self._stopping():
            raise typer.Exit(code)

    def _numbers(self, step: str, first: LiveNumbers) -> None:
        self.say(f"{step}  the numbers, {time.monotonic() - self._begun:.0f} s after the start")
        self._questions()
        until = None if self._seconds is None else time.monotonic() + self._seconds
        if self._console.is_terminal:
            self.say("Ctrl-C ends everything.")
            with Live(console=self._console, auto_refresh=False) as live:
                while not self._stopping() and (until is None or time.monotonic() < until):
                    self._draw(live)
                    self._stopping.wait(_ASK_SECONDS / 5)
            return
        self._print(first)
        while until is not None and time.monotonic() < until and not self._stopping.wait(_LINES_SECONDS):
            self._print(self._asked())

    def _draw(self, live: Live) -> None:
        """Show what there is now, unless that was done just before; a warehouse that is slow to answer is asked less often."""
        if (begun := time.monotonic()) < self._next_look:
            return
        most = max(4, self._console.height - 16)
        try:
            live.update(drawn(self._asked(), most), refresh=True)
        except Retry as away:
            live.update(f"waiting: {away}", refresh=True)
        self._next_look = time.monotonic() + max(_ASK_SECONDS, 3 * (time.monotonic() - begun))

    def _print(self, found: LiveNumbers) -> None:
        typer.echo()
        for line in plain(found):
            typer.echo(line)
        sys.stdout.flush()

    def _first_numbers(self) -> LiveNumbers | None:
        """The first moment at which a pair has a score; None when told to stop. Raises ``Stop`` when none comes."""
        until = time.monotonic() + _UP_SECONDS
        while not self._stopping.wait(_ASK_SECONDS / 3):
            try:
                found = self._asked()
            except Retry:
                continue
            if found.has_numbers:
                return found
            if time.monotonic() > until:
                raise Stop(f"no scores yet: {headline(found)}", f"`baton status --home {self._home}` shows what lags")
        return None

    def _asked(self) -> LiveNumbers:
        warehouse = connect_from(self._settings())
        try:
            return read_numbers(warehouse)
        finally:
            warehouse.close()

    def _told(self, query: str) -> None:
        warehouse = connect_from(self._settings())
        try:
            typer.echo(warehouse.text(query, "PrettyCompact").decode())
        finally:
            warehouse.close()

    def _settings(self) -> Settings:
        return settings_with_addresses(settings_of(self._home))

    def _questions(self) -> None:
        baton, home = sys.argv[0], f"--home {self._home}"
        self.say("Ask more, in another terminal (tables and columns: docs/warehouse.md):")
        queries = (
            "SELECT * FROM scores_now LIMIT 5 FORMAT Vertical",
            "SELECT window_end, supplier, customer, value, n FROM scores "
            "WHERE scope = 'pair' AND measure = 'fpy' AND window = '1h' AND n >= 5 ORDER BY window_end DESC LIMIT 20",
            "SELECT * FROM handoffs WHERE loops > 2 LIMIT 3 FORMAT Vertical",
        )
        for query in queries:
            typer.echo(f'  {baton} sql {home} "{query}"')
        typer.echo(f"  {baton} verify {home}      recomputes every number from the raw events")
        typer.echo(f"  {baton} status {home}")
