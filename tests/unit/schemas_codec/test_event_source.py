"""Who sent a record that can't be used, as far as that can be read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event_codec import MAX_BYTES
from schemas.event_source import source_of
from tests.fixtures.other_clients import binary_mode

EVENT = {"specversion": "1.0", "id": "1", "source": "desk", "type": "x.unknown", "subject": "i", "data": {"source": "inner"}}
VALUE = json.dumps(EVENT).encode()


def test_it_is_read_where_the_rest_is_unknown() -> None:
    """In structured and in binary mode, of any type, and not the word of a body; in structured mode headers say nothing."""
    written = binary_mode(VALUE)
    assert source_of(VALUE) == "desk"
    assert source_of(written.value, written.headers) == "desk"
    assert source_of(VALUE, [("content-type", b"application/cloudevents+json"), ("ce_source", b"other")]) == "desk"
    assert source_of(b"\xff", [("CE_Source", b"d\xffsk")]) == "d\ufffdsk"


DEEP = b"[" * 100_000
UNREADABLE = [None, b"", b"{", b"[]", b'{"source": 7}', b'{"source": "\xff"}', b'{"source": "\\ud800"}', DEEP]


@pytest.mark.parametrize(
    "value", [*UNREADABLE, b'{"source": "desk", "data": ' + DEEP, b'{"source": "desk"}' + b" " * MAX_BYTES]
)
def test_what_can_not_be_read_has_none(value: bytes | None) -> None:
    """Nothing is raised, whatever it is."""
    assert source_of(value) == ""


@given(st.binary(), st.lists(st.tuples(st.sampled_from(["ce_source", "content-type", "x"]), st.binary())))
def test_it_never_raises(value: bytes, headers: list[tuple[str, bytes]]) -> None:
    """A text, for any bytes and headers."""
    assert isinstance(source_of(value, headers), str)
