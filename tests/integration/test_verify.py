"""`baton verify` over the real engine: facts and scores of a random history, through crashes, hold; another cell is found."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from broker.partitioner import partition_of
from broker.records import PartitionRecord, TopicPartition
from schemas.dead_letters import DeadLetter
from schemas.installation import FoldSettings, Installation
from schemas.record_codec import encode_record
from schemas.structs.watermarks import Watermark
from schemas.topics import DEAD_LETTERS, EVENTS, FACTS, SCORES
from sinks.batch_blocks import batch_of
from sinks.clickhouse import ClickHouse, connect
from sinks.memory_source import MemoryRecord
from sinks.migrate import migrate
from sinks.migration_files import read
from tests.fixtures.providers import Stack
from tests.laws.histories import AGREEMENTS, SILENT, STEP, T0, Rec, agreement, event, key_of, rating, tick
from tests.laws.machine import GENERATION, Machine
from tests.laws.scratch import ZONE
from tests.laws.test_scores_of_journeys import folded, written
from tests.laws.two_stages import ScoresMachine, places
from verification import scores_in_sql
from verification.comparison import Check
from verification.recompute import fold_checks

pytestmark = pytest.mark.stack
EVENTS_PARTITIONS, SCORES_PARTITIONS = 3, 2
LAST = 153
"""Steps of the history: it ends at a midnight, so that the day's ratings are of the last W."""
Records = list[tuple[str, bytes]]
INSTALLATION = Installation(name="x", generation=GENERATION, time="log", fold=FoldSettings(time_zone=ZONE, horizon_days=400))
Log = dict[TopicPartition, list[PartitionRecord]]


def long_history() -> tuple[Records, list[int]]:
    """Two days of many items, pairs and agreements, in arrival order, and when each record arrived (ms); ends at midnight."""
    rng = Random(5)
    records: Records = []
    arrived: list[int] = []
    for number in range(0, LAST, 3):
        w = T0 + (number + 3) * STEP
        for _ in range(rng.randrange(50)):
            kind = rng.random()
            make = rating if kind < 0.2 else agreement if kind < 0.23 else None
            key, value = make(rng, LAST) if make else event(rng, 40, 30, LAST)
            if make is rating and rng.random() < 0.8:  # enough of one pair for rating groups
                key, value = rating(rng, LAST, one_pair=True)
            if key in SILENT:  # more items without handoff events: their moves imply handoffs
                silent = f"silent-{rng.randrange(25)}"
                key, value = silent, value.replace(f'"{key}"'.encode(), f'"{silent}"'.encode())
            records.append((key, value))
            arrived.append(w - rng.randrange(3 * STEP))
        records.append(("clock", tick(w)))
        arrived.append(w)
    return records, arrived


def split(count: int) -> list[list[Rec]]:
    """The logs of ``count`` events partitions; ticks and agreements in every one."""
    logs: list[list[Rec]] = [[] for _ in range(count)]
    for (key, value), at in zip(*long_history(), strict=True):
        mine = partition_of(key.encode(), count)
        for partition in range(count) if key in {"clock", AGREEMENTS} else (mine,):
            logs[partition].append(Rec(len(logs[partition]), at, key_of(key), value))
    return logs


def published(machine: Any, target: int, targets: int, partition: int, partitions: int) -> tuple[list[Any], list[Any]]:
    """What a worker has written, as values for its topic, and its dead letters."""
    values, letters = [], []
    for what, key, value in machine.outbox.log:
        if what in {"fact", "score"}:
            values.append((key, value, ()))
        elif what == "letter":
            letters.append(value)
        elif what == "mark":
            of = {"partition": partition, "partitions": partitions, "target": target, "targets": targets}
            mark = Watermark(generation=GENERATION, w=value.w, offset=value.offset, **of)
            values.append((b"w", encode_record(mark), ()))
    return values, letters


def through_everything(rng: Random) -> Log:
    """Logs of all topics the sink reads, after both stages with crashes."""
    logs = split(EVENTS_PARTITIONS)
    first = [Machine(log, rng, 4, fold_of=folded(p)).drive() for p, log in enumerate(logs)]
    streams = [written(machine, p, EVENTS_PARTITIONS, lambda _: True) for p, machine in enumerate(first)]
    second = [
        ScoresMachine(log, rng, 4, p, SCORES_PARTITIONS).drive()
        for p, log in enumerate(places(rng, SCORES_PARTITIONS, streams))
    ]
    found: Log = {
        TopicPartition(EVENTS, p): [MemoryRecord(p, r.offset, r.timestamp, r.key, r.value) for r in log]
        for p, log in enumerate(logs)
    }
    letters: list[DeadLetter] = []
    for topic, machines in ((FACTS, first), (SCORES, second)):
        contents = []
        for p, machine in enumerate(machines):
            values, parked = published(machine, 0, 1, p, len(machines))
            contents += values
            letters += parked
        found[TopicPartition(topic, 0)] = [MemoryRecord(0, offset, 0, *content) for offset, content in enumerate(contents)]
    found[TopicPartition(DEAD_LETTERS, 0)] = [
        MemoryRecord(0, n, 0, letter.key, letter.value, letter.headers()) for n, letter in enumerate(letters)
    ]
    return found


@pytest.fixture(scope="module")
def warehouse(stack: Stack) -> Iterator[ClickHouse]:
    """A database with all of it."""
    found = connect(stack.clickhouse, stack.user, stack.password, "verifyscores")
    migrate(found, read(), lambda _: None)
    batch = batch_of(through_everything(Random(3)))
    try:
        for block in (*batch.rows, *batch.watermarks, batch.positions_block):
            found.insert(block)
        yield found
    finally:
        found.execute("DROP DATABASE verifyscores SYNC")
        found.close()


@contextmanager
def replaced(warehouse: ClickHouse, table: str, columns: str) -> Iterator[None]:
    """The table with other ``columns`` of its own rows, for a while."""
    warehouse.execute(f"CREATE TABLE kept_{table} ENGINE = Memory AS SELECT * FROM {table} FINAL")
    warehouse.execute(f"TRUNCATE TABLE {table}")
    warehouse.execute(f"INSERT INTO {table} SELECT {columns} FROM kept_{table} SETTINGS async_insert = 0")
    try:
        yield
    finally:
        warehouse.execute(f"TRUNCATE TABLE {table}")
        warehouse.execute(f"INSERT INTO {table} SELECT * FROM kept_{table} SETTINGS async_insert = 0")
        warehouse.execute(f"DROP TABLE kept_{table} SYNC")


def checks(warehouse: ClickHouse) -> list[Check]:
    """Everything that is computed again."""
    return [*fold_checks(warehouse, INSTALLATION), *scores_in_sql.score_checks(warehouse)]


def failing(warehouse: ClickHouse) -> list[str]:
    """Names of the checks that don't hold."""
    return [check.name for check in checks(warehouse) if not check.holds]


def test_everything_is_computed_again(warehouse: ClickHouse) -> None:
    """Facts of all kinds and every score ever written agree with the raw events, the current ones also with SQL over facts."""
    found = checks(warehouse)
    assert [check for check in found if not check.holds] == []
    named = {check.name: check for check in found}
    assert all(named[f"scores of partition {p}"].expected > 200 for p in range(SCORES_PARTITIONS))
    assert all(named[f"steps of the scores of partition {p}"].expected > 3 for p in range(SCORES_PARTITIONS))
    assert all(named[f"{scope} scores of 7d by SQL"].expected > 10 for scope in ("pair", "both", "route", "source"))
    assert named["pair ratings of 30d by SQL"].expected >= 6 and not named["pair ratings of 30d by SQL"].note
    assert warehouse.rows("SELECT count() >= 1 FROM rating_groups WHERE mode = 'individual'") == [(1,)]
    tables = ("item_facts", "handoff_facts", "vote_facts", "outcome_facts", "intake_facts", "verdict_facts", "score_rows")
    assert all(warehouse.rows(f"SELECT count() > 5 FROM {table} FINAL")[0][0] for table in tables)


@contextmanager
def changed(warehouse: ClickHouse, table: str, where: str, cell: str) -> Iterator[None]:
    """One row of a table has another cell meanwhile."""
    warehouse.execute(f"CREATE TABLE kept ENGINE = Memory AS SELECT * FROM {table} FINAL WHERE {where} LIMIT 1")
    try:
        assert warehouse.rows("SELECT count() FROM kept") == [(1,)]
        warehouse.execute(f"INSERT INTO {table} SELECT * REPLACE ({cell}) FROM kept SETTINGS async_insert = 0")
        yield
    finally:
        warehouse.execute(f"INSERT INTO {table} SELECT * FROM kept SETTINGS async_insert = 0")
        warehouse.execute("DROP TABLE kept SYNC")


CHANGES = [
    ("item_facts", "notEmpty(path_at)", "arrayMap(t -> t + INTERVAL 1 SECOND, path_at) AS path_at"),
    ("handoff_facts", "notEmpty(offered_at)", "arrayMap(r -> 'defect', reasons) AS reasons"),
    ("handoff_facts", "sla = 'unknown'", "'hit' AS sla"),
    ("vote_facts", "effectiveness < 5", "toUInt8(effectiveness + 1) AS effectiveness"),
    ("rating_group_facts", "mode = 'individual'", "raters + 1 AS raters"),
    ("outcome_facts", "1", "complaints + 1 AS complaints"),
    ("intake_facts", "1", "CAST(map('received', 777), 'Map(LowCardinality(String), Int64)') AS counts"),
    ("score_rows", "notEmpty(n)", "arrayMap(c -> c + 1, n) AS n"),
    ("score_rows", "has(measure, 'fpy')", "arrayMap(m -> if(m = 'fpy', 'moves', m), measure) AS measure"),
    ("score_rows", "label = 'closed'", "'provisional' AS label"),
]


@pytest.mark.parametrize(("table", "where", "cell"), CHANGES, ids=[f"{t}-{c.split(' AS ')[-1]}" for t, _, c in CHANGES])
def test_one_changed_cell_is_found(warehouse: ClickHouse, table: str, where: str, cell: str) -> None:
    """Negative control: a row with one other cell is found in its partition, and nowhere else."""
    with changed(warehouse, table, where, cell):
        (found,) = [check for check in fold_checks(warehouse, INSTALLATION) if not check.holds]
    assert found.differences == 1
    assert found.name.startswith("scores of" if table == "score_rows" else "facts of")


def test_a_row_of_an_older_version_changes_nothing(warehouse: ClickHouse) -> None:
    """What a newer version overrules may say anything."""
    with changed(warehouse, "score_rows", "1", "toUInt64(version - 1) AS version, arrayPopBack(n) AS n"):
        assert failing(warehouse) == []


def test_a_changed_score_is_found_by_sql_too(warehouse: ClickHouse) -> None:
    """Negative control: a current score with another count differs from the facts."""
    newest = (
        "window = '7d' AND scope = 'pair' AND has(measure, 'fpy') AND window_end = (SELECT max(window_end) FROM score_rows)"
    )
    newest = newest.replace("max(window_end) FROM score_rows", "max(window_end) FROM score_rows WHERE window = '7d'")
    with changed(warehouse, "score_rows", newest, "arrayMap(c -> c + 1, n) AS n"):
        (check,) = [check for check in scores_in_sql.score_checks(warehouse) if not check.holds]
    assert check.name == "pair scores of 7d by SQL"
    assert "SQL says" in check.examples[0]


def test_a_changed_fact_differs_from_the_scores(warehouse: ClickHouse) -> None:
    """Negative control: a handoff that was not first pass after all is found in the scores of its pair."""
    recent = "first_pass AND notEmpty(offered_at) AND accepted_at[1] > (SELECT max(w) FROM as_of) - INTERVAL 20 HOUR"
    assert warehouse.rows(f"SELECT count() FROM handoff_facts FINAL WHERE {recent}")[0][0]
    with changed(warehouse, "handoff_facts", recent, "false AS first_pass"):
        names = [check.name for check in scores_in_sql.score_checks(warehouse) if not check.holds]
    assert "pair scores of 24h by SQL" in names


def test_a_step_that_is_not_told_is_found(warehouse: ClickHouse) -> None:
    """Negative control: without one step in the tables, it and the scores it wrote are found."""
    row = "SELECT partition, offset FROM score_watermark_history ORDER BY partition, offset LIMIT 1 OFFSET 1"
    ((partition, offset),) = warehouse.rows(row)
    warehouse.execute("CREATE TABLE kept ENGINE = Memory AS SELECT * FROM score_watermark_history")
    warehouse.execute(f"DELETE FROM score_watermark_history WHERE partition = {partition} AND offset = {offset}")
    try:
        names = failing(warehouse)
    finally:
        warehouse.execute("INSERT INTO score_watermark_history SELECT * FROM kept SETTINGS async_insert = 0")
        warehouse.execute("DROP TABLE kept SYNC")
    assert f"steps of the scores of partition {partition}" in names
    assert failing(warehouse) == []


@pytest.mark.guard("verify")
@pytest.mark.control("verify")
@pytest.mark.parametrize("partition", range(EVENTS_PARTITIONS))
def test_a_partition_that_is_behind_is_told(warehouse: ClickHouse, partition: int) -> None:
    """While one partition stands still, whichever, W is its W and the scores are of it, but the others' facts are newer: SQL
    compares nothing, and says which partition it is. Without that it finds differences where nothing is wrong."""
    earlier = "* REPLACE (w - INTERVAL 1 HOUR AS w)"
    with replaced(warehouse, "score_watermarks", earlier):
        with replaced(warehouse, "watermarks", f"* REPLACE (w - toIntervalHour(partition = {partition}) AS w)"):
            (check,) = scores_in_sql.score_checks(warehouse)
        with replaced(warehouse, "watermarks", earlier):
            blind = scores_in_sql.score_checks(warehouse)
    assert check.outcome == "not compared" and f"; partition {partition} stands at W 20" in check.note
    assert any(check.differences for check in blind)  # the same comparison where nobody is seen to lag
    assert failing(warehouse) == []


def test_scores_that_are_behind_are_told(warehouse: ClickHouse) -> None:
    """Where the scores are not of the facts' W, SQL compares nothing, and says so with both."""
    with replaced(warehouse, "score_watermarks", "* REPLACE (w - INTERVAL 1 HOUR AS w)"):
        (check,) = scores_in_sql.score_checks(warehouse)
    assert check.outcome == "not compared" and "; facts are of W 20" in check.note
    assert failing(warehouse) == []
