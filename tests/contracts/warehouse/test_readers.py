"""What a reader's query reaches: the readers' views, and no way around them; what is read besides is on record."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from baton.reader_queries import why_refused
from broker.records import TopicPartition
from schemas.settings import child_environment
from schemas.topics import EVENTS, FACTS
from sinks.batch_blocks import batch_of
from sinks.clickhouse import ClickHouse, connect
from sinks.migrate import READER_VIEWS, migrate
from sinks.migration_files import read
from tests.unit.sinks.sink_logs import placed, rating_group, vote, watermark

DATABASE = "readers"
CALLED = {
    "scores_at": "scores_at(as_of = '2023-11-15', window = '30d')",
    "handoffs_at": "handoffs_at(as_of = '2023-11-15', since = '2023-11-01', until = '2023-12-01')",
}
"""Views that are called with values."""
PRIVATE = f"{DATABASE}_private"
SECRET = "p-ana"
EVENT = {
    **{"specversion": "1.0", "id": "v1", "source": "card", "type": "baton.rating.given.v1", "time": "2023-11-14T12:00:00Z"},
    **{"subject": "Ops > Net"},
    "data": {
        **{"rater": SECRET, "team": "Net", "supplier": "Ops", "customer": "Net", "deliverable": "leads", "effectiveness": 1},
        "consistency": 2,
    },
}


@pytest.fixture(scope="module")
def url(start: Callable[..., object], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A warehouse of these tests alone."""
    return str(start(tmp_path_factory.mktemp("readers") / "main").url)  # type: ignore[attr-defined]  # the conftest's Process can't be imported


@pytest.fixture(scope="module")
def private(url: str) -> Iterator[ClickHouse]:
    """The private database, with a vote in its tables, and the readers' database over it."""
    found = connect(url, "baton", "", PRIVATE)
    told: list[str] = []
    migrate(found, read(), told.append, DATABASE)
    assert sum("skipped" in line for line in told) == 1 and told[-1] == READER_VIEWS
    again: list[str] = []
    assert migrate(found, read(), again.append, DATABASE) == []
    assert len(again) == 1 and "skipped" in again[0]
    batch = batch_of({TopicPartition(EVENTS, 0): placed([(b"Ops > Net", json.dumps(EVENT).encode(), ())])})
    facts = batch_of({TopicPartition(FACTS, 0): placed([vote(SECRET, 1, (1, 2)), rating_group(0, 1), watermark(1)])})
    for block in (*batch.rows, *facts.rows, *facts.watermarks):
        found.insert(block)
    yield found
    found.close()


@pytest.fixture(scope="module")
def reader(url: str, private: ClickHouse) -> Iterator[ClickHouse]:
    """The readers' database."""
    found = connect(url, "baton", "", DATABASE)
    yield found
    found.close()


@pytest.mark.guard("private votes")
def test_readers_views_hold_no_vote(reader: ClickHouse, private: ClickHouse) -> None:
    """Of the vote readers see that it happened; in private all of it stands; groups are there for both."""
    assert private.rows("SELECT rater, effectiveness FROM raw_events") == [(SECRET, 1)]
    assert private.rows("SELECT rater, effectiveness FROM votes") == [(SECRET, 1)]
    assert reader.rows("SELECT type, item, value FROM events") == [("baton.rating.given.v1", "Ops > Net", "")]
    assert reader.rows("SELECT supplier, votes, raters FROM rating_groups") == [("Ops", 5, 5)]
    assert reader.rows("SELECT waiting, released FROM rating_coverage") == [(1, 0)]
    names = [name for (name,) in reader.rows("SELECT name FROM system.tables WHERE database = currentDatabase()")]
    assert CALLED.keys() <= set(names)
    for name in names:
        assert SECRET not in str(reader.rows(f"SELECT * FROM {CALLED.get(name, name)}")), name
    assert "votes" not in names and "scores_now" in names
    kinds = reader.rows("SELECT DISTINCT engine FROM system.tables WHERE database = currentDatabase()")
    assert kinds == [("View",)]


def test_views_that_are_called_answer_anywhere(url: str, private: ClickHouse, reader: ClickHouse) -> None:
    """From whatever database they are called, they read the private one by their definer's rights, where a rating group is."""
    elsewhere = connect(url, "baton", "", "default")
    query = "SELECT measure, n, value FROM {}scores_at(as_of = '2023-11-15', window = '30d') WHERE part = '' ORDER BY measure"
    found = [(elsewhere.rows(query.format(f"{DATABASE}."))), reader.rows(query.format("")), private.rows(query.format(""))]
    elsewhere.close()
    assert found[0] == found[1] == found[2]
    assert [measure for measure, _, _ in found[0]] == ["rating", "rating_consistency", "rating_effectiveness"]


WAYS = (
    f"SELECT * FROM {PRIVATE}.raw_events",
    f"SELECT * FROM `{PRIVATE}`.`vote_facts`",
    f'SELECT * FROM "{PRIVATE}" . vote_facts',
    f"SELECT * FROM /* x */ {PRIVATE} /* y */ . votes",
    f"SELECT 1 WHERE 1 IN {PRIVATE}.vote_facts",
    f"WITH x AS (SELECT * FROM {PRIVATE}.votes) SELECT * FROM x",
    "SELECT * FROM merge('readers_priv' || 'ate', 'raw_events')",
    "SELECT * FROM merge(REGEXP('readers.*'), 'vote_facts')",
    "SELECT * FROM remote('127.0.0.1', concat('readers_', 'private'), 'votes')",
    "SELECT * FROM cluster('default', 'readers' || '_private', 'votes')",
    "SELECT * FROM loop(concat('readers_','private'), 'votes')",
    "SELECT * FROM mergeTreeIndex('readers' || '_private', 'raw_events')",
    "SELECT * FROM dictionary('readers' || '_private.d')",
    "SELECT dictGet('readers' || '_private.d', 'x', 1)",
    "SELECT joinGet('readers' || '_private.j', 'x', 1)",
    "SELECT hasColumnInTable('readers' || '_private', 'votes', 'rater')",
    f"SELECT * FROM view(SELECT * FROM {PRIVATE}.votes)",
    f"SELECT * FROM {PRIVATE}.scores_at(as_of = now(), window = '7d')",
    f"SELECT * FROM scores_at(as_of = (SELECT max(at) FROM {PRIVATE}.votes), window = '7d')",
    "SELECT * FROM scores_at(as_of = (SELECT max(at) FROM merge('readers_priv' || 'ate', 'votes')), window = '7d')",
    f"DESCRIBE TABLE {PRIVATE}.votes",
    f"SHOW TABLES FROM {PRIVATE}",
    "SHOW PROCESSLIST",
    "SELECT * FROM system.processes",
    "SELECT * FROM system.query_log",
    "SELECT * FROM `system`.`processes`",
    f"EXPLAIN SELECT * FROM {PRIVATE}.votes",
    f"EXISTS TABLE {PRIVATE}.votes",
    f"SELECT * FROM events UNION ALL SELECT * FROM {PRIVATE}.events",
    f"INSERT INTO {PRIVATE}.audit (who) SELECT 'x'",
    f"RENAME TABLE {PRIVATE}.votes TO readers.votes",
    "CREATE VIEW v AS SELECT 1",
    "SELECT * FROM items SETTINGS additional_result_filter = '1 IN (SELECT 1 FROM `readers\\\\x5fprivate`.votes)'",
    "SELECT * FROM items SETTINGS additional_table_filters = {'items': '1 IN (SELECT 1 FROM `readers\\\\x5fprivate`.votes)'}",
    "SELECT * FROM `readers\\x5fprivate`.votes",
)
FINE = (
    "SELECT count() FROM items",
    "SELECT * FROM scores_at(as_of = (SELECT max(last_event_at) FROM items), window = '7d') WHERE scope = 'pair'",
    "SELECT * FROM handoffs_at(as_of = now(), since = '2023-01-01', until = now())",
    "SELECT supplier, value FROM scores WHERE measure = 'rating' AND part IN ('a', 'b')",
    "WITH (SELECT max(w) FROM as_of) AS w SELECT w, count() FROM handoffs GROUP BY w",
    "SELECT * FROM numbers(3) AS n LEFT JOIN items AS i ON i.moves = n.number",
    "SHOW TABLES",
    "DESCRIBE TABLE items",
    "SELECT name FROM system.tables WHERE database = 'readers'",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "SELECT format('{} {}', supplier, customer), dateDiff('hour', at, w) FROM rating_groups",
    "SELECT 'private', 'merge(x)' AS `remote`",
    "SELECT count() FROM items SETTINGS max_threads = 1, join_algorithm = 'full_sorting_merge'",
)


_JUNK = '{"id": "moved", "to": "Desk"}'
LETTERS = {
    "plain": ("A > B", '{"data": {"rater": "ann"}}', {}),
    "escaped": ("A \\u003e B", '{"data": {"r\\u0061ter": "ann"}}', {}),
    "binary mode": ("x", "ann;B;A;B;work;1;3", {"ce_type": "baton.rating.given.v1"}),
    "a pair's, in no encoding": ("A > B", "ann;1;3", {}),
}


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@pytest.mark.guard("private votes")
def test_dead_letters_show_readers_no_vote(private: ClickHouse, reader: ClickHouse) -> None:
    """What may be a rating has no key, value or headers, however it was written. Control: other letters have all three."""
    columns = "origin, partition, position, reason, detail, by, append_time, key, value, headers"
    letters = {**LETTERS, "junk": ("item-1", _JUNK, {"content-type": "text/plain"})}
    for number, (key, value, headers) in enumerate(letters.values()):
        stated = ", ".join(_quoted(text) for pair in headers.items() for text in pair)
        private.execute(
            f"INSERT INTO dead_letter_log ({columns}) SELECT 'baton.events.v1', 0, {number}, 'invalid_field', '', 'test', "
            f"now64(3), {_quoted(key)}, {_quoted(value)}, map({stated})"
        )
    seen = dict(zip(letters, reader.rows("SELECT key, value, headers FROM dead_letters ORDER BY position"), strict=True))
    assert seen.pop("junk") == ("item-1", _JUNK, {"content-type": "text/plain"})
    assert set(map(str, seen.values())) == {str((None, None, {}))}


@pytest.mark.parametrize("query", WAYS)
@pytest.mark.guard("private votes")
def test_there_is_no_way_around(reader: ClickHouse, query: str) -> None:
    """By its name in any spelling, by functions that take a table by a text, and by system tables: refused with a mend."""
    told = why_refused(reader, query, PRIVATE)
    assert told is not None and "--private" in told.mend


@pytest.mark.parametrize("query", FINE)
def test_what_readers_may_ask(reader: ClickHouse, query: str) -> None:
    """Views, harmless functions and what describes them are asked as before, and answered."""
    assert why_refused(reader, query, PRIVATE) is None
    reader.rows(query)


@pytest.mark.control("private votes")
def test_without_the_rules_the_ways_lead_there(reader: ClickHouse) -> None:
    """Negative control: the local engine has no accounts, so the same queries are answered where nobody looks at them."""
    assert reader.rows(f"SELECT rater FROM {PRIVATE}.vote_facts") == [(SECRET,)]
    assert reader.rows("SELECT rater FROM merge('readers' || '_private', 'vote_facts')") == [(SECRET,)]


def ask(url: str, home: Path, *words: str, output: str = "TSV") -> "subprocess.CompletedProcess[str]":
    """``baton sql`` of that warehouse."""
    environment = child_environment(BATON_CLICKHOUSE=url, BATON_CLICKHOUSE_DATABASE=DATABASE, BATON_KAFKA="nobody:1")
    argv = [sys.executable, "-m", "baton.main", "sql", *words, "--home", str(home), "--format", output]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


HALVES = (
    ("SELECT '", f"', rater, effectiveness FROM {PRIVATE}.vote_facts"),
    (f"SELECT rater, effectiveness FROM {PRIVATE}.vote_facts /*", "*/"),
)


@pytest.mark.parametrize(("query", "output"), HALVES)
@pytest.mark.guard("private votes")
@pytest.mark.control("private votes")
def test_a_format_is_no_other_half_of_a_query(
    url: str, private: ClickHouse, reader: ClickHouse, tmp_path: Path, query: str, output: str
) -> None:
    """What is judged is the text that runs. Control: the first half alone does not parse and so is let through, and both
    together read the private database."""
    told = ask(url, tmp_path, query, output=output)
    assert told.returncode and "no name of a format" in told.stderr and SECRET not in told.stdout + told.stderr
    whole = f"{query}\nFORMAT {output}"
    assert why_refused(reader, query, PRIVATE) is None and why_refused(reader, whole, PRIVATE) is not None
    assert SECRET in str(reader.rows(whole))


@pytest.mark.guard("private votes")
def test_the_command_reads_as_a_reader_and_else_on_record(url: str, private: ClickHouse, tmp_path: Path) -> None:
    """Plainly it sees the views alone; with --private everything, and what was asked stands in the audit table before."""
    assert ask(url, tmp_path, "SELECT raters FROM rating_groups").stdout == "5\n"
    unknown = ask(url, tmp_path, "SELECT rater FROM vote_facts")
    assert unknown.returncode and SECRET not in unknown.stdout + unknown.stderr
    refused = ask(url, tmp_path, f"SELECT rater FROM {PRIVATE}.vote_facts")
    assert refused.returncode and "private" in refused.stderr and SECRET not in refused.stdout + refused.stderr
    assert private.rows("SELECT count() FROM audit") == [(0,)]
    for query in ("SELECT rater FROM vote_facts", f"SELECT rater FROM {PRIVATE}.vote_facts"):
        assert ask(url, tmp_path, "--private", query).stdout == f"{SECRET}\n"
    assert ask(url, tmp_path, "--private", "SELECT nothing FROM vote_facts").returncode
    asked = private.rows("SELECT query, who != '' AND at > now() - INTERVAL 1 HOUR FROM audit ORDER BY at")
    assert asked == [
        ("SELECT rater FROM vote_facts", 1),
        (f"SELECT rater FROM {PRIVATE}.vote_facts", 1),
        ("SELECT nothing FROM vote_facts", 1),
    ]


def test_what_is_private_is_not_called_unknown(url: str, private: ClickHouse, tmp_path: Path) -> None:
    """By its bare name it is said to be private, and how it is read; what is nowhere is unknown, nothing private offered."""
    for name in ("votes", "audit", "vote_facts"):
        told = ask(url, tmp_path, f"SELECT * FROM {name}").stderr
        assert f"{name} is private" in told and "baton sql --private" in told and "migrate" not in told
    told = ask(url, tmp_path, "SELECT * FROM vote").stderr
    assert "Unknown table expression identifier 'vote'" in told and "migrate" in told and PRIVATE not in told


def test_an_answer_without_rows_says_so(url: str, private: ClickHouse, tmp_path: Path) -> None:
    """Beside the answer, for people; what programs read is as it was."""
    none, pretty = "SELECT * FROM items WHERE 0", "PrettyCompact"
    assert (ask(url, tmp_path, none, output=pretty).stderr, ask(url, tmp_path, none, output=pretty).stdout) == ("0 rows\n", "")
    for query, output in (("SELECT 1", pretty), (none, "TSV"), (f"{none} FORMAT TSV", pretty)):
        assert ask(url, tmp_path, query, output=output).stderr == ""


def test_an_installation_from_before_is_moved(url: str) -> None:
    """Tables that stood in the readers' database move to the private one with all they hold, also after a crash half way."""
    old = connect(url, "baton", "", "older")
    migrations = read()
    migrate(old, migrations[:18], lambda _: None)
    facts = batch_of({TopicPartition(FACTS, 0): placed([watermark(1)])})
    for block in facts.watermarks:
        old.insert(block)
    now = connect(url, "baton", "", "older_private")
    now.create_database("older_private")
    now.execute("RENAME TABLE `older`.raw_events TO `older_private`.raw_events")  # as after a crash half way
    told: list[str] = []
    migrate(now, migrations, told.append, "older")
    assert told[0] == "tables moved from database older to older_private"
    assert migrate(now, migrations, lambda _: None, "older") == []
    assert old.rows("SELECT DISTINCT engine FROM system.tables WHERE database = 'older'") == [("View",)]
    assert old.rows("SELECT count() FROM system.tables WHERE database = 'older' AND name = 'votes'") == [(0,)]
    assert [generation for generation, *_ in old.rows("SELECT generation FROM as_of")] == [1]


def test_dropped_views_come_back(url: str, private: ClickHouse, reader: ClickHouse) -> None:
    """A readers' database that was dropped is made anew by the next migration, from the private one."""
    private.execute(f"DROP DATABASE {DATABASE} SYNC")
    assert migrate(private, read(), lambda _: None, DATABASE) == [READER_VIEWS]
    assert reader.rows("SELECT raters FROM rating_groups") == [(5,)]
