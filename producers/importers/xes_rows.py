"""Rows of an XES log (XML): one row an event. Memory stays constant; entity bombs and external entities are refused."""

from collections import deque
from collections.abc import Generator
from typing import IO, Any
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from producers.importers.log_rows import LogRow, picker
from producers.importers.mapping import Mapping
from schemas.errors import Stop

_CHUNK = 1 << 16
_MEND = "name an XES file (XML with <log>, <trace>, <event>), or set `format: csv` in the mapping"


def read_xes(stream: IO[bytes], name: str, mapping: Mapping) -> Generator[LogRow, None, None]:
    """The events of ``stream``. The mapping's case is a key of the trace, its other columns are keys of the event.

    A key an event lacks is missing. Raises ``Stop`` when it is not XES, or when no event at all has the key of time or team.
    """
    parser: Any = make_parser()
    reader = _Reader(mapping, parser)
    parser.setContentHandler(reader)
    try:
        while chunk := stream.read(_CHUNK):
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
    for part in ("time", "team"):
        columns = getattr(mapping, part).column
        if reader.seen and not reader.seen.intersection(columns):
            found = ", ".join(sorted(reader.seen)[:40])
            raise Stop(f"{name}: no event has {part}'s key {'/'.join(columns)!r}; found: {found}", f"correct {mapping.name}")


class _Reader(ContentHandler):
    def __init__(self, mapping: Mapping, locator: Locator) -> None:
        super().__init__()
        self.rows: deque[LogRow] = deque()
        self.root = ""
        self.seen: set[str] = set()
        self._inside: list[str] = []
        keys = [(i > 0, key) for i, columns in enumerate(mapping.columns()) for key in columns or ()]
        self._place = {owned: place for place, owned in enumerate(dict.fromkeys(keys))}
        order = iter(keys)
        self._pick = picker(mapping, lambda _: self._place[next(order)])
        self._trace: dict[int, str] = {}
        self._event: dict[int, str] = {}
        self._line = 0
        self._at = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._inside.append(name)
        depth = len(self._inside)
        if depth == 1:
            self.root = name
        elif name == "trace" and depth == 2:
            self._trace = {}
        elif name == "event" and depth == 3:
            self._event = {}
            self._line = self._at.getLineNumber() or 0
        elif depth == 4 and self._inside[2] == "event":
            key = attrs.get("key", "")
            if (place := self._place.get((True, key))) is not None:
                self._event[place] = attrs.get("value", "")
                self.seen.add(key)
            elif len(self.seen) < 100:
                self.seen.add(key)
        elif depth == 3 and self._inside[1] == "trace" and (False, key := attrs.get("key", "")) in self._place:
            self._trace[self._place[False, key]] = attrs.get("value", "")

    def endElement(self, name: str) -> None:
        self._inside.pop()
        if name == "event" and len(self._inside) == 2:
            cells = {**self._trace, **self._event}
            self.rows.append(LogRow(self._line, self._pick([cells.get(place, "") for place in range(len(self._place))])))
