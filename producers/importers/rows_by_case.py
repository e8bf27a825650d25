"""A log's file → its rows, the rows of each case together and in order, in memory that does not grow with the file."""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from producers.importers.csv_rows import read_csv
from producers.importers.external_sort import ExternalSort
from producers.importers.file_kind import refuse_other_kinds
from producers.importers.file_notes import FileNotes
from producers.importers.log_file import open_log
from producers.importers.log_rows import LogRow, MappedCells, whole_number
from producers.importers.mapping import Mapping
from producers.importers.progress import Progress
from producers.importers.sheet_rows import read_sheet
from producers.importers.xes_rows import read_xes
from producers.parsing.time_formats import Moment, TimeParser, time_parser
from schemas.errors import Stop
from schemas.timestamps import AHEAD_MS

_PROGRESS_ROWS = 2000
_NO_TIME = -1
"""Where rows are sorted by time, those without one stand first in their case."""
_BEFORE_ALL = -(2**62)
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d+")


class TimedRow(NamedTuple):
    """A row and its moment; None when it has none or can't be used."""

    row: LogRow
    moment: Moment | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, MappedCells, str | None, Moment | None]).decode
_READERS: dict[str, Callable[[IO[bytes], str, Mapping, FileNotes], Generator[LogRow, None, None]]] = {
    "csv": read_csv,
    "xes": read_xes,
    "xlsx": read_sheet,
}


class RowsRead(NamedTuple):
    """How many rows a file has, and how many of them can't be used."""

    rows: int
    bad: int


def sort_by_case(
    sort: ExternalSort, path: Path, mapping: Mapping, progress: Progress, notes: FileNotes, now_ms: int
) -> RowsRead:
    """Put all rows of ``path`` into ``sort``: by case, then as ``mapping.order`` says.

    What lies so far ahead of ``now_ms`` that the folds would refuse it can't be used. Raises ``Stop`` when the file is not
    what the mapping describes, or holds no row.
    """
    parse_time = time_parser(mapping.formats(mapping.time), mapping.time.zone)
    rows = bad = 0
    case, last_ms = "", _BEFORE_ALL
    with open_log(path) as log:
        refuse_other_kinds(log.kind, mapping.format, log.name)
        with closing(_READERS[mapping.format](log.stream, log.name, mapping, notes)) as log_rows:
            for row in log_rows:
                rows += 1
                cells, moment = row.cells, None
                problem = row.problem or _problem_of_case(cells.case)
                if problem is None:
                    try:
                        moment = _moment(cells.time, parse_time, now_ms)
                    except ValueError as error:
                        problem = str(error)
                try:
                    blob = _encode((row.line, cells, problem, moment))
                except UnicodeEncodeError:
                    cells = MappedCells(*(cell and cell.encode("utf-8", "backslashreplace").decode() for cell in cells))
                    problem, moment = f"bytes that are not {notes.encoding}", None
                    blob = _encode((row.line, cells, problem, None))
                bad += problem is not None
                if moment is not None:
                    if last_ms != _BEFORE_ALL:
                        (notes.in_cases if cells.case == case else notes.across).add(last_ms, moment.ms)
                    case, last_ms = cells.case or "", moment.ms
                sort.add((cells.case or "", *_place(mapping, rows, moment, cells.sequence)), blob)
                if rows % _PROGRESS_ROWS == 0:
                    progress("reading", log.bytes_read(), log.total_bytes)
        progress("reading", log.total_bytes, log.total_bytes)
    if not rows:
        raise Stop(f"{path} holds no rows", "export the log again")
    return RowsRead(rows, bad)


def _problem_of_case(case: str | None) -> str | None:
    if case is None:
        return "the case is missing"
    return f"the case {case} was rounded by a spreadsheet; export it as a text" if _ROUNDED.fullmatch(case) else None


def _moment(text: str | None, parse_time: TimeParser, now_ms: int) -> Moment:
    """The row's time. Raises ``ValueError`` when it has none that can be used."""
    if text is None:
        raise ValueError("the time is missing")
    moment = parse_time(text)
    if moment.ms > now_ms + AHEAD_MS:
        raise ValueError(f"the time {text!r} is more than 400 days ahead of now")
    return moment


def _place(mapping: Mapping, rows: int, moment: Moment | None, sequence: str | None) -> tuple[int, ...]:
    """What a row is sorted by within its case; unique, because its number in the file comes last."""
    if mapping.order == "newest_first":
        return (-rows,)
    if mapping.order == "rows":
        return (rows,)
    return (_NO_TIME if moment is None else moment.ms, whole_number(sequence) or 0, rows)


def rows_by_case(sort: ExternalSort) -> Iterator[TimedRow]:
    """The rows put into ``sort``, case by case."""
    for _, blob in sort.sorted():
        line, cells, problem, moment = _decode(blob)
        yield TimedRow(LogRow(line, cells, problem), moment)
