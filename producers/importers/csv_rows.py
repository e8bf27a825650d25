"""Rows of a CSV log."""

import csv
import io
from collections.abc import Generator, Iterator
from typing import IO

from producers.importers.log_rows import LogRow, MappedCells, cell_picker
from producers.importers.mapping import Mapping
from schemas.errors import Stop

MAX_CELL_CHARS = 1 << 20


def read_csv(stream: IO[bytes], name: str, mapping: Mapping) -> Generator[LogRow, None, None]:
    """The rows of ``stream``; a row with the wrong number of cells has a ``problem``.

    Raises ``Stop`` when the header lacks a column of the mapping. Bytes that are not in the mapping's encoding stay as
    they are, so that only their row is refused.
    """
    encoding = "utf-8-sig" if mapping.encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else mapping.encoding
    text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
    try:
        yield from _rows(text, name, mapping)
    finally:
        text.detach()  # else its end would close the stream, which belongs to who opened it


def _rows(text: io.TextIOWrapper, name: str, mapping: Mapping) -> Iterator[LogRow]:
    csv.field_size_limit(MAX_CELL_CHARS)
    rows = csv.reader(text, delimiter=mapping.delimiter)
    header = [cell.strip() for cell in next(rows, [])]
    pick = cell_picker(mapping, lambda column: _index_of(column, header, name, mapping))
    width = len(header)
    while True:
        try:
            for cells in rows:
                if len(cells) == width:
                    yield LogRow(rows.line_num, pick(cells))
                elif cells:
                    padded = (cells + [""] * width)[:width]
                    yield LogRow(rows.line_num, pick(padded), f"has {len(cells)} cells, the header has {width}")
            return
        except csv.Error as error:
            yield LogRow(rows.line_num, MappedCells(), f"not CSV: {error}")


def _index_of(column: str, header: list[str], name: str, mapping: Mapping) -> int:
    found = header.count(column)
    if found == 1:
        return header.index(column)
    if found > 1:
        raise Stop(f"{name}: {found} columns are called {column!r}", "give them different names in the file's first line")
    others = ", ".join(header[:40]) or "none"
    hint = f"; is the delimiter really {mapping.delimiter!r}?" if len(header) == 1 else ""
    raise Stop(
        f"{name}: there is no column {column!r}; found: {others}{hint}",
        f"correct the column in the mapping {mapping.name}, or name another file",
    )
