"""What is no JSON in UTF-8 is named for what it is, in both modes; what only looks like it is not called so."""

import bz2
import gzip
import json
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Callable
from uuid import UUID

import lz4.frame
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import event_codec as codec
from schemas.errors import Park
from schemas.foreign_encodings import BOM, foreign_encoding
from schemas.kafka_binding import letter_headers

EVENT = {
    "specversion": "1.0",
    "id": "e1",
    "source": "desk",
    "type": "baton.item.moved.v1",
    "time": "2026-03-02T09:00:00Z",
    "subject": "W1",
    "data": {"to": "Netzwerk für Zürich"},
}
TEXT = json.dumps(EVENT, ensure_ascii=False)
BODY = json.dumps(EVENT["data"], ensure_ascii=False)
HEADERS = [(f"ce_{name}", str(value).encode()) for name, value in EVENT.items() if name != "data"]
VERSION = UUID("12345678-90ab-cdef-1234-567890abcdef")
Encoder = Callable[[str], bytes]


def told(value: bytes | None, headers: list[tuple[str, bytes]] | None = None) -> Park:
    """Why a record can't be used; the same word is found again from what its dead letter keeps."""
    with pytest.raises(Park) as caught:
        codec.decode(b"W1", value, headers or [])
    with pytest.raises(Park, match=caught.value.reason):
        codec.decode(b"W1", value, letter_headers(headers or []))
    return caught.value


def wide(name: str, mark: bytes = b"", before: str = "") -> Encoder:
    """Writes in a wider form of Unicode."""
    return lambda text: mark + (before + text).encode(name)


ENCODERS: list[tuple[Encoder, str]] = [
    (wide("utf-16-be"), "UTF-16"),
    (wide("utf-16-le"), "UTF-16"),
    (wide("utf-16-be", before="\n  "), "UTF-16"),
    (wide("utf-16-be", BOM_UTF16_BE), "UTF-16"),
    (wide("utf-16-le", BOM_UTF16_LE), "UTF-16"),
    (wide("utf-32-be"), "UTF-32"),
    (wide("utf-32-le"), "UTF-32"),
    (wide("utf-32-be", BOM_UTF32_BE), "UTF-32"),
    (wide("utf-32-le", BOM_UTF32_LE), "UTF-32"),
    (lambda text: gzip.compress(text.encode()), "gzip"),
    (lambda text: zlib.compress(text.encode()), "zlib"),
    (lambda text: zlib.compress(text.encode(), 9), "zlib"),
    (lambda text: bz2.compress(text.encode()), "bzip2"),
    (lambda text: bytes(lz4.frame.compress(text.encode())), "lz4"),
    (lambda text: b"\0\0\0\0\x07" + text.encode(), "schema id 7)"),
    (lambda text: b"\0\0\0\0\0\0\0\0\x07" + text.encode(), "schema id 7)"),
    (lambda text: b"\x03\0" + VERSION.bytes + text.encode(), str(VERSION)),
    (lambda text: b"\x03\x05" + VERSION.bytes + zlib.compress(text.encode()), "Glue"),
    (lambda text: json.dumps({"schema": {"type": "struct"}, "payload": json.loads(text)}).encode(), "schemas.enable=false"),
    (lambda text: json.dumps({"schema": None, "payload": text}).encode(), "schemas.enable=false"),
]


@pytest.mark.guard("other clients")
@pytest.mark.parametrize(("encoder", "says"), ENCODERS, ids=range(len(ENCODERS)))
def test_an_encoding_is_named_in_both_modes(encoder: Encoder, says: str) -> None:
    """UTF-16 and UTF-32 with and without a mark, compressed values, framings of registries and Connect's envelope are each
    parked with their name and what to write instead, whether the value is the event or its data."""
    for park in (told(encoder(TEXT)), told(encoder(BODY), HEADERS)):
        assert park.reason == "unsupported_encoding" and says in park.detail and "write" in park.detail
        assert "Netzwerk" not in park.detail


@pytest.mark.control("other clients")
@given(st.integers(1, 2**23), st.binary())
@example(0x7B, b'"')
@example(0x7B00, b"")
def test_what_a_registry_framed_is_called_so(number: int, payload: bytes) -> None:
    """Negative control: wide text and a registry's framing both begin with a zero byte; a schema id is still read as one."""
    park = foreign_encoding(b"\0" + number.to_bytes(4, "big") + b"\2" + payload)
    assert park is not None and f"schema id {number})" in park.detail


@pytest.mark.parametrize(
    "value", [b"", b"{", b"not json", b"\x03", b"\0", b"{\0", b"\x1f", b"x", b"\xffabc", TEXT.encode()[:40]]
)
def test_what_is_only_broken_is_not_given_a_name(value: bytes) -> None:
    """Negative control: JSON that is cut, texts, and single bytes of the beginnings are no encoding."""
    assert foreign_encoding(value) is None


def test_a_byte_order_mark_is_passed_over() -> None:
    """Once, before an event and before its data: both are read as without it, also where the event is not as Baton has it."""
    plain = codec.decode(b"W1", TEXT.encode())
    assert codec.decode(b"W1", BOM + TEXT.encode()) == plain
    assert codec.decode(b"W1", BOM + BODY.encode(), HEADERS) == plain
    assert codec.decode(b"W1", BOM + TEXT.replace("00Z", "00.1234567Z").encode()).time == codec.decode(
        b"W1", TEXT.replace("00Z", "00.1234567Z").encode()
    ).time  # fmt: skip
    assert codec.validate(BOM + TEXT.encode()) == codec.validate(TEXT.encode())
    assert codec.decode(b"W1", BOM, [*HEADERS, ("ce_deleted", b"true")]).deleted
    assert told(BOM + BOM + TEXT.encode()).reason == told(BOM).reason == "invalid_json"
    assert told(b" " + BOM + TEXT.encode()).reason == "invalid_json"


@pytest.mark.guard("other clients")
def test_the_prefix_of_http_is_named() -> None:
    """Attributes in headers ``ce-…`` are no attributes in Kafka: the event has no type, and the right prefix is said. Beside
    an event in structured mode such headers are nobody's business, and without them nothing is said of a prefix."""
    headers = [(name.replace("ce_", "CE-"), value) for name, value in HEADERS]
    park = told(BODY.encode(), [*headers, ("content-type", b"application/json")])
    assert park.reason == "invalid_field" and "prefix of CloudEvents' binding to Kafka is ce_" in park.detail
    assert codec.decode(b"W1", TEXT.encode(), headers) == codec.decode(b"W1", TEXT.encode())
    assert "prefix" not in told(BODY.encode()).detail and "prefix" not in told(TEXT.encode()[:-1], headers).detail


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("type", "com.example.paid", "ce_type: com.example.paid is not one"),
        ("type", "baton.item.moved.v9", "ce_type: version v9"),
        ("specversion", "0.3", "ce_specversion: "),
        ("time", "yesterday", "ce_time: "),
        ("time", "1969-12-31T23:59:59Z", "ce_time: before 1970"),
        ("source", "de\x1fsk", "ce_source: holds U+001F"),
        ("revision", "many", "ce_revision: "),
        ("datacontenttype", "text/xml", "ce_datacontenttype: text/xml"),
        ("type", None, "ce_type: missing or not a text; the record has headers ce_…, so it is read in binary mode"),
        ("id", None, "ce_id: "),
    ],
)
def test_in_binary_mode_the_header_is_named(name: str, text: str | None, says: str) -> None:
    """What is wrong with an attribute is told of its header; in structured mode of its field; of data in both of the field."""
    changed = {header: value for header, value in HEADERS if header != f"ce_{name}"}
    event = {key: value for key, value in EVENT.items() if key != name}
    if text is not None:
        changed[f"ce_{name}"] = text.encode()
        event[name] = text
    assert told(BODY.encode(), list(changed.items())).detail.startswith(says)
    if name != "revision":
        assert told(json.dumps(event).encode()).detail.startswith(says.removeprefix("ce_").partition(";")[0])
    assert told(b"{}", HEADERS).detail.startswith("data.to: ")
