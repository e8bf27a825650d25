"""Which statements are refused, given in canonical spelling; tests/contracts/warehouse has the engine spell them."""

import pytest

from local.warehouse.refused_statements import why_refused, why_setting_refused


@pytest.mark.parametrize(
    ("canonical", "named"),
    [
        ("SELECT file('/etc/passwd')", "file"),
        ("SELECT * FROM `default.url`('x')", "url"),
        ("SELECT * FROM (SELECT * FROM S3('x'))", "s3"),
        ("SELECT 1 INTO OUTFILE 'x'", "INTO OUTFILE"),
        ("INSERT INTO t FROM INFILE 'x' FORMAT CSV", "FROM INFILE"),
        ("CREATE TABLE x (`a` Int8) ENGINE = Kafka", "Kafka"),
        ("CREATE TABLE x (`a` Int8) ENGINE = ReplicatedMergeTree('/x', 'y')", "ReplicatedMergeTree"),
        ("CREATE TABLE x (`a` Int8) ENGINE = MergeTreeish", "MergeTreeish"),
        ("SYSTEM SHUTDOWN", "SHUTDOWN"),
        ("SYSTEM START LISTEN HTTP", "LISTEN"),
        ("KILL QUERY WHERE 1", "KILL QUERY"),
        ("BACKUP DATABASE a TO Disk('x', 'y')", "BACKUP"),
        ("ATTACH TABLE x FROM '/tmp/x' (`a` Int8) ENGINE = MergeTree", "ATTACH"),
        ("SET dialect = 'prql'", "dialect"),
        ("SELECT * FROM default.`/etc/passwd`", "default"),
        ("USE default", "default"),
        ("DROP DATABASE IF EXISTS system", "system"),
        ("RENAME DATABASE a TO default", "default"),
        ("DETACH TABLE system.one", "system"),
    ],
)
def test_refused_with_reason_and_way_out(canonical: str, named: str) -> None:
    """A refusal names what it refuses and says what to do instead."""
    text = why_refused(canonical)
    assert text is not None
    assert text.startswith("Refused: ")
    assert named in text
    assert text.count(". ") >= 1


@pytest.mark.parametrize(
    "canonical",
    [
        "",
        "SELECT 'file(' , 'INTO OUTFILE', 'ENGINE = Kafka'",
        "SELECT file, url AS s3 FROM t WHERE a IN (file)",
        "INSERT INTO url (a) FORMAT CSV",
        "CREATE TABLE url (`file` String DEFAULT 'x') ENGINE = ReplacingMergeTree(v, gone) ORDER BY file",
        "CREATE TABLE t (`dialect` String) ENGINE = Null",
        "SELECT 1 WHERE dialect = 'x'",
        "CREATE MATERIALIZED VIEW m TO t AS SELECT * FROM system.parts WHERE engine = Kafka",
        "SYSTEM STOP MERGES t",
        "KILL MUTATION WHERE 1",
        "DROP TABLE t",
        "USE baton",
        "SELECT 1 SETTINGS max_threads = 1",
    ],
)
def test_not_refused(canonical: str) -> None:
    """The same words as names, strings or of harmless statements are no reason to refuse."""
    assert why_refused(canonical) is None


def test_settings_of_a_request() -> None:
    """Settings that change how statements are read can't be given with a request either."""
    assert why_setting_refused("dialect") is not None
    assert why_setting_refused("max_threads") is None
