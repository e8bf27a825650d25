"""Where an insert's rows begin, and what a canonical statement tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.warehouse.clickhouse_errors import ClickHouseError
from local.warehouse.sql_tokens import tokens
from local.warehouse.statement import parse_shape, split_insert


@pytest.mark.parametrize(
    ("text", "head", "fmt", "rows"),
    [
        (b"INSERT INTO t FORMAT CSV\n1,2", "INSERT INTO t", "CSV", b"1,2"),
        (b"insert into t (a, `format`) format `Native` \r\n\x00\n", "insert into t (a, `format`)", "Native", b"\x00\n"),
        (b"/* INSERT */ INSERT INTO db.format FORMAT TSV\n\n1", "/* INSERT */ INSERT INTO db.format", "TSV", b"\n1"),
        (
            b"INSERT INTO format (values) SETTINGS a = 'FORMAT x' VALUES(1)",
            "INSERT INTO format (values) SETTINGS a = 'FORMAT x'",
            "Values",
            b"(1)",
        ),
        (b"INSERT INTO t FORMAT Values (1);", "INSERT INTO t", "Values", b"(1);"),
        (b"INSERT INTO t -- FORMAT CSV\n FORMAT JSONEachRow {}", "INSERT INTO t -- FORMAT CSV", "JSONEachRow", b"{}"),
        (
            b"INSERT INTO FUNCTION null('a Int8') VALUES (1), ('a;b')",
            "INSERT INTO FUNCTION null('a Int8')",
            "Values",
            b" (1), ('a;b')",
        ),
        ("INSERT INTO tä FORMAT CSV\nä".encode(), "INSERT INTO tä", "CSV", "ä".encode()),
    ],
)
def test_rows_begin_where_a_server_sees_them(text: bytes, head: str, fmt: str, rows: bytes) -> None:
    """Statement and rows part at the keyword, wherever the same word stands as a name, in a string or in a comment."""
    found = split_insert(text)
    assert found is not None
    assert (found.head, found.format, found.rows) == (head, fmt, rows)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"SELECT 'INSERT INTO t VALUES (1)'",
        b"INSERT INTO t SELECT a FROM values('a Int8', 1) FORMAT CSV",
        b"INSERT INTO t (a) WITH 1 AS x SELECT x",
        b"INSERT INTO t FROM INFILE 'x' FORMAT CSV",
        b"INSERT INTO t",
        b"EXPLAIN INSERT INTO t VALUES (1)",
    ],
)
def test_other_statements_have_no_rows(text: bytes) -> None:
    """A statement without rows of its own is left whole."""
    assert split_insert(text) is None


@given(st.binary())
def test_any_rows_stay_rows(rows: bytes) -> None:
    """Whatever bytes follow the format's line are the rows, unchanged."""
    found = split_insert(b"INSERT INTO t (a) FORMAT Native\n" + rows)
    assert found is not None
    assert found.rows == rows


@pytest.mark.parametrize("rows", [b"(1); SELECT 1", b"('a\\';'); DROP TABLE t", b"('it''s');\n;x"])
def test_nothing_hides_behind_values(rows: bytes) -> None:
    """Text after a semicolon behind VALUES is refused; the engine would drop it in silence."""
    with pytest.raises(ClickHouseError, match="one statement per request"):
        split_insert(b"INSERT INTO t VALUES " + rows)


@pytest.mark.parametrize("rows", [b"(1);", b"('; SELECT 1')", b"('\\'; x');\n ;"])
def test_semicolons_that_end_or_belong(rows: bytes) -> None:
    """A closing semicolon and one inside a string are fine."""
    assert split_insert(b"INSERT INTO t VALUES " + rows) is not None


def test_unreadable_statement() -> None:
    """A statement that is not UTF-8 is a client's error that names the byte."""
    with pytest.raises(ClickHouseError, match="byte 13") as caught:
        split_insert(b"INSERT INTO t\xff FORMAT CSV\n")
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("canonical", "kind", "fmt", "body"),
    [
        ("SELECT 1 FORMAT JSON", b"SELECT", "JSON", "SELECT 1"),
        ("SELECT format('{}', 'FORMAT x') AS format", b"SELECT", None, "SELECT format('{}', 'FORMAT x') AS format"),
        ("SELECT 1 FORMAT JSON SETTINGS max_threads = 1", b"SELECT", "JSON", "SELECT 1"),
        ("(SELECT 1) UNION ALL (SELECT 2)", b"(", None, "(SELECT 1) UNION ALL (SELECT 2)"),
        ("SELECT 'ä' FORMAT TSV", b"SELECT", "TSV", "SELECT 'ä'"),
        ("CREATE TABLE t (`a` Int8) ENGINE = Memory", b"CREATE", None, "CREATE TABLE t (`a` Int8) ENGINE = Memory"),
    ],
)
def test_shape(canonical: str, kind: bytes, fmt: str | None, body: str) -> None:
    """Kind and FORMAT clause are read from the statement's own words, never from its strings."""
    found = parse_shape(canonical)
    assert (found.kind, found.format, found.body) == (kind, fmt, body)
    assert found.has_result == (kind != b"CREATE")


@given(st.binary(max_size=200))
def test_tokens_cover_any_text(text: bytes) -> None:
    """Every byte is read exactly once, in order, whatever the text: no text makes the reader stop or skip."""
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end
        assert text[token.start : token.end] == token.text
        end = token.end
    assert end <= len(text)
