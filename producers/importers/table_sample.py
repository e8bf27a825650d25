"""The first rows of a log of which nothing is known yet: its columns with their cells."""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

from producers.importers.csv_records import DELIMITERS, Dialect, cells_of, records
from producers.importers.csv_rows import SEP_LINE
from producers.importers.log_file import open_log
from producers.importers.log_rows import BLANKS
from producers.importers.sheet_rows import cell_text, shown_sheets
from producers.importers.text_encoding import encoding_of
from producers.importers.xes_parser import DefusedXmlException, SAXParseException, XesReader, xes_parser
from schemas.errors import Stop

MOST_ROWS = 20_000
_LINES_LOOKED_AT = 50
_CHUNK_BYTES = 1 << 16


class Sample(NamedTuple):
    """``columns``: cells by column, all equally many. ``case_keys``: of an XES log the columns that are keys of the trace."""

    format: str
    columns: dict[str, list[str]]
    case_keys: frozenset[str] = frozenset()
    delimiter: str = ","
    skip_rows: int = 0
    encoding: str | None = None
    sheet: str | None = None

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return len(next(iter(self.columns.values()), []))


def sample_of(path: Path) -> Sample:
    """The first rows of ``path``. Raises ``Stop`` when it is no table and no XES, or holds no row."""
    with open_log(path) as log:
        if log.kind == "text":
            sample = _of_csv(log.stream, log.name)
        elif log.kind == "XML":
            sample = _of_xes(log.stream, log.name)
        elif log.kind in {"spreadsheet", "old Office document (.xls)"}:
            sample = _of_sheet(log.stream, log.name)
        else:
            raise Stop(f"{path} is {log.kind}", "export the log as CSV, as XES, or as a spreadsheet")
    if not sample.rows:
        raise Stop(f"{path} holds no rows", "export the log again")
    return sample


def _of_csv(stream: IO[bytes], name: str) -> Sample:
    encoding, why = encoding_of(stream, None)
    text = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
    head = list(islice(text, _LINES_LOOKED_AT))
    by_delimiter = {one: Counter(len(cells_of(line, Dialect(one))) for line in head if line.strip()) for one in DELIMITERS}
    # The one by which most lines have the same number of cells, and more than one.
    delimiter = max(DELIMITERS, key=lambda one: max((n * (w > 1), w) for w, n in by_delimiter[one].items()))
    dialect = Dialect(delimiter)
    width = max(by_delimiter[delimiter].items(), key=lambda found: (found[1] * (found[0] > 1), found[0]))[0]
    titles_at = next((n for n, line in enumerate(head) if len(cells_of(line, dialect)) >= width), 0)
    lines = iter(head[titles_at:])
    found = records(lambda size: next(lines, "") or text.readline(size), name, dialect, titles_at)
    titles = _distinct([title.strip().lstrip("\ufeff") for title in next(found).cells])
    rows = (record.cells for record in found if record.problem is None and len(record.cells) >= len(titles) - 1)
    columns = _columns(titles, rows)
    text.detach()
    guessed = encoding if why == "guessed" else None
    titles_after = titles_at - (SEP_LINE.match(head[0].lstrip("\ufeff")) is not None) if head else 0
    return Sample("csv", columns, delimiter=delimiter, skip_rows=titles_after, encoding=guessed)


def _of_sheet(stream: IO[bytes], name: str) -> Sample:
    try:
        book = CalamineWorkbook.from_filelike(stream)
        sheets = shown_sheets(book)
    except CalamineError as error:
        raise Stop(f"{name} can't be read as a spreadsheet: {error}", "save it again, without a password") from None
    if not sheets:
        raise Stop(f"{name} has no sheet with cells that is shown", "export the log again")
    sheet = max(sheets, key=lambda one: one.height * one.width)
    numbered = ((number, [cell_text(cell) for cell in row]) for number, row in enumerate(sheet.iter_rows()))
    filled = ((number, cells) for number, cells in numbered if any(cells))
    titles_at, titles = next(((n, cells) for n, cells in filled if sum(map(bool, cells)) > len(cells) / 2), (0, []))
    named = sheet.name if len(sheets) > 1 else None
    return Sample("xlsx", _columns(_distinct(titles), (cells for _, cells in filled)), skip_rows=titles_at, sheet=named)


def _distinct(titles: Sequence[str]) -> list[str]:
    """Those that stand twice are no columns that a mapping can name."""
    return [title if titles.count(title) == 1 else "" for title in titles]


def _columns(titles: Sequence[str], rows: Iterator[Sequence[str]]) -> dict[str, list[str]]:
    whole = list(islice(rows, MOST_ROWS))
    return {
        title: [row[place].strip(BLANKS) if place < len(row) else "" for row in whole]
        for place, title in enumerate(titles)
        if title.strip()
    }


def _of_xes(stream: IO[bytes], name: str) -> Sample:
    reader = _Reader()
    parser = xes_parser()
    parser.setContentHandler(reader)
    # What is broken is said by the import; here the rows before it are enough.
    with suppress(SAXParseException, DefusedXmlException):
        while len(reader.rows) < MOST_ROWS and (chunk := stream.read(_CHUNK_BYTES)):
            parser.feed(chunk)
    if not reader.rows:
        raise Stop(f"{name} holds no events that can be read", "export the log again as XES")
    keys = dict.fromkeys(key for row in reader.rows for key in row)
    columns = {key: [row.get(key, "") for row in reader.rows] for key in keys}
    return Sample("xes", columns, case_keys=frozenset(reader.case_keys.values()))


class _Reader(XesReader):
    """``rows``: cells by key, those of the trace under their names in ``case_keys`` (key → name)."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, str]] = []
        self.case_keys: dict[str, str] = {}
        self._trace: dict[str, str] = {}
        self._event: dict[str, str] = {}

    def trace_begins(self) -> None:
        self._trace = {}

    def event_begins(self) -> None:
        self._event = {}

    def attribute(self, of_event: bool, key: str, value: str) -> None:
        if of_event:
            self._event[key] = value
        else:
            # A trace and its events may use one key for different things, as `concept:name` is.
            self._trace[self.case_keys.setdefault(key, f"{key} of the trace")] = value

    def event_ends(self) -> None:
        self.rows.append({**self._trace, **self._event})
