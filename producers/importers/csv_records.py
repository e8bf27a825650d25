"""Text → records of a CSV file with the lines they stand in. Where quotation breaks, nothing is guessed."""

import csv
import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from schemas.errors import Stop

DELIMITERS = (",", ";", "\t", "|")
"""Those in use, the usual ones first."""
MAX_RECORD_CHARS = 1 << 20
MAX_LINE_CHARS = 1 << 24
_MAX_INNER_LINES = 50
_MAX_INNER_CHARS = 4096


ReadLine = Callable[[int], str]
"""Gives the next line, at most so many characters of it; an empty text is the end."""


class Dialect(NamedTuple):
    """How cells are told apart. ``quote``: empty where quotation marks are signs like others."""

    delimiter: str
    quote: str = '"'
    escape: str = ""


class Record(NamedTuple):
    """A record in lines ``first`` to ``last``; with a ``problem`` it has no cells. ``inner``: its first lines, if several."""

    first: int
    last: int
    cells: list[str]
    problem: str | None = None
    inner: tuple[str, ...] = ()


class _Lines:
    """Gives a CSV reader line after line and knows which belong to the record it is at."""

    def __init__(self, readline: ReadLine, name: str, dialect: Dialect, line: int) -> None:
        self._readline = readline
        self._name = name
        self._quote = dialect.quote
        # Databases that escape write a null as an escaped N, which would be a team of that name.
        sides = re.escape(dialect.delimiter), re.escape(dialect.escape)
        self._null = re.compile(r"(?:(?<=^)|(?<={0})){1}N(?={0}|[\r\n]|$)".format(*sides)) if dialect.escape else None
        self._ahead = ""
        self.last = line
        self.begin()

    def begin(self) -> None:
        """What comes next is a new record."""
        self.first = self.last + 1
        self.marks = self.chars = 0
        self.inner: list[str] = []

    def look_ahead(self) -> str:
        """The next line, which ``next`` will give, unless it is passed over; empty at the end."""
        self._ahead = self._ahead or self._readline(MAX_LINE_CHARS)
        return self._ahead

    def pass_over(self) -> None:
        """The line that was looked at is done with."""
        self._ahead = ""
        self.last += 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.look_ahead()
        if not line:
            raise StopIteration
        self._ahead = ""
        self.last += 1
        if len(line) >= MAX_LINE_CHARS:
            raise Stop(f"{self._name}, line {self.last}: longer than {MAX_LINE_CHARS:,} characters", "is it really CSV?")
        self.chars += len(line)
        if self._quote:
            self.marks += line.count(self._quote)
        if len(self.inner) < _MAX_INNER_LINES:
            self.inner.append(line[:_MAX_INNER_CHARS])
        if self._null is not None:
            line = self._null.sub("", line)
        if self.chars > MAX_RECORD_CHARS and self.first < self.last:
            # Within quotation marks only the next mark matters: of what is refused anyway nothing is kept.
            mark = line.find(self._quote) if self._quote else -1
            return line[mark:] if mark >= 0 else ""
        return line


def records(readline: ReadLine, name: str, dialect: Dialect, lines_before: int) -> Iterator[Record]:
    """The records of a text, which has given ``lines_before`` lines before; blank lines are none.

    A record beyond ``MAX_RECORD_CHARS``, or whose quotation is wrong though its marks come in pairs, has a problem. Raises
    ``Stop`` where they don't: then nobody can tell where the cell ends, and each further row would be a guess.
    """
    csv.field_size_limit(2 * MAX_LINE_CHARS)
    lines = _Lines(readline, name, dialect, lines_before)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE
    reader = csv.reader(
        lines, delimiter=dialect.delimiter, quotechar=dialect.quote or None, escapechar=dialect.escape or None,
        doublequote=not dialect.escape, quoting=quoting, strict=True, skipinitialspace=True,
    )  # fmt: skip
    marks = tuple(filter(None, (dialect.quote, dialect.escape)))
    while True:
        # A line without marks is what it looks like, and most are; the reader takes three times as long for it.
        line = lines.look_ahead()
        if line and len(line) <= MAX_RECORD_CHARS and not any(mark in line for mark in marks):
            lines.pass_over()
            if plain := line.rstrip("\r\n"):
                yield Record(lines.last, lines.last, plain.split(dialect.delimiter))
            continue
        lines.begin()
        try:
            cells = next(reader, None)
        except csv.Error:
            yield _broken(lines, name, dialect)
            continue
        if cells is None:
            return
        if lines.chars > MAX_RECORD_CHARS:
            yield Record(lines.first, lines.last, [], f"longer than {MAX_RECORD_CHARS:,} characters{_span(lines)}")
        elif cells:
            inner = tuple(lines.inner) if lines.first < lines.last else ()
            yield Record(lines.first, lines.last, cells, None, inner)


def cells_of(line: str, dialect: Dialect) -> list[str]:
    """The cells of one line as if it stood alone, whatever its quotation marks do."""
    try:
        return next(csv.reader([line], delimiter=dialect.delimiter, quotechar=dialect.quote or None), [])
    except csv.Error:
        return []


def _span(lines: _Lines) -> str:
    return f" (lines {lines.first} to {lines.last})" if lines.first < lines.last else ""


def _broken(lines: _Lines, name: str, dialect: Dialect) -> Record:
    """The record at which the reader gave up."""
    if lines.marks % 2 or dialect.escape or not lines.marks:
        raise Stop(
            f"{name}, line {lines.first}: a quotation mark opens a cell that does not close as CSV has it "
            f"(looked up to line {lines.last})",
            "double the mark inside the cell or take it out; where marks are signs like others, as in 24\", "
            'set `quote: ""` in the mapping; where a sign stands before marks inside cells, `escape: "\\\\"`',
        )  # fmt: skip
    return Record(lines.first, lines.last, [], f"a quotation mark stands where CSV allows none{_span(lines)}")
