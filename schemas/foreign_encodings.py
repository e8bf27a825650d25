"""Values that are no event in JSON, named by their first bytes or their shape: what wrote them, and what to write instead."""

import re
from typing import Any, Final
from uuid import UUID

from schemas.errors import Park

BOM: Final = b"\xef\xbb\xbf"
"""UTF-8's byte order mark, which readers of JSON may pass over (RFC 8259, 8.1)."""
_PLAIN = "write plain JSON: a string or bytes serializer in place of the registry's"
# The first two characters of an object in UTF-16 or UTF-32, with or without a mark. Asked before anything else: one of them
# begins with a zero byte, as a registry's framing does.
_FIRST, _NEXT = rb"[\t\n\r {]", rb"[^\0]"
_WIDE = {
    "UTF-32": rb"\0\0\xfe\xff|\xff\xfe\0\0|\0\0\0%b\0\0\0%b|%b\0\0\0%b\0\0\0" % ((_FIRST, _NEXT) * 2),
    "UTF-16": rb"\xfe\xff|\xff\xfe|\0%b\0%b|%b\0%b\0" % ((_FIRST, _NEXT) * 2),
}
_BEGINNINGS = {name: re.compile(pattern) for name, pattern in _WIDE.items()}
_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x82SNAPPY\0": "snappy",
    b"\xff\x06\0\0sNaPpY": "snappy",
    b"\x78\x01": "zlib",
    b"\x78\x9c": "zlib",
    b"\x78\xda": "zlib",
    b"BZh": "bzip2",
}
_GLUE = {b"\x03\0": "plain", b"\x03\x05": "compressed"}
_CONNECT = {"schema", "payload"}


def foreign_encoding(value: bytes) -> Park | None:
    """Why bytes that are no JSON can't be read, where their beginning tells what wrote them."""
    found = _wide(value) or _compressed(value) or _framed(value)
    return Park("unsupported_encoding", found) if found else None


def _wide(value: bytes) -> str | None:
    return next(
        (f"written in {name}: write JSON in UTF-8" for name, begins in _BEGINNINGS.items() if begins.match(value)), None
    )


def _compressed(value: bytes) -> str | None:
    name = next((name for begin, name in _COMPRESSED.items() if value.startswith(begin)), None)
    return name and (
        f"the value is compressed ({name}): write plain JSON, and let the producer compress its batches (compression.type)"
    )


def _framed(value: bytes) -> str | None:
    """AWS Glue's: version 3, a byte for the compression, 16 of the schema version's UUID. Confluent's, which others write:
    a zero byte, then four of the schema's id, or where these are zero perhaps eight (Apicurio)."""
    if value[:2] in _GLUE and len(value) > 18:
        version = UUID(bytes=value[2:18])
        return f"framed by AWS Glue's schema registry serializer ({_GLUE[value[:2]]}, schema version {version}); {_PLAIN}"
    if value[:1] == b"\0" and len(value) >= 6:
        number = int.from_bytes(value[1:5], "big") or int.from_bytes(value[1:9], "big")
        return f"framed by a schema registry's serializer (a zero byte, then schema id {number}); {_PLAIN}"
    return None


def connect_envelope(tree: Any) -> Park | None:  # what JSON may hold
    """Why an object that Kafka Connect's JsonConverter wrapped is no event, nor the data of one."""
    if not isinstance(tree, dict) or tree.keys() != _CONNECT:
        return None
    return Park(
        "unsupported_encoding",
        "an envelope of Kafka Connect ({schema, payload}): write the payload alone, with value.converter.schemas.enable=false "
        "of its JsonConverter",
    )
