"""Rows of an XES log (XML): one row an event. Memory stays constant; entity bombs and external entities are refused."""

import codecs
from collections import deque
from collections.abc import Generator
from typing import IO
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from producers.importers.file_notes import FileNotes
from producers.importers.log_rows import LogRow, cell_picker
from producers.importers.mapping import Columns, Mapping
from producers.importers.xes_parser import DefusedXmlException, SAXParseException, xes_parser
from schemas.errors import Stop

_CHUNK_BYTES = 1 << 16
_MAX_SEEN = 100
_MAX_SHOWN = 40
"""Keys of events that a message can name when one of the mapping is missing."""
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


class _Reader(ContentHandler):
    """``rows``: those complete and not taken yet; ``seen``: keys of events, ``seen_of_traces`` those of traces.

    ``root``: name of the outermost element.
    """

    def __init__(self, mapping: Mapping, locator: Locator) -> None:
        super().__init__()
        self.rows: deque[LogRow] = deque()
        self.root = ""
        self.outside_traces = 0
        self.seen: set[str] = set()
        self.seen_of_traces: set[str] = set()
        self._open: list[str] = []
        of_trace, *of_event = mapping.columns()
        keys = [*((False, key) for key in of_trace or ()), *((True, key) for columns in of_event for key in columns or ())]
        self._index = {key: index for index, key in enumerate(dict.fromkeys(keys))}  # (of the event?, key) → its cell
        order = iter(keys)  # the picker asks for the columns in the order of Mapping.columns()
        self._pick = cell_picker(mapping, lambda _: self._index[next(order)])
        self._trace: dict[int, str] = {}
        self._event: dict[int, str] = {}
        self._line = 0
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        *_, name = name.split(":")
        self._open.append(name)
        depth = len(self._open)
        if depth == 1:
            self.root = name
        elif name == "trace" and depth == 2:
            self._trace = {}
        elif name == "event" and depth == 3:
            self._event = {}
            self._line = self._locator.getLineNumber() or 0
        elif depth == 4 and self._open[-2] == "event":
            key = attrs.get("key", "")
            if (index := self._index.get((True, key))) is not None:
                self._event[index] = attrs.get("value", "")
                self.seen.add(key)
            elif len(self.seen) < _MAX_SEEN:
                self.seen.add(key)
        elif depth == 3 and self._open[-2] == "trace":
            key = attrs.get("key", "")
            if (index := self._index.get((False, key))) is not None:
                self._trace[index] = attrs.get("value", "")
                self.seen_of_traces.add(key)
            elif len(self.seen_of_traces) < _MAX_SEEN:
                self.seen_of_traces.add(key)

    def endElement(self, name: str) -> None:
        name = self._open.pop()
        self.outside_traces += name == "event" and len(self._open) == 1
        if name == "event" and len(self._open) == 2:
            cells = {**self._trace, **self._event}
            self.rows.append(LogRow(self._line, self._pick([cells.get(index, "") for index in range(len(self._index))])))
