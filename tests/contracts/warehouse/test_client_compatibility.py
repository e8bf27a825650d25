"""Whatever Baton does with a warehouse works the same on the engine behind HTTP and on a server."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import lz4.frame
import pytest
import zstandard
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError
from clickhouse_connect.driver.summary import QuerySummary

Connect = Callable[..., Client]


def test_handshake(client: Client) -> None:
    """A client learns version, time zone and settings, and ping is answered."""
    assert client.ping()
    assert int(str(client.server_version).split(".", maxsplit=1)[0]) >= 24
    assert "max_threads" in client.server_settings
    assert client.command("SELECT 1") == 1


def test_ddl_has_no_result(client: Client, table: str) -> None:
    """DDL answers with a summary and not with an empty text, even though its body is empty too."""
    assert isinstance(client.command(f"ALTER TABLE {table} ADD COLUMN more String"), QuerySummary)
    assert client.command(f"SELECT s FROM {table}") == ""


def test_native_types_come_back(client: Client) -> None:
    """Every type of Baton's tables goes in as Native blocks and comes back equal."""
    client.command(
        "CREATE TABLE types (u UInt64, i Int64, s String, l LowCardinality(String), t DateTime64(3, 'UTC'), "
        "n Nullable(Int64), a Array(String), m Map(String, String), b Bool, e Enum8('open' = 1, 'closed' = 2), "
        "d Decimal(18, 6)) ENGINE = MergeTree ORDER BY u"
    )
    moment = datetime(2026, 3, 1, 12, 30, 15, 123000, tzinfo=UTC)
    rows = [
        (
            2**64 - 1,
            -(2**63),
            "naïve\n\n;DROP TABLE types;",
            "queued",
            moment,
            None,
            ["a", ""],
            {"k": "v"},
            True,
            "open",
            Decimal("1.500000"),
        ),
        (0, 2**63 - 1, "", "", moment.replace(microsecond=0), 7, [], {}, False, "closed", Decimal("-0.000001")),
    ]
    names = list("uisltnambed")
    assert client.insert("types", rows, column_names=names).written_rows == 2
    found = client.query("SELECT * FROM types ORDER BY u DESC", column_formats={}, tz_mode="aware").result_rows
    assert [tuple(row) for row in found] == rows
    client.command("DROP TABLE types")


def test_parameters_are_values(client: Client) -> None:
    """A parameter is a value whatever it holds: quotes, tabs, backslashes and semicolons come back unchanged."""
    text = "a'b\\n\t\n'; DROP TABLE x; --`\""
    found = client.query(
        "SELECT {text:String}, {number:UInt64}, {list:Array(String)}",
        parameters={"text": text, "number": 7, "list": ["x'", "y"]},
    )
    assert found.result_rows == [(text, 7, ["x'", "y"])]


def test_parameters_in_a_form(open_client: Connect) -> None:
    """Parameters sent as a multipart form are read like those in the address."""
    found = open_client(form_encode_query_params=True).query("SELECT {text:String} AS text", parameters={"text": "x" * 70_000})
    assert found.result_rows == [("x" * 70_000,)]


def test_empty_result_keeps_its_columns(client: Client, table: str) -> None:
    """A result without rows still tells its columns and types."""
    found = client.query(f"SELECT a, s AS text FROM {table} WHERE a > {{least:UInt8}}", parameters={"least": 1})
    assert (found.column_names, [kind.name for kind in found.column_types], found.result_rows) == (
        ("a", "text"),
        ["UInt64", "String"],
        [],
    )


@pytest.mark.parametrize(
    ("fmt", "rows"),
    [
        ("JSONEachRow", b'{"a": 1, "s": "x"}\n\n\n{"a": 2, "s": "SELECT 1;\\n\\nDROP TABLE t"}\n'),
        ("TSV", b"1\tx\n2\tSELECT 1;\\n\\nDROP TABLE t\n"),
        ("CSV", b'1,x\n2,"SELECT 1;\n\nDROP TABLE t"\n'),
        ("Values", b"(1, 'x'), (2, 'SELECT 1;\n\nDROP TABLE t')"),
    ],
)
@pytest.mark.parametrize("packed", [None, "gzip", "zstd", "lz4"])
def test_raw_insert(client: Client, table: str, fmt: str, rows: bytes, packed: str | None) -> None:
    """Rows given in a text format are rows to their end: blank lines and semicolons in them are never SQL."""
    pack = {"gzip": _gzip, "zstd": zstandard.compress, "lz4": lz4.frame.compress}
    body = pack[packed](rows) if packed else rows
    written = client.raw_insert(table, ["a", "s"], body, fmt=fmt, compression=packed).written_rows
    assert written == 2
    assert client.query(f"SELECT * FROM {table} ORDER BY a").result_rows == [(1, "x"), (2, "SELECT 1;\n\nDROP TABLE t")]


def _gzip(rows: bytes) -> bytes:
    import gzip

    return gzip.compress(rows)


def test_a_bad_row_leaves_nothing(client: Client, table: str) -> None:
    """An insert whose last row can't be read leaves none of the rows before it."""
    rows = b"".join(b"%d\tx\n" % number for number in range(100_000)) + b"nonsense\tx\n"
    with pytest.raises(DatabaseError, match="nonsense"):
        client.raw_insert(table, ["a", "s"], rows, fmt="TSV")
    assert client.command(f"SELECT count() FROM {table}") == 0


def test_one_insert_is_one_part(client: Client, table: str) -> None:
    """A large insert arrives as one part, so readers see all of it or nothing."""
    client.insert(table, [(number, "x") for number in range(200_000)], column_names=["a", "s"])
    parts = client.command(f"SELECT count(), sum(rows) FROM system.parts WHERE active AND table = '{table}'")
    assert parts == ["1", "200000"]


@pytest.mark.parametrize(
    ("statement", "code", "text"),
    [
        ("SELECT * FROM never_made", 60, "UNKNOWN_TABLE"),
        ("SELEKT 1", 62, "SYNTAX_ERROR"),
        ("SELECT missing FROM system.one", 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT nofunction(1)", 46, "UNKNOWN_FUNCTION"),
        ("SELECT 1; SELECT 2", 62, "Multi-statements"),
        ("SELECT throwIf(number = 3000000) FROM numbers(4000000) FORMAT Null", 395, "throwIf"),
        ("INSERT INTO never_made FORMAT JSONEachRow {}", 60, "UNKNOWN_TABLE"),
    ],
)
def test_errors_have_codes(client: Client, statement: str, code: int, text: str) -> None:
    """A failing statement raises with ClickHouse's own code and text."""
    with pytest.raises(DatabaseError, match=text) as caught:
        client.command(statement)
    assert caught.value.code == code


def test_unknown_setting(client: Client) -> None:
    """A setting nobody knows is an error, not ignored."""
    with pytest.raises(DatabaseError) as caught:
        client.query("SELECT 1", settings={"no_such_setting": "1"})
    assert caught.value.code == 115


def test_wrong_password(open_client: Connect) -> None:
    """A wrong password and an unknown user are turned away alike."""
    for account in ({"password": "wrong"}, {"username": "nobody"}):
        with pytest.raises(DatabaseError) as caught:
            open_client(**account)
        assert caught.value.code == 516


def test_settings_of_one_call(client: Client) -> None:
    """A setting given with a call holds for that call alone."""
    query = "SELECT getSetting('max_block_size')"
    usual = client.command(query)
    assert usual != 77
    assert client.command(query, settings={"max_block_size": 77}) == 77
    assert client.command(query) == usual


def test_session_lasts(open_client: Connect) -> None:
    """In a session SET and temporary tables last; a call's own settings and database don't; other sessions see none of it."""
    first, second = open_client(session_id="contract-first"), open_client(session_id="contract-second")
    first.command("CREATE TEMPORARY TABLE mine (a UInt64)")
    first.command("SET max_block_size = 55")
    first.insert("mine", [(1,)], column_names=["a"])
    assert first.command("SELECT getSetting('max_block_size')", settings={"max_block_size": 66}) == 66
    assert first.query("SELECT a, getSetting('max_block_size') FROM mine").result_rows == [(1, 55)]
    with pytest.raises(DatabaseError) as caught:
        second.query("SELECT * FROM mine")
    assert caught.value.code == 60


@pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", False])
def test_compression(open_client: Connect, table: str, compress: str | bool) -> None:
    """Blocks and results are the same under every compression a client may choose."""
    client = open_client(compress=compress)
    rows = [(number, f"text {number}" * 5) for number in range(20_000)]
    client.insert(table, rows, column_names=["a", "s"])
    assert client.query(f"SELECT * FROM {table} ORDER BY a").result_rows == rows


def test_big_result_streams(client: Client) -> None:
    """A result larger than any buffer comes complete, block by block."""
    total = rows = 0
    with client.query_column_block_stream("SELECT number, repeat('x', 20) FROM numbers(2000000)") as blocks:
        for block in blocks:
            total, rows = total + sum(block[0]), rows + len(block[1])
    assert (rows, total) == (2_000_000, 2_000_000 * 1_999_999 // 2)


def test_half_read_result_is_let_go(client: Client) -> None:
    """A reader that leaves a long result after its first block disturbs nobody, and the query is given up."""
    with client.query_row_block_stream("SELECT number FROM system.numbers /* endless */ LIMIT 20000000") as blocks:
        assert next(iter(blocks))[0] == (0,)
    assert client.command("SELECT 1") == 1


def test_rows_from_a_generator(client: Client, table: str) -> None:
    """Rows may come piece by piece, cut anywhere."""
    pieces = (b'{"a": 1, "s": "x"}\n{"a"', b': 2, "s": "', b'y"}')
    assert client.raw_insert(table, ["a", "s"], (piece for piece in pieces), fmt="JSONEachRow").written_rows == 2
    assert client.query(f"SELECT * FROM {table} ORDER BY a").result_rows == [(1, "x"), (2, "y")]


def test_failure_midway_is_raised(client: Client) -> None:
    """A query that fails after half its rows were sent raises; it never looks like a short result."""
    with pytest.raises(ClickHouseError, match="FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"):
        rows = client.query("SELECT number, throwIf(number = 3000000) FROM numbers(4000000)", settings={"max_threads": 1})
        assert rows.result_rows is None, "read to the end without an error"


def test_other_formats(client: Client) -> None:
    """JSON with its head and foot is one document however many blocks it took."""
    found = json.loads(client.raw_query("SELECT number FROM numbers(200000)", fmt="JSON"))
    assert (found["rows"], int(found["data"][-1]["number"])) == (200_000, 199_999)


def test_many_clients_at_once(client: Client, table: str) -> None:
    """Eight threads that insert and read through one client all get their own answers, and every row arrives."""

    def work(thread: int) -> list[int]:
        seen = []
        for round_ in range(5):
            first = (thread * 5 + round_) * 100
            client.insert(table, [(first + row, f"thread {thread}") for row in range(100)], column_names=["a", "s"])
            seen.append(int(str(client.command(f"SELECT {first} + {{more:UInt32}}", parameters={"more": thread}))) - first)
        return seen

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [[thread] * 5 for thread in range(8)]
    assert client.command(f"SELECT count(), uniqExact(a) FROM {table}") == ["4000", "4000"]


def test_summary_counts(client: Client, table: str) -> None:
    """The summary tells what was written and read."""
    client.insert(table, [(1, "x"), (2, "y"), (3, "z")], column_names=["a", "s"])
    assert client.query(f"SELECT count(), max(s) FROM {table} WHERE a > 0").summary["read_rows"] == "3"
    moved = client.command(f"INSERT INTO {table} SELECT a + 10, s FROM {table}")
    assert isinstance(moved, QuerySummary)
    assert moved.written_rows == 3


def test_upserts_fold(client: Client) -> None:
    """ReplacingMergeTree keeps the highest version of a key, and a view with FINAL shows only that."""
    client.command(
        "CREATE TABLE facts (k String, n Int64, v UInt64, gone UInt8) ENGINE = ReplacingMergeTree(v, gone) ORDER BY k"
    )
    client.command("CREATE VIEW facts_now AS SELECT k, n FROM facts FINAL")
    for rows in ([("a", 1, 1, 0), ("b", 1, 1, 0)], [("a", 2, 2, 0)], [("a", 1, 1, 0)], [("b", 1, 2, 1)]):
        client.insert("facts", rows, column_names=["k", "n", "v", "gone"])
    assert client.query("SELECT * FROM facts_now").result_rows == [("a", 2)]
    client.command("DROP VIEW facts_now")
    client.command("DROP TABLE facts")
