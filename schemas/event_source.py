"""Who sent a record, as far as that can be read of one that is otherwise no use."""

from collections.abc import Iterable

import msgspec

from schemas.event_codec import MAX_BYTES
from schemas.kafka_binding import CONTENT_TYPE, PREFIX, binding_headers


class _Sent(msgspec.Struct):
    source: str = ""


_decoder = msgspec.json.Decoder(_Sent)
_STRUCTURED = b"application/cloudevents"


def source_of(value: bytes | None, headers: Iterable[tuple[str, bytes | None]] = ()) -> str:
    """The CloudEvents source of a record; empty where it can't be read. Never raises."""
    attributes = dict(binding_headers(headers))
    written = attributes.get(f"{PREFIX}source")
    # As the codec reads it: in structured mode attributes in headers say nothing.
    if written is not None and not attributes.get(CONTENT_TYPE, b"").strip().lower().startswith(_STRUCTURED):
        return written.decode("utf-8", "replace")
    if value is None or len(value) > MAX_BYTES:
        return ""
    try:
        return _decoder.decode(value).source
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
