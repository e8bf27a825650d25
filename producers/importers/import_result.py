"""What an import read, sent and could not use; and the same as lines for people."""

from dataclasses import dataclass, field

from producers.importers.advice import advice
from producers.importers.case_counts import CaseCounts
from producers.importers.file_notes import FileNotes
from producers.importers.known_events import Changes
from producers.importers.mapping import Mapping
from schemas.fields import from_ms

MAX_EXAMPLES = 10


@dataclass
class ImportResult:
    """Counts of one import. ``bad_examples``: (line, what is wrong); ``samples``: first events as they'd be sent.

    ``changes``: what they would do in the home; None where nobody asked it.
    """

    mapping: Mapping
    dry_run: bool
    rows: int = 0
    bad_rows: int = 0
    bad_examples: list[tuple[int, str]] = field(default_factory=list)
    counts: CaseCounts = field(default_factory=CaseCounts)
    notes: FileNotes = field(default_factory=FileNotes)
    first_ms: int | None = None
    last_ms: int | None = None
    acknowledged: int = 0
    parked: int = 0
    ticks: int = 0
    stopped: bool = False
    samples: list[bytes] = field(default_factory=list)
    changes: Changes | None = None

    @property
    def events(self) -> int:
        """Events made of the rows."""
        return self.counts.moved + self.counts.statuses.total()

    @property
    def useless(self) -> bool:
        """No row gave an event."""
        return self.counts.moved == 0

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
            f"mapping {self.mapping.name}: {self.rows:,} rows, {counts.items:,} items, {len(counts.teams):,} teams",
            f"events: {self.events:,} ({counts.moved:,} moves, {counts.statuses.total():,} statuses)",
        ]
        if self.first_ms is not None and self.last_ms is not None:
            lines.append(f"time: {from_ms(self.first_ms):%Y-%m-%d %H:%M} to {from_ms(self.last_ms):%Y-%m-%d %H:%M} UTC")
        lines += self.notes.lines()
        if self.useless:
            lines.append("no row could be used")
        else:
            lines += advice(self.mapping, counts, self.notes, whole=self.dry_run)
        lines.append(f"bad rows: {self.bad_rows:,}")
        lines += [f"    line {line}: {problem}" for line, problem in self.bad_examples]
        if self.changes is not None:
            new, corrected, unchanged = self.changes
            lines.append(f"in the home: {new:,} events would be new, {corrected:,} corrected, {unchanged:,} stay as they are")
        if self.dry_run:
            lines.append(
                "dry run: nothing was sent; the first events would be:" if self.samples else "dry run: nothing to send"
            )
            lines += [f"    {value.decode()}" for value in self.samples]
        else:
            lines.append(
                f"acknowledged by the broker: {self.acknowledged:,} events, {self.ticks:,} ticks, {self.parked:,} dead letters"
            )
        if self.stopped:
            lines.append("stopped before the end; run it again: what was sent is not counted twice")
        return lines
