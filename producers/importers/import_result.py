"""What an import read, sent and could not use; and the same as lines for people."""

from dataclasses import dataclass, field

from producers.importers.case_events import CaseCounts
from schemas.fields import from_ms

MAX_EXAMPLES = 10


@dataclass
class ImportResult:
    """Counts of one import. ``bad_examples``: (line, what is wrong); ``samples``: first events as they'd be sent."""

    mapping: str
    dry_run: bool
    rows: int = 0
    bad_rows: int = 0
    bad_examples: list[tuple[int, str]] = field(default_factory=list)
    counts: CaseCounts = field(default_factory=CaseCounts)
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
        return self.counts.moved + self.counts.statuses

    def add_time(self, time_ms: int) -> None:
        """Count an event's time into ``first_ms`` and ``last_ms``."""
        self.first_ms = time_ms if self.first_ms is None else min(self.first_ms, time_ms)
        self.last_ms = time_ms if self.last_ms is None else max(self.last_ms, time_ms)

    def add_bad_row(self, line: int, problem: str) -> None:
        """Count a row that can't be used; the first ones by line are kept as examples."""
        self.bad_rows += 1
        self.bad_examples.append((line, problem))
        if len(self.bad_examples) > 2 * MAX_EXAMPLES:
            self._trim()

    def _trim(self) -> None:
        self.bad_examples = sorted(self.bad_examples)[:MAX_EXAMPLES]

    def lines(self) -> list[str]:
        """The result as lines of text."""
        self._trim()
        counts = self.counts
        lines = [
            f"mapping {self.mapping}: {self.rows:,} rows, {counts.items:,} items, {len(counts.teams):,} teams",
            f"events: {self.events:,} ({counts.moved:,} moves, {counts.statuses:,} statuses)",
        ]
        if self.first_ms is not None and self.last_ms is not None:
            lines.append(f"time: {from_ms(self.first_ms):%Y-%m-%d %H:%M} to {from_ms(self.last_ms):%Y-%m-%d %H:%M} UTC")
        if counts.time_clamped:
            lines.append(
                f"time_clamped: {counts.time_clamped:,} rows ran backwards inside their case and got their predecessor's time"
            )
        if counts.ignored:
            lines.append(f"ignored: {counts.ignored:,} rows have a status the mapping ignores (their moves were used)")
        for word, count in counts.unmapped.most_common(20):
            first_lines = ", ".join(map(str, counts.unmapped_lines[word]))
            lines.append(
                f"unmapped status {word!r}: {count:,} rows (first lines: {first_lines}); "
                + ("they count as work" if counts.finished else "their moves were used, the status was not")
            )
        lines.append(f"bad rows: {self.bad_rows:,}")
        lines += [f"    line {line}: {problem}" for line, problem in self.bad_examples]
        if self.dry_run:
            lines.append("dry run: nothing was sent; the first events would be:")
            lines += [f"    {value.decode()}" for value in self.samples]
        else:
            lines.append(
                f"acknowledged by the broker: {self.acknowledged:,} events, {self.ticks:,} ticks, {self.parked:,} dead letters"
            )
        if self.stopped:
            lines.append("stopped before the end; run it again: what was sent is not counted twice")
        return lines
