"""Rows of an XES log (XML): one row an event. Memory stays constant; entity bombs and external entities are refused."""

from collections import deque
from collections.abc import Generator
from typing import IO
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from producers.importers.log_rows import LogRow, cell_picker
from producers.importers.mapping import Mapping
from schemas.errors import Stop

_CHUNK_BYTES = 1 << 16
_MAX_SEEN = 100
"""Keys of events that a message can name when one of the mapping is missing."""
_MEND = "name an XES file (XML with <log>, <trace>, <event>), or set `format: csv` in the mapping"


def read_xes(stream: IO[bytes], name: str, mapping: Mapping) -> Generator[LogRow, None, None]:
    """The events of ``stream``. The mapping's case is a key of the trace, its other columns are keys of the event.

    A key an event lacks is missing. Raises ``Stop`` when it is not XES, or when no event at all has the key of time or team.
    """
    parser = make_parser()
    reader = _Reader(mapping, parser)
    parser.setContentHandler(reader)
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            parser.feed(chunk)
            while reader.rows:
                yield reader.rows.popleft()
        parser.close()
    except SAXParseException as error:
        raise Stop(f"{name}, line {error.getLineNumber()}: not XML: {error.getMessage()}", _MEND) from None
    except DefusedXmlException as error:
        raise Stop(f"{name}: refused, it declares entities ({type(error).__name__})", "remove the DTD from the file") from None
    if reader.root != "log":
        raise Stop(f"{name}: the outermost element is <{reader.root}>, expected <log>", _MEND)
    for part, columns in (("time", mapping.time.column), ("team", mapping.team.column)):
        if reader.seen and not reader.seen.intersection(columns):
            found = ", ".join(sorted(reader.seen)[:40])
            raise Stop(f"{name}: no event has {part}'s key {'/'.join(columns)!r}; found: {found}", f"correct {mapping.name}")


class _Reader(ContentHandler):
    """``rows``: those complete and not taken yet; ``seen``: keys of events; ``root``: name of the outermost element."""

    def __init__(self, mapping: Mapping, locator: Locator) -> None:
        super().__init__()
        self.rows: deque[LogRow] = deque()
        self.root = ""
        self.seen: set[str] = set()
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
        elif depth == 3 and self._open[-2] == "trace" and (False, key := attrs.get("key", "")) in self._index:
            self._trace[self._index[False, key]] = attrs.get("value", "")

    def endElement(self, name: str) -> None:
        self._open.pop()
        if name == "event" and len(self._open) == 2:
            cells = {**self._trace, **self._event}
            self.rows.append(LogRow(self._line, self._pick([cells.get(index, "") for index in range(len(self._index))])))
