"""Records of any CloudEvents client: both modes of the Kafka binding, content types, sequence texts, unset attributes."""

import json
from typing import Any

import pytest

from schemas import event_codec as codec
from schemas.errors import Park
from schemas.fields import sequence_number
from schemas.kafka_binding import MAX_HEADER_BYTES, letter_headers
from streams.journeys.event_conversion import stored

ATTRIBUTES = {
    "specversion": "1.0",
    "id": "b1",
    "source": "case",
    "type": "baton.item.moved.v1",
    "time": "2026-11-01T08:00:00Z",
    "subject": "T1",
}
BODY = b'{"to":"Desk"}'
Headers = list[tuple[str, bytes]]


def binary(content_type: str | None = "application/json", **more: str | bytes) -> Headers:
    """The headers of a record in binary mode."""
    texts = ATTRIBUTES | more
    found = [(f"ce_{name}", text if isinstance(text, bytes) else text.encode()) for name, text in texts.items()]
    return found if content_type is None else [*found, ("content-type", content_type.encode())]


def structured(**more: Any) -> bytes:
    """The same event as a value."""
    return json.dumps(ATTRIBUTES | {"data": {"to": "Desk"}} | more).encode()


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "application/JSON; charset=UTF-8",
        "text/json",
        'application/vnd.acme+json;v=1; Charset="utf-8"',
    ],
)
def test_binary_mode_is_the_same_event(content_type: str | None) -> None:
    """Attributes from headers and data from the value make the event that structured mode makes."""
    more = {} if content_type is None else {"datacontenttype": content_type}
    assert codec.decode(b"T1", BODY, binary(content_type)) == codec.decode(b"T1", structured(**more))


def test_attributes_of_other_types_come_from_texts() -> None:
    """A header holds a text; numbers and truth values are read from it."""
    found = codec.decode(b"T1", BODY, binary(revision="3", sequence="0012", recordedat="2026-11-01T08:00:01Z", own="x"))
    assert (found.revision, found.sequence) == (3, "0012") and found.recordedat is not None
    for value in (None, b""):
        gone = codec.decode(b"T1", value, binary(deleted="true"))
        assert gone.deleted and gone.data is None


@pytest.mark.parametrize(
    "content_type",
    [
        "application/cloudevents+json",
        "Application/CloudEvents+JSON; charset=utf-8",
        "application/cloudevents",
        "application/json",
    ],
)
def test_structured_mode_may_say_so(content_type: str) -> None:
    """With a content type, in any letter case and with parameters, the value is the event; also beside headers of attributes
    where it says so, and beside those of others."""
    headers = [("traceparent", b"00-1"), ("content-type", content_type.encode())]
    assert codec.decode(b"T1", structured(), headers) == codec.decode(b"T1", structured())
    if "cloudevents" in content_type:
        assert codec.decode(b"T1", structured(), [*headers, ("ce_id", b"other")]).id == "b1"


@pytest.mark.parametrize(
    ("reason", "value", "headers", "says"),
    [
        ("unsupported_encoding", BODY, [("content-type", b"application/cloudevents+avro")], "cloudevents+json"),
        ("unsupported_encoding", b"[]", [("content-type", b"application/cloudevents-batch+json")], "a record of its own"),
        ("unsupported_encoding", structured(), [("content-type", b"application/cloudevents+json; charset=utf-16")], "utf-16"),
        ("unsupported_encoding", b"\x0a\x04Desk", binary("application/protobuf"), "application/protobuf"),
        ("unsupported_encoding", BODY, binary("application/json; charset=latin1"), "latin1"),
        ("unsupported_encoding", b"\0\0\0\0\x2a" + BODY, binary(), "schema id 42"),
        ("invalid_utf8", BODY, binary(source=b"\xff"), "ce_source"),
        ("invalid_utf8", b'{"to":"\xff"}', binary(), "byte 7"),
        ("invalid_json", b"{", binary(), "data"),
        ("invalid_json", BODY + b',"subject":"other"', binary(), "data"),
        ("invalid_field", BODY, binary(revision="many"), "revision"),
        ("invalid_field", BODY, binary(deleted="True"), "deleted"),
        ("invalid_field", BODY, binary()[1:], "specversion"),
        ("invalid_field", None, binary(), "data"),
        ("wrong_subject", BODY, binary(subject="T2"), "subject"),
        ("too_large", BODY, binary(note="x" * (MAX_HEADER_BYTES + 1)), "headers"),
        ("too_large", b" " * (codec.MAX_BYTES + 1), binary(), "at most"),
        ("too_deep", b"[" * 300 + b"]" * 300, binary(), "200 levels"),
        ("rejected", b"{}", binary(type="baton.clock.ticked.v1"), "control"),
        ("unknown_type", BODY, binary(type="com.example.paid"), "com.example"),
    ],
)
def test_what_can_not_be_read_is_named(reason: str, value: bytes | None, headers: Headers, says: str) -> None:
    """Each is parked with its own word, and with what to write instead."""
    with pytest.raises(Park) as caught:
        codec.decode(b"T1", value, headers)
    assert caught.value.reason == reason and says in caught.value.detail
    with pytest.raises(Park) as again:
        codec.decode(b"T1", value, letter_headers(headers))
    assert again.value.reason == reason  # what a dead letter keeps is unusable for the same reason


def test_without_its_headers_a_record_in_binary_mode_is_nothing() -> None:
    """Negative control: a reader that drops headers on the way finds no event."""
    with pytest.raises(Park, match="invalid_field"):
        codec.decode(b"T1", BODY)


def test_a_body_brings_no_attributes() -> None:
    """What stands behind a value's end would become attributes, were it put in unseen; a name within data stays data."""
    with pytest.raises(Park, match="invalid_json"):
        codec.decode(b"T1", b'{"to":"Desk"},"id":"forged"', binary())
    assert codec.decode(b"T1", b'{"to":"Desk","id":"inner"}', binary()).id == "b1"
    assert codec.decode(b"T1", BODY, [*binary(), ("ce_data", b"none")]).id == "b1"


@pytest.mark.parametrize(
    ("text", "number"),
    [("0001", 1), ("-7", -7), ("+7", 7), ("9223372036854775807", 2**63 - 1), ("9223372036854775808", None)]
    + [(text, None) for text in ("", "1.0", "a1", "1e3", " 1", "١", "9" * 4000)],
)
def test_a_sequence_orders_where_it_is_a_number(text: str, number: int | None) -> None:
    """The sequence extension has texts: a number counts as one, anything else is as none."""
    assert sequence_number(text) == number
    kept = stored(codec.decode(b"T1", structured(sequence=text)))
    assert kept is not None and kept.sequence == (number or 0)


def test_an_attribute_that_is_null_is_unset() -> None:
    """As the JSON format of CloudEvents has it; a required one is then missing."""
    unset = dict.fromkeys(("sequence", "revision", "deleted", "recordedat", "dataschema", "datacontenttype", "timenanos"))
    assert codec.decode(b"T1", structured(**unset)) == codec.decode(b"T1", structured())
    with pytest.raises(Park, match="invalid_field: time"):
        codec.decode(b"T1", structured(time=None))
