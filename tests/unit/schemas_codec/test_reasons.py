"""Why a record is parked: each kind of garbage has its reason, and the detail says where without the payload."""

import json
from typing import Any

import pytest

from schemas import event_codec as codec
from schemas.errors import JUDGED_IN_PLACE, PARK_REASONS, Park

SECRET = "ticket of Ms Winter"
GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e1",
    "source": "desk",
    "type": "baton.item.moved.v1",
    "time": "2026-03-02T09:00:00Z",
    "subject": "W1",
    "data": {"to": "Ops", "note": SECRET},
}


def value(**changed: Any) -> bytes:
    """The good event with some attributes changed; one that is set to ``...`` is left out."""
    return json.dumps({k: v for k, v in (GOOD | changed).items() if v is not ...}).encode()


def nested(depth: int) -> bytes:
    """The good event with an unknown field that many levels deep in it."""
    return value()[:-1] + b',"x":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


GARBAGE = [
    ("null_value", b"W1", None, "no value"),
    ("null_key", None, value(), "no key"),
    ("too_large", b"W1", value(x="y" * (1 << 20)), "at most 1048576"),
    ("invalid_utf8", b"W1", value()[:-1] + b',"x":"\xff"}', "byte "),
    ("invalid_utf8", b"W1", b"\xed\xa0\x80", "byte 0"),
    ("invalid_json", b"W1", b"", "truncated"),
    ("invalid_json", b"W1", b"{", "truncated"),
    ("invalid_json", b"W1", b"not json", "malformed"),
    ("invalid_json", b"W1", value() + b"{}", "trailing"),
    ("invalid_json", b"W1", b"[]", "object"),
    ("invalid_json", b"W1", b"null", "object"),
    ("invalid_json", b"W1", value(x=float("nan")), "malformed"),
    ("invalid_json", b"W1", value(x=float("inf")), "malformed"),
    ("too_deep", b"W1", nested(codec.MAX_DEPTH + 1), "200 levels"),
    ("too_deep", b"W1", nested(500_000), "200 levels"),
    ("unknown_type", b"W1", value(type="com.example.thing"), "com.example.thing"),
    ("unknown_version", b"W1", value(type="baton.item.moved.v2"), "baton.item.moved.v1"),
    ("invalid_field", b"W1", value(type=...), "type"),
    ("invalid_field", b"W1", value(type=7), "type"),
    ("invalid_field", b"W1", value(specversion="0.3"), "specversion"),
    ("invalid_field", b"W1", value(id=""), "id"),
    ("invalid_field", b"W1", value(source="s" * 201), "source"),
    ("invalid_field", b"W1", value(data={"to": "A\x1fB"}), "U+001F"),
    ("invalid_field", b"W1", value().replace(b"Ops", b"\\\\\\u001FOps"), "data.to: holds U+001F"),
    ("invalid_field", b"W1", value(source="de\x1fsk"), "source: holds U+001F"),
    ("invalid_field", b"W1", value(subject=...), "subject"),
    ("invalid_field", b"W1", value(subject="s" * 404), "subject"),
    ("invalid_field", b"W1", value(time="2026-03-02T09:00:00"), "zone"),
    ("invalid_field", b"W1", value(time=1772442000), "time"),
    ("invalid_field", b"W1", value(time="1969-12-31T23:59:59.999Z"), "before 1970"),
    ("invalid_field", b"W1", value(recordedat="soon"), "recordedat"),
    ("invalid_field", b"W1", value(revision=-1), "revision"),
    ("invalid_field", b"W1", value(revision=1.0), "revision"),
    ("invalid_field", b"W1", value(revision=True), "revision"),
    ("invalid_field", b"W1", value(sequence=2**63), "sequence"),
    ("invalid_field", b"W1", value(sequence="1" * 4001), "sequence"),
    ("invalid_field", b"W1", value(datacontenttype="text/xml"), "datacontenttype: text/xml"),
    ("invalid_field", b"W1", value(datacontenttype="application/json; charset=latin1"), "latin1"),
    ("invalid_field", b"W1", value(data=json.dumps({"to": "Ops"})), "data: a text"),
    ("invalid_field", b"W1", value(time="2026-03-02T23:59:60Z"), "leap second"),
    ("unsupported_encoding", b"W1", value(data=..., data_base64="eyJ0byI6Ik9wcyJ9"), "data_base64"),
    ("unsupported_encoding", b"W1", b"\0\0\0\0\x07" + value(), "schema id 7"),
    ("unsupported_encoding", b"W1", b"\0\0\0\xff\xfe\x02\xc3\x28", "string or bytes serializer"),
    ("invalid_field", b"W1", value(deleted="true"), "deleted"),
    ("invalid_field", b"W1", value(data=...), "data"),
    ("invalid_field", b"W1", value(data=None), "data"),
    ("invalid_field", b"W1", value(data={}), "data.to"),
    ("invalid_field", b"W1", value(data={"to": ""}), "data.to"),
    ("invalid_field", b"W1", value(data={"to": "Ops", "due": "2026-02-30T00:00:00Z"}), "data.due"),
    ("invalid_field", b"W1", value(type="baton.item.status.v1", data={"status": "Resolved"}), "data.status"),
    ("wrong_subject", b"W2", value(), "key"),
    ("wrong_subject", b"", value(), "key"),
]


@pytest.mark.parametrize(("reason", "key", "raw", "says"), GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_parked_with_its_reason(reason: str, key: bytes | None, raw: bytes | None, says: str) -> None:
    """Each kind of garbage is parked for its own reason, with words that say what and where, never the payload."""
    with pytest.raises(Park) as caught:
        codec.decode(key, raw)
    assert caught.value.reason == reason
    assert says in caught.value.detail
    assert SECRET not in caught.value.detail


FINE = [
    value(),
    value(x="y" * 100_000),
    value(time="1970-01-01T00:00:00Z"),
    value(revision=2**63 - 1, sequence=-(2**63)),
    value(data={"to": None}),
    value(data=None, deleted=True),
    value(data=..., deleted=True),
    value(data={"to": "[" * 200}),
    value(data={"to": "Ops", "x": '"' + "[{" * 400}),
    nested(codec.MAX_DEPTH),
    value(unknown={"a": [1, 1e9]}),
]


@pytest.mark.parametrize("raw", FINE, ids=range(len(FINE)))
def test_what_is_just_within_bounds_is_taken(raw: bytes) -> None:
    """Negative control: what lies just inside each bound is no garbage."""
    assert codec.decode(b"W1", raw).subject == "W1"


def test_a_control_record_may_have_any_key() -> None:
    """Control records are broadcast to every partition, so their key need not be their subject."""
    body = {"days": ["2026-12-25"]}
    days = codec.make("baton.holidays.set.v1", id="h", source="hr", subject="holidays", time_ms=0, body=body)
    assert codec.decode(b"holidays/2", days).subject == "holidays"


TICK = (
    b'{"specversion":"1.0","type":"baton.clock.ticked.v1","id":"t","source":"%s","subject":"%s",'
    b'"time":"2026-01-01T00:00:00Z",%s}'
)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"whatever", TICK % (b"baton/clock", b"clock", b'"data":{}')),
        (b"clock", TICK % (b"some/tool", b"clock", b'"data":{}')),
        (b"clock", TICK % (b"baton/clock", b"other", b'"data":{}')),
        (b"clock", TICK % (b"baton/clock", b"clock", b'"deleted":true')),
    ],
)
def test_a_tick_of_anybody_else_is_rejected(key: bytes, value: bytes) -> None:
    """Time comes from the clock alone: a tick with another key, source or subject, or one that retracts, is parked."""
    assert codec.decode(b"clock", TICK % (b"baton/clock", b"clock", b'"data":{}')).subject == "clock"
    with pytest.raises(Park, match="rejected"):
        codec.decode(key, value)


def test_nesting_is_judged_alike_at_any_stack_depth() -> None:
    """The verdict on a record is the same however deep the caller's own stack is."""

    def from_below(levels: int) -> str:
        return from_below(levels - 1) if levels else codec.decode(b"W1", nested(codec.MAX_DEPTH)).subject

    assert from_below(0) == from_below(300) == "W1"


def test_made_events_are_judged_before_they_leave() -> None:
    """``make`` refuses what ``decode`` would park."""
    with pytest.raises(Park, match=r"data\.to"):
        codec.make("baton.item.moved.v1", id="e", source="s", subject="W1", time_ms=0, body={"to": ""})


def test_every_reason_of_the_codec_is_in_the_vocabulary() -> None:
    """The reasons met here are words of the closed vocabulary, and all of them that decoding can give."""
    met = {reason for reason, *_ in GARBAGE}
    assert met == set(PARK_REASONS) - {*JUDGED_IN_PLACE, "bad_row", "rejected"}


def test_a_separator_is_taken_where_no_team_is_named() -> None:
    """Items and ids may hold one; and an escaped backslash before u001f is text about one, not one."""
    event: Any = codec.decode(b"W1", value().replace(b"Ops", b"\\\\u001fOps"))
    assert event.data.to == "\\u001fOps"
    assert codec.decode(b"W\x1f1", value(subject="W\x1f1", id="e\x1f1")).subject == "W\x1f1"
