"""The XML parser for logs from strangers: entity bombs and external entities are refused."""

from xml.sax import SAXParseException
from xml.sax.expatreader import ExpatParser
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

__all__ = ["DefusedXmlException", "SAXParseException", "xes_parser"]


def xes_parser(reader: ContentHandler | None = None) -> ExpatParser:
    """A parser that takes a file piece by piece and tells ``reader`` what it finds.

    ``feed`` raises ``SAXParseException`` where it is not XML, ``DefusedXmlException`` where it declares entities.
    """
    parser: ExpatParser = make_parser()
    if reader is not None:
        parser.setContentHandler(reader)
    return parser
