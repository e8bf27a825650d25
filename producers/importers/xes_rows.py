"""Rows of an XES log (XML): one row an event. Memory stays constant; entity bombs and external entities are refused."""

import codecs
from collections import deque
from collections.abc import Generator
from typing import IO
from xml.sax.xmlreader import Locator

from producers.importers.file_notes import FileNotes
from producers.importers.log_rows import LogRow, cell_picker
from producers.importers.mapping import Columns, Mapping
from producers.importers.xes_parser import DefusedXmlException, SAXParseException, XesReader, xes_parser
from schemas.errors import Stop

_CHUNK_BYTES = 1 << 16
_MAX_SEEN = 100
"""Keys of events that a message can name when one of the mapping is missing."""
_MAX_SHOWN = 40
_MEND = "export the log again as XES (XML with <log>, <trace>, <event>)"


def read_xes(stream: IO[bytes], name: str, mapping: Mapping, notes: FileNotes) -> Generator[LogRow, None, None]:
    """The events of ``stream``. The mapping's case is a key of the trace, its other columns are keys of the event.

    A key an event lacks is missing. The mapping's encoding, if any, holds against what the file says of itself. Raises
    ``Stop`` when it is not XES, or when no event at all has the key of time or team, no trace that of the case.
    """
    parser = xes_parser()
    reader = _Reader(mapping, parser)
    parser.setContentHandler(reader)
    # A text is taken as it is, whatever encoding the file declares.
    decode = codecs.getincrementaldecoder(mapping.encoding)().decode if mapping.encoding else None
    notes.encoding, notes.encoding_why = mapping.encoding or "", "mapping" if mapping.encoding else ""
    chunk = b""
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            parser.feed(decode(chunk) if decode else chunk)
            while reader.rows:
                yield reader.rows.popleft()
        parser.close()
    except UnicodeDecodeError as error:
        raise Stop(f"{name} is not {mapping.encoding}: {error.reason}", "correct `encoding` in the mapping") from None
    except SAXParseException as error:
        line = error.getLineNumber()
        if "invalid token" in error.getMessage() and not decode and not _is_utf8(chunk):
            raise Stop(
                f"{name}, line {line}: bytes that are not in the encoding the file declares",
                "say in the mapping what it is, often `encoding: cp1252` or `encoding: latin-1`",
            ) from None
        raise Stop(f"{name}, line {line}: not XML: {error.getMessage()}", _MEND) from None
    except DefusedXmlException as error:
        raise Stop(f"{name}: refused, it declares entities ({type(error).__name__})", "remove the DTD from the file") from None
    if reader.root != "log":
        raise Stop(f"{name}: the outermost element is <{reader.root}>, expected <log>", _MEND)
    notes.outside_traces = reader.outside_traces
    optional = [key for columns in mapping.columns()[3:] for key in columns or ()]
    notes.absent_keys = tuple(key for key in dict.fromkeys(optional) if key not in reader.seen)
    for part, columns in (("time", mapping.time.column), ("team", mapping.team.column)):
        _check_keys(f"{name}: no event has {part}'s key", columns, reader.seen, mapping, reader.seen_of_traces)
    _check_keys(f"{name}: no trace has the case's key", mapping.case, reader.seen_of_traces, mapping)


def _check_keys(
    what: str, columns: Columns, seen: set[str], mapping: Mapping, elsewhere: set[str] | frozenset[str] = frozenset()
) -> None:
    if seen and not seen.intersection(columns):
        found = ", ".join(sorted(seen)[:_MAX_SHOWN])
        if elsewhere.intersection(columns):
            found += "; the traces have it, but of a trace only the case is read"
        raise Stop(f"{what} {'/'.join(columns)!r}; found: {found}", f"correct the mapping {mapping.name}")


def _is_utf8(chunk: bytes) -> bool:
    """Whether it is a piece of such a text; its edges may cut through a character."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(chunk.lstrip(bytes(range(0x80, 0xC0))))
    except UnicodeDecodeError:
        return False
    return True


class _Reader(XesReader):
    """``rows``: those complete and not taken yet; ``seen``: keys of events, ``seen_of_traces`` those of traces."""

    def __init__(self, mapping: Mapping, locator: Locator) -> None:
        super().__init__()
        self.rows: deque[LogRow] = deque()
        self.seen: set[str] = set()
        self.seen_of_traces: set[str] = set()
        of_trace, *of_event = mapping.columns()
        keys = [*((False, key) for key in of_trace or ()), *((True, key) for columns in of_event for key in columns or ())]
        self._index = {key: index for index, key in enumerate(dict.fromkeys(keys))}  # (of the event?, key) → its cell
        order = iter(keys)  # the picker asks for the columns in the order of Mapping.columns()
        self._pick = cell_picker(mapping, lambda _: self._index[next(order)])
        self._trace: dict[int, str] = {}
        self._event: dict[int, str] = {}
        self._line = 0
        self._locator = locator

    def trace_begins(self) -> None:
        self._trace = {}

    def event_begins(self) -> None:
        self._event = {}
        self._line = self._locator.getLineNumber() or 0

    def attribute(self, of_event: bool, key: str, value: str) -> None:
        seen = self.seen if of_event else self.seen_of_traces
        if (index := self._index.get((of_event, key))) is not None:
            (self._event if of_event else self._trace)[index] = value
            seen.add(key)
        elif len(seen) < _MAX_SEEN:
            seen.add(key)

    def event_ends(self) -> None:
        cells = {**self._trace, **self._event}
        self.rows.append(LogRow(self._line, self._pick([cells.get(index, "") for index in range(len(self._index))])))
