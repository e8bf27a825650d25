"""Errors on the wire."""

import pytest

from local.warehouse.failures import NAMES, failure, from_engine
from local.warehouse.native import header_block


@pytest.mark.parametrize(
    ("text", "code", "status"),
    [
        ("Code: 60. DB::Exception: Table x does not exist. (UNKNOWN_TABLE)", 60, 404),
        ("Error: Code: 62. DB::Exception: Syntax error (SYNTAX_ERROR)", 62, 400),
        ("Code: 241. DB::Exception: Memory limit exceeded (MEMORY_LIMIT_EXCEEDED)", 241, 500),
        ("something without a code", 1001, 500),
    ],
)
def test_engine_errors_keep_code_and_text(text: str, code: int, status: int) -> None:
    """The engine's code decides the status, and its text reaches the client from 'Code:' on."""
    found = from_engine(text)
    assert (found.code, found.status) == (code, status)
    assert found.text.startswith(f"Code: {code}. DB::Exception: ")


@pytest.mark.parametrize("code", sorted(NAMES))
def test_own_errors_look_like_the_engines(code: int) -> None:
    """An error of the front reads like one of the engine: code, sentence, name."""
    found = failure(code, "Something")
    assert found.text == f"Code: {code}. DB::Exception: Something ({NAMES[code]})"
    assert from_engine(found.text).code == code


def test_header_block() -> None:
    """A Native block without rows is column count, zero, then names and types with their lengths."""
    described = b'{"data": [["a", "UInt64", ""], ["' + b"n" * 200 + b'", "String", ""]]}'
    assert header_block(described) == b"\x02\x00\x01a\x06UInt64\xc8\x01" + b"n" * 200 + b"\x06String"
