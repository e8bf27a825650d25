"""What only the local warehouse refuses, looked at through the engine's own parser so that no spelling gets by."""

import json
from collections.abc import Callable
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from local.warehouse.refused_statements import REFUSED_FUNCTIONS

HARMLESS_TABLE_FUNCTIONS = frozenset(
    b"""numbers numbers_mt zeros zeros_mt values sqlstandardvalues null view viewifpermitted viewexplain merge dictionary loop
    format generaterandom generateseries generate_series primes fuzzjson fuzzquery mergetreeindex mergetreeprojection
    mergetreetextindex mergetreeanalyzeindexes mergetreeanalyzeindexesuuid mergetreecodecblockcounts timeseriesdata
    timeseriesmetricfamilies timeseriesmetrics timeseriessamples timeseriesselector timeseriestags""".split()
)
"""The engine's table functions that stay inside its directory (lower case)."""

REFUSED = [
    "SELECT * FROM file('/etc/passwd')",
    "select/*c*/ `file`\n('/etc/passwd')",
    "SELECT “file”('/etc/passwd')",
    'SELECT "file"($$/etc/passwd$$)',
    "SELECT * FROM (SELECT 1 UNION ALL SELECT * FROM `url`('http://127.0.0.1/', CSV, 'a Int8'))",
    "WITH (SELECT file('/etc/passwd')) AS x SELECT x",
    "SELECT * FROM s3('http://127.0.0.1/x')",
    "SELECT * FROM executable('x', TSV, 'a Int8')",
    "SELECT * FROM Python(x)",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT * FROM default.`/etc/passwd`",
    "SELECT * FROM `default`.passwd",
    "USE default",
    "DROP DATABASE default",
    "DETACH DATABASE IF EXISTS system",
    "RENAME DATABASE local TO `default`",
    "DROP TABLE IF EXISTS system.one",
    "CREATE VIEW v AS SELECT * FROM FILE('x')",
    "INSERT INTO FUNCTION file('/tmp/x', CSV, 'a Int8') VALUES (1)",
    "INSERT INTO TABLE FUNCTION -- c\n file('/tmp/x', CSV, 'a Int8') SELECT 1",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 INTO--\nOUTFILE $x$/tmp/x$x$ TRUNCATE FORMAT CSV",
    "INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV",
    "CREATE TABLE k (a Int8) ENGINE = Kafka('h', 't', 'g', 'CSV')",
    "CREATE OR REPLACE TABLE k (a Int8) ENGINE/**/=`Kafka`",
    "create table k (a Int8) engine \"URL\"('http://127.0.0.1/', CSV)",
    "CREATE TABLE k (a Int8) ENGINE = File(CSV)",
    "CREATE TABLE k (a Int8) ENGINE = SomethingNew",
    "CREATE DATABASE k ENGINE = Filesystem('/')",
    "CREATE TABLE k (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = local, path = '/tmp/x/')",
    "CREATE DICTIONARY k (a UInt64) PRIMARY KEY a SOURCE(FILE(path '/etc/passwd' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
    "CREATE MATERIALIZED VIEW k ENGINE = Kafka('h', 't', 'g', 'CSV') AS SELECT 1 AS a",
    "SYSTEM SHUTDOWN",
    "SYSTEM/**/KILL",
    "SYSTEM START LISTEN HTTP",
    "SYSTEM STOP LISTEN QUERIES ALL",
    "KILL QUERY WHERE 1",
    "BACKUP DATABASE local TO File('/tmp/x')",
    "RESTORE DATABASE local FROM File('/tmp/x')",
    "ATTACH TABLE k FROM '/tmp/x' (a Int8) ENGINE = MergeTree ORDER BY a",
    "SET output_format_schema = '/tmp/x'",
    "SELECT 1 SETTINGS output_format_schema = '/tmp/x'",
]

ALLOWED = [
    "SELECT 'file(''/etc/passwd'')', $$ INTO OUTFILE $$, 'a; SELECT 2' -- SYSTEM SHUTDOWN; SELECT file('x')",
    "SELECT 1 AS file, (2) AS url, 3 AS `file(`, 'ENGINE = Kafka' AS `INTO OUTFILE`",
    "SELECT count() FROM system.tables WHERE engine = 'Kafka' AND name = 'file'",
    "SELECT /* INTO OUTFILE 'x' */ 1;",
    "SELECT format('{}', 'KILL QUERY')",
    "SELECT * FROM numbers(1)",
    "SYSTEM FLUSH LOGS",
    "SHOW TABLES FROM default",
    "SELECT name FROM system.tables LIMIT 1",
    "SELECT sum(file) FROM (SELECT 1 AS file)",
]


@pytest.fixture(scope="module")
def here(local: object, connect: Callable[..., Client]) -> Client:
    """A client of the local warehouse."""
    return connect(local.url)  # type: ignore[attr-defined]  # the conftest's Process can't be imported


@pytest.mark.parametrize("statement", REFUSED)
def test_refused(here: Client, statement: str) -> None:
    """The statement is refused with a reason and a way out, however it is spelt."""
    with pytest.raises(DatabaseError, match=r"Refused: .*\. [A-Z].* \(SUPPORT_IS_DISABLED\)") as caught:
        here.command(statement)
    assert caught.value.code == 344


@pytest.mark.parametrize("statement", ALLOWED)
def test_allowed(here: Client, statement: str) -> None:
    """Words inside strings, comments and names are no reason to refuse."""
    here.command(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1; SELECT 2",
        "SELECT 1 /* ; */ ; -- x\n DROP TABLE t",
        "CREATE TABLE a (x Int8) ENGINE = Memory PARALLEL WITH DROP TABLE b",
        "INSERT INTO two VALUES (1); DROP TABLE two",
        "INSERT INTO two SELECT * FROM input('a Int8') FORMAT CSV\n1\n\nDROP TABLE two",
    ],
)
def test_second_statement_is_refused(here: Client, statement: str) -> None:
    """A second statement behind the first is neither run nor dropped in silence."""
    here.command("CREATE TABLE IF NOT EXISTS two (a Int8) ENGINE = Memory")
    with pytest.raises(DatabaseError, match="Refused: "):
        here.command(statement)
    assert here.command("SELECT count() FROM two") == 0


def test_unnamed_database_reads_no_files(here: Client) -> None:
    """A path as a table's name is a table that doesn't exist."""
    for statement in ("SELECT * FROM `/etc/passwd`", "SELECT * FROM '/etc/passwd'"):
        with pytest.raises(DatabaseError) as caught:
            here.command(statement)
        assert caught.value.code == 60


def test_every_table_function_is_sorted(here: Client) -> None:
    """Each table function of this engine is known to stay inside or is refused; a new engine's must be sorted first."""
    found = {str(row[0]).lower().encode() for row in here.query("SELECT name FROM system.table_functions").result_rows}
    assert found - HARMLESS_TABLE_FUNCTIONS - REFUSED_FUNCTIONS == set()
    assert HARMLESS_TABLE_FUNCTIONS.isdisjoint(REFUSED_FUNCTIONS)


def _get(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(url, method=method, headers=named, data=body), timeout=60) as reply:
            return reply.status, reply.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ("SELECT 1", 200),
        ("SELECT * FROM nowhere", 404),
        ("SELEKT 1", 400),
        ("SYSTEM SHUTDOWN", 403),
        ("SELECT throwIf(1)", 500),
    ],
)
def test_statuses(local: object, statement: str, status: int) -> None:
    """The HTTP status of an error is a server's."""
    found, _ = _get(f"{local.url}/", "POST", statement.encode(), X_ClickHouse_User="baton", X_ClickHouse_Key="")  # type: ignore[attr-defined]  # as above
    assert found == status


def test_get_only_reads(local: object) -> None:
    """A GET may read and may not write."""
    url: str = local.url  # type: ignore[attr-defined]  # as above
    assert _get(f"{url}/?" + urlencode({"user": "baton", "query": "SELECT 1 AS x FORMAT JSONEachRow"})) == (200, '{"x":1}\n')
    status, text = _get(f"{url}/?" + urlencode({"user": "baton", "query": "CREATE DATABASE no"}))
    assert (status, "READONLY" in text) == (500, True)
    assert _get(f"{url}/ping") == (200, "Ok.\n")
    assert _get(f"{url}/nowhere")[0] == 404


def test_web_pages_are_turned_away(local: object) -> None:
    """A page in a browser can't use the empty password: a request with an Origin is refused."""
    url: str = local.url  # type: ignore[attr-defined]  # as above
    assert _get(f"{url}/?user=baton", "POST", b"SELECT 1", Origin="http://elsewhere.example")[0] == 403
    assert _get(f"{url}/?user=baton", "POST", b"SELECT 1")[0] == 200


def test_large_json_has_one_head(local: object) -> None:
    """A reply's format can be chosen by header or parameter, and is told in a header."""
    url: str = local.url  # type: ignore[attr-defined]  # as above
    status, text = _get(f"{url}/?user=baton&default_format=JSON", "POST", b"SELECT number FROM numbers(3)")
    assert (status, json.loads(text)["rows"]) == (200, 3)
