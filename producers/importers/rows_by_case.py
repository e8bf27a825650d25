"""A log's file → its rows, the rows of each case together and in order, in memory that does not grow with the file."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from producers.importers.csv_rows import read_csv
from producers.importers.external_sort import ExternalSort
from producers.importers.log_file import opened
from producers.importers.log_rows import CASE, TIME, LogRow
from producers.importers.mapping import Mapping
from producers.importers.progress import Progress
from producers.importers.xes_rows import read_xes
from producers.parsing.time_formats import reader_of
from schemas.errors import Stop

TimedRow = tuple[LogRow, int | None]
"""A row and its time in ms UTC; None when it has none or can't be used."""
_EVERY = 2000
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, tuple[str | None, ...], str | None, int | None]).decode


def read_into(sort: ExternalSort, path: Path, mapping: Mapping, progress: Progress) -> tuple[int, int]:
    """Put all rows of ``path`` into ``sort``: by case, then as ``mapping.order`` says. Returns (rows, those unusable).

    Raises ``Stop`` when the file is not what the mapping describes, or holds no row.
    """
    read_time = reader_of(mapping.time.formats, mapping.time.zone)
    by_time = mapping.order == "time"
    rows = bad = 0
    read = read_csv if mapping.format == "csv" else read_xes
    with opened(path) as log, closing(read(log.stream, log.name, mapping)) as found:
        for row in found:
            rows += 1
            cells, problem, time_ms = row.cells, row.problem, None
            if problem is None:
                try:
                    time_ms = read_time(cells[TIME] or "")
                except ValueError as error:
                    problem = "the time is missing" if cells[TIME] is None else str(error)
                if cells[CASE] is None:
                    problem, time_ms = "the case is missing", None
            try:
                blob = _encode((row.line, cells, problem, time_ms))
            except UnicodeEncodeError:
                cells = tuple(c and c.encode("utf-8", "backslashreplace").decode() for c in cells)
                problem, time_ms = f"bytes that are not {mapping.encoding}", None
                blob = _encode((row.line, cells, problem, None))
            bad += problem is not None
            place = (-1 if time_ms is None else time_ms, rows) if by_time else (rows,)
            sort.add((cells[CASE] or "", *place), blob)
            if rows % _EVERY == 0:
                progress("reading", log.done(), log.total)
        progress("reading", log.total, log.total)
    if not rows:
        raise Stop(f"{path} holds no rows", "export the log again")
    return rows, bad


def in_order(sort: ExternalSort) -> Iterator[TimedRow]:
    """The rows put into ``sort``, case by case."""
    for _, blob in sort.sorted():
        line, cells, problem, time_ms = _decode(blob)
        yield LogRow(line, cells, problem), time_ms
