"""Bytes ↔ events. The hot path decodes with structs; what it rejects is explained by the pydantic models."""

import json
import math
import re
from collections.abc import Mapping
from itertools import accumulate
from typing import Any, get_args

import msgspec
from pydantic import ValidationError

from schemas import ticks
from schemas.cloud_event_forms import as_written, may_be_rounded, may_hide_a_time
from schemas.errors import Park
from schemas.event_bodies import BODIES
from schemas.events import CONTROL, MODELS, Envelope, schema_uri
from schemas.fields import from_ms
from schemas.foreign_encodings import BOM, connect_envelope, foreign_encoding
from schemas.kafka_binding import NO_TYPE, Attributes, Headers, as_its_writer_knows_it, binary_attributes
from schemas.keys import SEPARATOR
from schemas.structs.events import AnyEvent, ClockTickedEvent, Event

MAX_BYTES = 1 << 20
"""A larger value is parked unread."""
MAX_DEPTH = 200
"""Deeper nesting is parked. Far below the interpreter's own limit, which moves with the caller's stack."""


TYPE_OF: Mapping[type[Event], str] = {struct: str(struct.__struct_config__.tag) for struct in get_args(AnyEvent)}
"""Struct class → event type."""
_STRUCT_OF: Mapping[str, type[AnyEvent]] = {str(struct.__struct_config__.tag): struct for struct in get_args(AnyEvent)}
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_encoder = msgspec.json.Encoder()


def decode(key: bytes | None, value: bytes | None, headers: Headers = ()) -> AnyEvent:
    """The event in a record of the events topic. Raises ``Park`` with reason and what is wrong, never the payload."""
    attributes = binary_attributes(headers) if headers else None
    if attributes is not None:
        value = _joined(attributes, value)
    if value is None:
        raise Park("null_value", "the record has no value; a retraction is an event with deleted: true")
    if key is None:
        raise Park("null_key", "the record has no key; the key is the event's subject")
    if len(value) > MAX_BYTES:
        raise Park("too_large", f"{len(value)} bytes; an event has at most {MAX_BYTES}")
    try:
        event = _decoded(value)
    except Park as park:
        raise as_its_writer_knows_it(park, headers, attributes) from None
    if type(event) in CONTROL_STRUCTS:
        if type(event) is ClockTickedEvent:
            _check_tick(key, event)
    elif event.subject.encode() != key:
        raise Park("wrong_subject", "the record's key is not the event's subject, so its partition is not the item's")
    return event


def _decoded(value: bytes) -> AnyEvent:
    value = value.removeprefix(BOM)
    escapes = _check_bytes(value)
    if may_be_rounded(value) is None and not (escapes and may_hide_a_time(value)):
        try:
            return _decoder.decode(value)
        except msgspec.MsgspecError as error:
            return _of_another_client(value, error)
    return _of_another_client(value, None)


def _of_another_client(value: bytes, refused: msgspec.MsgspecError | None) -> AnyEvent:
    """The event in what the structs refused, or would have rounded: CloudEvents allows more than Baton writes."""
    tree = _tree(value)
    event = as_written(tree)
    if event is tree and refused is not None:
        raise _explain(event, refused)
    event_type = event.get("type")
    if not isinstance(event_type, str) or event_type not in _STRUCT_OF:
        raise connect_envelope(tree) or _unknown(event_type)
    try:
        # To the one class: over all of them msgspec looks at each of them anew, for twenty times as long.
        return msgspec.convert(event, _STRUCT_OF[event_type])
    except msgspec.MsgspecError as error:
        raise _explain(event, error) from None


def _joined(attributes: Attributes, value: bytes | None) -> bytes:
    """A record in binary mode as it would stand in structured mode."""
    if attributes.get("type") in CONTROL:
        raise Park("rejected", "ce_type: control records are the clock's, which writes them in structured mode")
    head = _encoder.encode(attributes)
    value = (value or b"").removeprefix(BOM)
    if not value:
        return head
    if len(value) <= MAX_BYTES:
        _check_bytes(value)
        try:
            # Judged alone: put into the event unseen, a value could bring attributes of its own.
            msgspec.json.decode(value, type=msgspec.Raw)
        except msgspec.MsgspecError as error:
            raise foreign_encoding(value) or Park("invalid_json", f"data: {error}") from None
    return b'%b%b"data":%b}' % (head[:-1], b"," if attributes else b"", value)


CONTROL_STRUCTS = frozenset(struct for struct, event_type in TYPE_OF.items() if event_type in CONTROL)
"""Of these types are the records that the clock broadcasts."""


def _check_tick(key: bytes, event: ClockTickedEvent) -> None:
    if (key, event.source, event.subject, event.deleted) != (ticks.KEY, ticks.SOURCE, ticks.SUBJECT, False):
        raise Park("rejected", f"a tick has the key {ticks.KEY.decode()}, comes from {ticks.SOURCE}, and is never retracted")


def encode(event: Event) -> bytes:
    """JSON of an event struct, defaults left out."""
    return _encoder.encode(event)


def make(
    event_type: str, *, id: str, source: str, subject: str, time_ms: int, body: dict[str, Any] | None, **more: Any
) -> bytes:
    """JSON of a new event from its parts, in ``time_ms`` milliseconds UTC; raises ``Park`` when a model would reject it."""
    event = {
        "specversion": "1.0", "id": id, "source": source, "type": event_type, "time": from_ms(time_ms), "subject": subject,
        "dataschema": schema_uri(event_type), **more,
    }  # fmt: skip
    if body is not None:
        event["data"] = body
    value = _encoder.encode(event)
    decode(subject.encode(), value)
    return value


def validate(value: bytes) -> Envelope:
    """The event as pydantic model: the slow path with readable errors. Raises ``Park``."""
    value = value.removeprefix(BOM)
    _check_bytes(value)
    return _modelled(as_written(_tree(value)))


def _modelled(tree: dict[str, Any]) -> Envelope:
    event_type = tree.get("type")
    if not isinstance(event_type, str) or event_type not in MODELS:
        raise connect_envelope(tree) or _unknown(event_type)
    try:
        return MODELS[event_type].model_validate(tree)
    except ValidationError as error:
        if envelope := connect_envelope(tree.get("data")):
            raise envelope from None
        if "data_base64" in tree:
            raise Park(
                "unsupported_encoding", "data_base64: bytes; write the event's data as a JSON object in `data`"
            ) from None
        if isinstance(tree.get("data"), str):
            raise Park("invalid_field", "data: a text; write the JSON object itself, not a text that holds one") from None
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        said = str(first["msg"])
        raise Park("invalid_field", f"{where}: {said}" if where else said.removeprefix("Value error, ")) from None


def _tree(value: bytes) -> dict[str, Any]:
    try:
        msgspec.json.decode(value, type=msgspec.Raw)  # syntax as the hot path sees it; json alone would let NaN through
        tree = json.loads(value, parse_float=_number, parse_int=_number)
    except msgspec.MsgspecError as error:
        raise foreign_encoding(value) or Park("invalid_json", str(error)) from None
    if not isinstance(tree, dict):
        raise Park("invalid_json", f"an event is a JSON object, not {type(tree).__name__}")
    return tree


_PARTS = ("to", "from", "supplier", "customer", "team", "deliverable")
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)  # a text that does not end goes to the end: once through, always
_STEPS = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1)}


def _check_bytes(value: bytes) -> bool:
    """Raises ``Park``; gives whether a character below 256 is escaped."""
    if not value.isascii():
        try:
            value.decode()
        except UnicodeDecodeError as error:
            raise foreign_encoding(value) or Park("invalid_utf8", f"byte {error.start} is not UTF-8") from None
    if len(value) > 2 * MAX_DEPTH and value.count(b"[") + value.count(b"{") > MAX_DEPTH:
        steps = (_STEPS.get(byte, 0) for byte in _TEXTS.sub(b"", value))
        if max(accumulate(steps), default=0) > MAX_DEPTH:
            raise Park("too_deep", f"nested more than {MAX_DEPTH} levels deep")
    escapes = b"\\u00" in value
    if escapes and b"\\u001" in value:
        _check_names(value)
    return escapes


def _check_names(value: bytes) -> None:
    """Teams, sources and deliverables are put together with U+001F between them, so they hold none; items and ids may."""
    try:
        tree = json.loads(value)
    except ValueError:
        return  # the decoders say what is wrong
    body = tree.get("data") if isinstance(tree, dict) else None
    names = [("source", tree.get("source"))] if isinstance(tree, dict) else []
    names += [(f"data.{name}", body.get(name)) for name in _PARTS] if isinstance(body, dict) else []
    for where, name in names:
        if isinstance(name, str) and SEPARATOR in name:
            raise Park("invalid_field", f"{where}: holds U+001F, which Baton sets between such names")


_LONGEST_INTEGER = 4_000
_BEYOND = object()


def _number(text: str) -> object:
    """The number, or where it is beyond what the hot path reads an object that no field accepts."""
    if text.lstrip("-").isdigit():
        return int(text) if len(text) <= _LONGEST_INTEGER else _BEYOND
    number = float(text)
    return number if math.isfinite(number) else _BEYOND


def _unknown(event_type: object) -> Park:
    if not isinstance(event_type, str):
        return Park("invalid_field", NO_TYPE)
    stem, _, version = event_type.rpartition(".")
    known = sorted(t for t in BODIES if t.rpartition(".")[0] == stem)
    if known:
        return Park("unknown_version", f"type: version {version[:20]} of {stem}; known: {', '.join(known)}")
    return Park("unknown_type", f"type: {event_type[:80]} is not one of Baton's")


def _explain(event: dict[str, Any], error: msgspec.MsgspecError) -> Park:
    """What is wrong with an event that the structs refuse, in the models' words."""
    try:
        _modelled(event)
    except Park as park:
        return park
    return Park("invalid_field", str(error))
