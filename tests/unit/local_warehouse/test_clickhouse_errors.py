"""Errors on the wire."""

import pytest

from local.warehouse.clickhouse_errors import ErrorCode, clickhouse_error, engine_error
from local.warehouse.native_format import empty_block


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
    found = engine_error(text)
    assert (found.code, found.status) == (code, status)
    assert found.text.startswith(f"Code: {code}. DB::Exception: ")


@pytest.mark.parametrize("code", ErrorCode)
def test_own_errors_look_like_the_engines(code: ErrorCode) -> None:
    """An error of this program's own reads like one of the engine: code, sentence, name."""
    found = clickhouse_error(code, "Something")
    assert found.text == f"Code: {code:d}. DB::Exception: Something ({code.name})"
    assert engine_error(found.text).code == code


def test_header_block() -> None:
    """A Native block without rows is column count, zero, then names and types with their lengths."""
    described = b'{"data": [["a", "UInt64", ""], ["' + b"n" * 200 + b'", "String", ""]]}'
    assert empty_block(described) == b"\x02\x00\x01a\x06UInt64\xc8\x01" + b"n" * 200 + b"\x06String"
