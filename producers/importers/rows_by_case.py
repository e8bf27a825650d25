"""A log's file → its rows, the rows of each case together and in order, in memory that does not grow with the file."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from producers.importers.csv_rows import read_csv
from producers.importers.external_sort import ExternalSort
from producers.importers.log_file import open_log
from producers.importers.log_rows import LogRow, MappedCells
from producers.importers.mapping import Mapping
from producers.importers.progress import Progress
from producers.importers.xes_rows import read_xes
from producers.parsing.time_formats import time_parser
from schemas.errors import Stop

TimedRow = tuple[LogRow, int | None]
"""A row and its time in ms UTC; None when it has none or can't be used."""
_PROGRESS_ROWS = 2000
_NO_TIME = -1
"""Where rows are sorted by time, those without one stand first in their case."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, MappedCells, str | None, int | None]).decode


def sort_by_case(sort: ExternalSort, path: Path, mapping: Mapping, progress: Progress) -> tuple[int, int]:
    """Put all rows of ``path`` into ``sort``: by case, then as ``mapping.order`` says. Returns (rows, those unusable).

    Raises ``Stop`` when the file is not what the mapping describes, or holds no row.
    """
    parse_time = time_parser(mapping.time.formats, mapping.time.zone)
    by_time = mapping.order == "time"
    rows = bad = 0
    read = read_csv if mapping.format == "csv" else read_xes
    with open_log(path) as log, closing(read(log.stream, log.name, mapping)) as log_rows:
        for row in log_rows:
            rows += 1
            cells, problem, time_ms = row.cells, row.problem, None
            if problem is None:
                try:
                    time_ms = parse_time(cells.time or "")
                except ValueError as error:
                    problem = "the time is missing" if cells.time is None else str(error)
                if cells.case is None:
                    problem, time_ms = "the case is missing", None
            try:
                blob = _encode((row.line, cells, problem, time_ms))
            except UnicodeEncodeError:
                cells = MappedCells(*(cell and cell.encode("utf-8", "backslashreplace").decode() for cell in cells))
                problem, time_ms = f"bytes that are not {mapping.encoding}", None
                blob = _encode((row.line, cells, problem, None))
            bad += problem is not None
            order = (_NO_TIME if time_ms is None else time_ms, rows) if by_time else (rows,)
            sort.add((cells.case or "", *order), blob)
            if rows % _PROGRESS_ROWS == 0:
                progress("reading", log.bytes_read(), log.total_bytes)
        progress("reading", log.total_bytes, log.total_bytes)
    if not rows:
        raise Stop(f"{path} holds no rows", "export the log again")
    return rows, bad


def rows_by_case(sort: ExternalSort) -> Iterator[TimedRow]:
    """The rows put into ``sort``, case by case."""
    for _, blob in sort.sorted():
        line, cells, problem, time_ms = _decode(blob)
        yield LogRow(line, cells, problem), time_ms
