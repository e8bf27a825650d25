"""What an import read, sent and could not use."""

from dataclasses import dataclass, field

from producers.importers.case_events import Noticed
from schemas.fields import from_ms

MOST_EXAMPLES = 10


@dataclass
class ImportResult:
    """Counts of one import. ``bad_examples``: (line, what is wrong); ``samples``: first events as they'd be sent."""

    mapping: str
    dry_run: bool
    rows: int = 0
    bad_rows: int = 0
    bad_examples: list[tuple[int, str]] = field(default_factory=list)
    noticed: Noticed = field(default_factory=Noticed)
    first_ms: int | None = None
    last_ms: int | None = None
    acknowledged: int = 0
    parked: int = 0
    ticks: int = 0
    stopped: bool = False
    samples: list[bytes] = field(default_factory=list)

    @property
    def events(self) -> int:
        """Events made of the rows."""
        return self.noticed.moved + self.noticed.statuses

    def saw(self, time_ms: int) -> None:
        """An event's time, for the range."""
        self.first_ms = time_ms if self.first_ms is None else min(self.first_ms, time_ms)
        self.last_ms = time_ms if self.last_ms is None else max(self.last_ms, time_ms)

    def bad(self, line: int, problem: str) -> None:
        """A row that can't be used; the first ones by line are kept as examples."""
        self.bad_rows += 1
        self.bad_examples.append((line, problem))
        if len(self.bad_examples) > 2 * MOST_EXAMPLES:
            self._trim()

    def _trim(self) -> None:
        self.bad_examples = sorted(self.bad_examples)[:MOST_EXAMPLES]

    def lines(self) -> list[str]:
        """The result in words, a line each."""
        self._trim()
        seen = self.noticed
        say = [
            f"mapping {self.mapping}: {self.rows:,} rows, {seen.items:,} items, {len(seen.teams):,} teams",
            f"events: {self.events:,} ({seen.moved:,} moves, {seen.statuses:,} statuses)",
        ]
        if self.first_ms is not None and self.last_ms is not None:
            say.append(f"time: {from_ms(self.first_ms):%Y-%m-%d %H:%M} to {from_ms(self.last_ms):%Y-%m-%d %H:%M} UTC")
        if seen.time_clamped:
            say.append(
                f"time_clamped: {seen.time_clamped:,} rows ran backwards inside their case and got their predecessor's time"
            )
        if seen.ignored:
            say.append(f"ignored: {seen.ignored:,} rows have a status the mapping ignores (their moves were used)")
        for word, count in seen.unmapped.most_common(20):
            where = ", ".join(map(str, seen.unmapped_lines[word]))
            say.append(
                f"unmapped status {word!r}: {count:,} rows (first lines: {where}); their moves were used, the status was not"
            )
        say.append(f"bad rows: {self.bad_rows:,}")
        say += [f"    line {line}: {problem}" for line, problem in self.bad_examples]
        if self.dry_run:
            say.append("dry run: nothing was sent; the first events would be:")
            say += [f"    {value.decode()}" for value in self.samples]
        else:
            say.append(
                f"acknowledged by the broker: {self.acknowledged:,} events, {self.ticks:,} ticks, {self.parked:,} dead letters"
            )
        if self.stopped:
            say.append("stopped before the end; run it again: what was sent is not counted twice")
        return say
