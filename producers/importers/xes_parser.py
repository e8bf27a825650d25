"""The XML parser for logs from strangers: entity bombs and external entities are refused."""

from xml.sax import SAXParseException
from xml.sax.expatreader import ExpatParser
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

__all__ = ["DefusedXmlException", "SAXParseException", "XesReader", "xes_parser"]


class XesReader(ContentHandler):
    """What stands where in an XES log: traces in the log, events in traces, attributes of both; nested ones are nobody's.

    ``root``: name of the outermost element; ``outside_traces``: events that stand in no trace. Prefixes of names are left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = ""
        self.outside_traces = 0
        self._open: list[str] = []

    def trace_begins(self) -> None:
        """A trace begins."""

    def event_begins(self) -> None:
        """An event of the trace begins."""

    def event_ends(self) -> None:
        """The event is whole."""

    def attribute(self, of_event: bool, key: str, value: str) -> None:
        """An attribute of the event, or of the trace."""

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        """Called by the parser."""
        *_, name = name.split(":")
        self._open.append(name)
        depth = len(self._open)
        if depth == 1:
            self.root = name
        elif name == "trace" and depth == 2:
            self.trace_begins()
        elif name == "event" and depth == 3:
            self.event_begins()
        elif (depth == 4 and self._open[-2] == "event") or (depth == 3 and self._open[-2] == "trace"):
            self.attribute(depth == 4, attrs.get("key", ""), attrs.get("value", ""))

    def endElement(self, name: str) -> None:
        """Called by the parser."""
        name = self._open.pop()
        if name == "event":
            self.outside_traces += len(self._open) == 1
            if len(self._open) == 2:
                self.event_ends()


def xes_parser() -> ExpatParser:
    """A parser that takes a file piece by piece.

    ``feed`` raises ``SAXParseException`` where it is not XML, ``DefusedXmlException`` where it declares entities.
    """
    parser: ExpatParser = make_parser()
    return parser
