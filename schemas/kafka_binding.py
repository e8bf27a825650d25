"""CloudEvents' binding to Kafka: in which mode a record is written, and the attributes that stand in its headers.

Structured mode: the whole event is the value. Binary mode: each attribute is a header ``ce_<name>``, the value is the data
alone, its content type the header ``content-type``. A record without these headers is read as structured.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from schemas.errors import Park
from schemas.events import Envelope
from schemas.media_types import UTF8, check_json_type, media_type

Headers: TypeAlias = Sequence[tuple[str, bytes]]
Attributes: TypeAlias = dict[str, str | int | bool]
CONTENT_TYPE, PREFIX, HTTP_PREFIX = "content-type", "ce_", "ce-"
NO_TYPE = "type: missing or not a text"
"""What is said of an event without a type: the first thing that lacks where no attribute was found at all."""
MAX_HEADER_BYTES = 64 << 10
_EVENT_FORMATS = "application/cloudevents"
_STRUCTURED = frozenset({_EVENT_FORMATS, f"{_EVENT_FORMATS}+json"})
_INTEGERS = frozenset({"revision", "timenanos"})
_ATTRIBUTES = frozenset({"type", *Envelope.model_fields})
_BOOLEANS = {"true": True, "false": False}


def binding_headers(headers: Iterable[tuple[str, bytes | None]]) -> Headers:
    """Of a record's headers those that say how it is read; of several with one name the last. Baton needs no others."""
    found: dict[str, bytes] = {}
    for name, content in headers:
        if content is not None and (name.lower() == CONTENT_TYPE or name.lower().startswith(PREFIX)):
            found[name.lower()] = content
    return tuple(found.items())


def letter_headers(headers: Iterable[tuple[str, bytes | None]]) -> Headers:
    """The same for a dead letter: cut where they are too large, so that they still are."""
    room = MAX_HEADER_BYTES + 1
    kept = []
    for name, content in binding_headers(headers):
        kept.append((name, content[:room]))
        room -= len(content[:room])
    return kept


def binary_attributes(headers: Iterable[tuple[str, bytes | None]]) -> Attributes | None:
    """The event's attributes, where they stand in headers; None: the record is in structured mode. Raises ``Park``."""
    binding = binding_headers(headers)
    size = sum(len(content) for _, content in binding)
    if size > MAX_HEADER_BYTES:
        raise Park("too_large", f"{size} bytes of headers; an event has at most {MAX_HEADER_BYTES}")
    texts = {name: _text(name, content) for name, content in binding}
    content_type = texts.pop(CONTENT_TYPE, None)
    if content_type is not None and media_type(content_type).name.startswith(_EVENT_FORMATS):
        _check_structured(content_type)
        return None
    if not texts:
        return None
    attributes: Attributes = {
        name.removeprefix(PREFIX): _value(name.removeprefix(PREFIX), text) for name, text in texts.items()
    }
    attributes.pop("data", None)  # no attribute: it would stand where the value belongs
    if content_type is not None:
        try:
            check_json_type(content_type)
        except ValueError:
            raise Park(
                "unsupported_encoding",
                f"content-type: {content_type[:80]}; the data of an event is JSON in UTF-8: write it so",
            ) from None
        attributes["datacontenttype"] = content_type
    return attributes


def as_its_writer_knows_it(park: Park, headers: Headers, attributes: Attributes | None) -> Park:
    """Why an event was not taken, in words of its headers: in binary mode the header and not the field, and the prefix where
    it is another binding's."""
    detail = park.detail
    if attributes is not None:
        name = detail.partition(":")[0]
        if name not in _ATTRIBUTES:
            return park
        mode = f"; the record has headers {PREFIX}…, so it is read in binary mode" if detail == NO_TYPE else ""
        return Park(park.reason, f"{PREFIX}{detail}{mode}")
    if detail == NO_TYPE and any(name.lower().startswith(HTTP_PREFIX) for name, _ in headers):
        prefix = f"its headers are called {HTTP_PREFIX}…, as in HTTP: the prefix of CloudEvents' binding to Kafka is {PREFIX}"
        return Park(park.reason, f"{detail}; {prefix}")
    return park


def _check_structured(content_type: str) -> None:
    kind = media_type(content_type)
    if kind.name not in _STRUCTURED:
        raise Park(
            "unsupported_encoding",
            f"content-type: {content_type[:80]}; write each event in a record of its own as {_EVENT_FORMATS}+json",
        )
    if kind.charset not in UTF8:
        raise Park("unsupported_encoding", f"content-type: charset {kind.charset[:40]}; JSON is written in UTF-8")


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Park("invalid_utf8", f"header {name[:80]}: byte {error.start} is not UTF-8") from None


def _value(name: str, text: str) -> str | int | bool:
    """Headers hold texts; a number or a truth value that is none stays a text, which the event's model refuses."""
    if name in _INTEGERS and text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)
    return _BOOLEANS.get(text, text) if name == "deleted" else text
