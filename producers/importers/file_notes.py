"""What was noticed of a file while it was read, and is told after it."""

from dataclasses import dataclass, field

_FEW = 4


@dataclass
class Direction:
    """Neighbouring rows, by whether the second one's time is later, earlier, or the same."""

    ascending: int = 0
    descending: int = 0
    equal: int = 0

    def add(self, before_ms: int, after_ms: int) -> None:
        """Count two neighbours."""
        self.ascending += after_ms > before_ms
        self.descending += after_ms < before_ms
        self.equal += after_ms == before_ms

    @property
    def neighbours(self) -> int:
        """All that were counted."""
        return self.ascending + self.descending + self.equal

    @property
    def backwards(self) -> bool:
        """Far more go back in time than forward."""
        return self.descending > 2 * self.ascending and self.descending > 1

    @property
    def forward(self) -> bool:
        """Far more go forward in time than back."""
        return self.ascending > 2 * self.descending and self.ascending > 1


@dataclass
class FileNotes:
    """``encoding`` and why it is that one; lines of the rows whose cells run over more than one, the longest of them.

    ``short_rows``: rows that end early, ``extra_cells``: rows with empty cells behind the last column; all of them were used.
    ``absent_keys``: columns of the mapping that no event of an XES log has; ``outside_traces``: its events in no trace.
    ``shown_delimiter``: from a line ``sep=``. ``in_cases``: how times go between neighbouring rows of one case; ``across``: of
    two cases.
    """

    encoding: str = ""
    encoding_why: str = ""
    shown_delimiter: str = ""
    sheet: str = ""
    multiline_rows: int = 0
    longest: tuple[int, int] = (0, 0)
    absent_keys: tuple[str, ...] = ()
    outside_traces: int = 0
    short_rows: int = 0
    extra_cells: int = 0
    in_cases: Direction = field(default_factory=Direction)
    across: Direction = field(default_factory=Direction)

    @property
    def direction(self) -> Direction:
        """How the file goes through time: inside its cases where they stand together, else as a whole."""
        together = self.in_cases.neighbours * _FEW >= self.across.neighbours
        return self.in_cases if together else self.across

    def add_multiline(self, first: int, last: int) -> None:
        """Count a row whose cells run over lines ``first`` to ``last``."""
        self.multiline_rows += 1
        begin, end = self.longest
        if last - first > end - begin:
            self.longest = first, last

    def lines(self) -> list[str]:
        """The notes as lines for people; nothing where nothing is out of the ordinary."""
        lines = []
        if self.sheet:
            lines.append(f"sheet: {self.sheet}")
        if self.encoding_why == "guessed":
            lines.append(f"encoding: {self.encoding}, guessed; look at names with accents, and set `encoding` in the mapping")
        elif self.encoding_why == "mark" and self.encoding != "utf-8-sig":
            lines.append(f"encoding: {self.encoding}, as the file's first bytes say")
        if self.shown_delimiter:
            lines.append(f"delimiter: {self.shown_delimiter!r}, as the file's first line (sep=) says")
        if self.multiline_rows:
            begin, end = self.longest
            lines.append(
                f"cells over several lines: {self.multiline_rows:,} rows, the longest from line {begin} to {end}; "
                "if that is no long text, a quotation mark does not close"
            )
        if self.short_rows:
            lines.append(f"short rows: {self.short_rows:,} end before the last column; what they lack is not read")
        if self.extra_cells:
            lines.append(f"empty cells behind the last column: {self.extra_cells:,} rows; they were left out")
        return lines
