"""Shows the pairs as they change: a table that is drawn again and again on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import typer
from rich.console import Console
from rich.live import Live

from baton.connection_settings import settings_with_addresses
from baton.demo.live_numbers import LiveNumbers, read_numbers
from baton.demo.live_table import drawn, headline, plain
from baton.options import settings_of
from baton.report.whole_span import WholeSpan, read_whole_span
from runtime.shutdown import StopSignal
from schemas.errors import Retry, Stop
from sinks.clickhouse import ClickHouse, connect_from

_ASK_SECONDS, _PRINT_SECONDS = 1.5, 10.0
_LINES_BESIDE_PAIRS = 16


class LiveView:
    """Shows the numbers of the home's warehouse, on a terminal or as lines. Stops when ``stopping`` is set."""

    def __init__(self, home: Path, stopping: StopSignal) -> None:
        self._home, self._stopping = home, stopping
        self._next_draw = time.monotonic()
        self._console = Console()

    @property
    def on_terminal(self) -> bool:
        """Whether a table can be drawn again and again."""
        return self._console.is_terminal

    def read(self) -> LiveNumbers:
        """The numbers now. Raises ``Retry`` while the warehouse is away."""
        with closing(self._warehouse()) as warehouse:
            return read_numbers(warehouse)

    def first_numbers(self, seconds: float) -> LiveNumbers | None:
        """The first numbers with a score of any pair; None when asked to stop. Raises ``Stop`` when none comes in time."""
        until = time.monotonic() + seconds
        while not self._stopping.wait(_ASK_SECONDS / 3):
            try:
                found = self.read()
            except Retry as away:
                seen = str(away)
            else:
                if found.has_numbers:
                    return found
                seen = headline(found)
            if time.monotonic() > until:
                raise Stop(f"no scores yet: {seen}", f"`baton status --home {self._home}` shows what lags")
        return None

    def follow(self, first: LiveNumbers, seconds: float | None) -> None:
        """Show the numbers for ``seconds``. None: on a terminal until asked to stop, elsewhere once."""
        until = None if seconds is None else time.monotonic() + seconds
        if self.on_terminal:
            with Live(console=self._console, auto_refresh=False) as live:
                while not self._stopping() and (until is None or time.monotonic() < until):
                    self._draw(live)
                    self._stopping.wait(_ASK_SECONDS / 5)
            return
        self._print(first)
        while until is not None and time.monotonic() < until and not self._stopping.wait(_PRINT_SECONDS):
            self._print(self.read())

    def during(self, work: Callable[[Callable[[], object]], int]) -> int:
        """Show the table while ``work`` runs, which calls what it gets again and again; what it returns."""
        if not self.on_terminal:
            return work(lambda: None)
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            return work(lambda: self._draw(live))

    def whole_span(self) -> WholeSpan:
        """What all that is there says."""
        with closing(self._warehouse()) as warehouse:
            return read_whole_span(warehouse)

    def _warehouse(self) -> ClickHouse:
        return connect_from(settings_with_addresses(settings_of(self._home)))

    def _draw(self, live: Live) -> None:
        """Show what there is now, unless that was done just before; a warehouse that is slow to answer is asked less often."""
        if (started := time.monotonic()) < self._next_draw:
            return
        most = max(4, self._console.height - _LINES_BESIDE_PAIRS)
        try:
            live.update(drawn(self.read(), most), refresh=True)
        except Retry as away:
            live.update(f"waiting: {away}", refresh=True)
        # Measured from the end: a warehouse that needs seconds for an answer must not be asked all the time.
        self._next_draw = time.monotonic() + max(_ASK_SECONDS, 3 * (time.monotonic() - started))

    def _print(self, numbers: LiveNumbers) -> None:
        typer.echo()
        for line in plain(numbers):
            typer.echo(line)
        sys.stdout.flush()
