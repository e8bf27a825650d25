"""``baton demo``: the whole pipeline at work on one log."""

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from producers.sample import MAPPING, write_log
from schemas.errors import Stop
from schemas.settings import child_environment

PLACE = Path(".baton-demo")
ITEMS = 2_000
COUNTS = """
SELECT count() AS items, sum(i.reassignments) AS reassignments, countIf(i.reassignments > 0) AS items_reassigned,
    sum(i.bounces) AS bounces, countIf(i.bounces > 0) AS items_bounced, sum(i.revisits) AS revisits, sum(i.reopens) AS reopens
FROM items AS i
"""
LINKS = """
SELECT step.1 AS supplier, step.2 AS customer, count() AS handed_on, uniqExact(item) AS of_items
FROM (SELECT item, arrayJoin(arrayZip(arrayPopBack(path), arrayPopFront(path))) AS step FROM items WHERE length(path) > 1)
GROUP BY supplier, customer ORDER BY handed_on DESC, supplier, customer LIMIT 8
"""
WORST = "SELECT item, bounces, reopens, arrayStringConcat(path, ' > ') AS path FROM items ORDER BY bounces DESC, item LIMIT 5"

Log = Annotated[str, typer.Option("--log", metavar="FILE", help="A log of your own; without it, a small made-up one.")]
MappingName = Annotated[str, typer.Option("--mapping", metavar="NAME|FILE", help="How to read --log (docs/mappings.md).")]
DemoHome = Annotated[
    Path | None, typer.Option("--home", metavar="DIR", help="Home of the demonstration.", show_default=f"{PLACE}/MAPPING")
]
Keep = Annotated[bool, typer.Option("--keep", help="Leave everything running at the end.")]


def command(log: Log = "", mapping: MappingName = "", keep: Keep = False, home: DemoHome = None) -> None:
    """Start everything in a home of its own, replay a log, print its counts and where to look.

    On a terminal it goes on until Ctrl-C, so that you can ask more; elsewhere it ends by itself.

    \b
    Examples:
        baton demo
        baton demo --log incident_event_log.zip --mapping uci-498
        baton demo --home trial --keep
    """
    if log and not mapping:
        raise Stop(f"how is {log} to be read?", "name a mapping: MAPPING=uci-498, or a YAML file of yours (docs/mappings.md)")
    name = Path(mapping).stem if log else MAPPING
    demo = Demo(home or PLACE / name)
    begun = time.monotonic()
    try:
        demo.say(f"1 of 4  starting a Kafka broker, the ClickHouse engine, a worker and a sink in {demo.home}")
        demo.baton("up", "--detach")
        if log:
            demo.replay(Path(log), mapping)
        else:
            with tempfile.TemporaryDirectory(prefix="baton-demo-") as place:
                made = Path(place) / "sample.csv"
                rows = write_log(made, ITEMS)
                demo.say(f"        (made-up: {ITEMS:,} tickets, {rows:,} rows)")
                demo.replay(made, MAPPING)
        demo.say(f"4 of 4  the numbers, {time.monotonic() - begun:.0f} s after the start")
        demo.show()
        if sys.stdout.isatty() and not keep:
            demo.say("Ctrl-C ends everything.")
            with suppress(KeyboardInterrupt):
                while True:
                    time.sleep(3600)
    finally:
        if not keep:
            demo.baton("down")


class Demo:
    """One demonstration in its home, driven by the commands a user would type."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = child_environment(BATON_HOME=str(home), BATON_TIME="log")

    def say(self, line: str) -> None:
        """A line for people."""
        typer.echo(f"\n{line}")

    def baton(self, *words: str) -> None:
        """Run a command; one that fails has said why, and ends the demonstration with its exit code."""
        done = subprocess.run([sys.executable, "-m", "baton.main", *words], env=self.env, check=False)
        if done.returncode:
            raise typer.Exit(done.returncode)

    def replay(self, log: Path, mapping: str) -> None:
        """Import, and wait until all of it can be queried."""
        self.say(f"2 of 4  replaying {log.name} in its own time")
        self.baton("import", str(log), "--mapping", mapping)
        self.say("3 of 4  waiting until every fact is in ClickHouse")
        self.baton("wait")

    def show(self) -> None:
        """Counts, links, the worst paths, and what to try next."""
        for title, query in (("All items", COUNTS), ("Busiest links", LINKS), ("Most ping-pong", WORST)):
            self.say(title)
            self.baton("sql", query)
        self.say("Ask more, in another terminal (tables and columns: docs/warehouse.md):")
        baton, home = sys.argv[0], f"--home {self.home}"
        typer.echo(f'  {baton} sql {home} "SELECT * FROM items WHERE bounces > 2 LIMIT 5"')
        typer.echo(f"  {baton} verify {home}      recomputes every number from the raw events")
        typer.echo(f"  {baton} status {home}")
