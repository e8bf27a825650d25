"""The port sinks.ports.Warehouse: the shipped twin and the real engine keep the same rows."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.records import TopicPartition
from schemas.topics import EVENTS, FACTS, SCORES
from sinks.batch_blocks import batch_of
from sinks.clickhouse import ClickHouse, connect
from sinks.memory_warehouse import MemoryWarehouse
from sinks.migrate import migrate
from sinks.migration_files import read
from sinks.ports import Block, Hole
from sinks.tables import GENERATION_ZONES, TABLES
from tests.fixtures.providers import Stack
from tests.unit.sinks.sink_logs import (
    BASE,
    event,
    handoff,
    intake,
    item_fact,
    letter,
    logs,
    moved,
    outcome,
    placed,
    rating_group,
    score,
    tick,
    verdict,
    vote,
    watermark,
)

TIMES = {
    *("append_time", "time", "recorded_at", "due_at", "w", "opened_at", "last_event_at", "resolved_at", "closed_at", "at"),
    *("requested_at", "completed_at", "cancelled_at", "delivered_at", "pane", "window_end"),
}
ARRAYS_OF_TIMES = {"path_at", "offered_at", "accepted_at", "returned_at"}
BYTES, BYTE_TABLES = {"key", "value"}, {"raw_events", "dead_letter_log"}


class Tables(Protocol):
    """A warehouse whose rows can be read back: FINAL, in the order of the key, times in ms, keys and values as bytes."""

    def insert(self, block: Block) -> None: ...
    def positions(self) -> dict[TopicPartition, int]: ...
    def rows(self, table: str) -> list[tuple[Any, ...]]: ...


def everything(warehouse: Tables) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables; arrays as tuples."""
    return {
        table: [tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row) for row in warehouse.rows(table)]
        for table in TABLES
    }


class RealTables:
    """The engine, read back as the twin is."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self.warehouse = warehouse
        self.insert = warehouse.insert
        self.positions = warehouse.positions

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        shape = TABLES[table]
        cells = ", ".join(
            f"toUnixTimestamp64Milli({name})"
            if name in TIMES
            else f"arrayMap(t -> toUnixTimestamp64Milli(t), {name})"
            if name in ARRAYS_OF_TIMES
            else f"hex({name})"
            if name in BYTES and table in BYTE_TABLES
            else name
            for name in shape.columns
        )
        found = self.warehouse.rows(f"SELECT {cells} FROM {table} FINAL ORDER BY {', '.join(shape.key)}")
        return [
            tuple(
                bytes.fromhex(cell) if name in BYTES and isinstance(cell, str) and table in BYTE_TABLES else cell
                for name, cell in zip(shape.columns, row, strict=True)
            )
            for row in found
        ]


@pytest.fixture(params=["twin", pytest.param("real", marks=pytest.mark.stack)])
def make(request: pytest.FixtureRequest, unique: str) -> Iterator[Callable[[], Tables]]:
    """Gives empty warehouses."""
    if request.param == "twin":
        yield MemoryWarehouse
        return
    stack: Stack = request.getfixturevalue("stack")
    warehouse = connect(stack.clickhouse, stack.user, stack.password, unique)
    migrate(warehouse, read(), lambda _: None)

    def emptied() -> Tables:
        for table in TABLES:
            warehouse.execute(f"TRUNCATE TABLE {table}")
        return RealTables(warehouse)

    try:
        yield emptied
    finally:
        warehouse.execute(f"DROP DATABASE {unique} SYNC")
        warehouse.close()


def block(table: str, *rows: dict[str, Any]) -> Block:
    """A block with these rows."""
    columns = tuple(rows[0])
    return Block(table, columns, [[row[column] for row in rows] for column in columns])


def test_one_of_everything_comes_back(make: Callable[[], Tables]) -> None:
    """Every kind of row is read back as it was written, bytes that are no UTF-8 and nulls included."""
    offered = {"handoff": "H", "supplier": "Ops", "customer": "Net", "deliverable": "fix", "due": "2026-03-02T09:00:00.123Z"}
    accepted = {"handoff": "H", "rework_minutes": 0, "recheck_minutes": 10_000_000}
    offers: list[dict[str, Any]] = [
        {"offered_at": 5, "returned_at": 7, "reason": "Büro"},
        {"offered_at": 8, "accepted_at": 9, "repair_minutes": 0},
    ]
    polled = {
        TopicPartition(EVENTS, 0): placed(
            [
                moved(
                    "Ï1",
                    "a",
                    "Büro\x00\u2028\U0001f600",
                    recordedat="2026-03-02T09:00:00Z",
                    sequence=-(2**63),
                    revision=2**63 - 1,
                ),
                event("baton.handoff.offered.v1", "I", "o", 1, offered),
                event("baton.handoff.accepted.v1", "I", "c", 2, accepted),
                tick(9),
            ]
        ),
        TopicPartition(FACTS, 0): placed(
            [
                item_fact("I", 3, ["Ops", "Net"], path_at=[5, 6], touch_ms={"Ops": -5, "Net": 2**62}, resolved_at=7, due_at=0),
                handoff("I", "H", 3, offers, first_pass=False, rework_minutes=2400, due_from="agreement", implicit=True),
                vote("p", 3, (1, 5), handoff="H", rating_group=7),
                rating_group(0, 3, None, cells={"11": 2, "55": 2**40}),
                outcome("I", 3, delivered_at=7, on_time=False, csat=3, defects=2),
                intake("s", BASE, 3, {"received": 2, "late": 1}),
                verdict("I", "a", 3),
                watermark(3, targets=2),
            ]
        ),
        TopicPartition(SCORES, 0): placed(
            [
                score(["Ops", "Büro"], 7, [{"measure": "fpy", "value": 0.1, "n": 9, "k": 1, "low": 0.0, "high": 1.0}]),
                score(["Ops", "Net"], 7, [{"measure": "rating", "part": "fix", "reason": "min_raters"}], refresh="daily"),
                score(["Ops"], 7, [], scope="source"),
                watermark(7, targets=2),
            ]
        ),
        TopicPartition("baton.dead-letters.v1", 0): placed([letter(EVENTS, 0, 5), letter("a file.csv", 0, 6, None)]),
    }
    twin, warehouse = MemoryWarehouse(), make()
    batch = batch_of(polled, [Hole(TopicPartition(EVENTS, 0), 4, 6), Hole(TopicPartition(EVENTS, 1), 0, 0)])
    for written in (*batch.rows, *batch.watermarks, batch.positions_block):
        twin.insert(written)
        warehouse.insert(written)
    assert everything(warehouse) == everything(twin)
    assert all(twin.rows(table) for table in TABLES)
    positions = {
        TopicPartition(EVENTS, 0): 7,
        TopicPartition(EVENTS, 1): 1,
        TopicPartition(FACTS, 0): 8,
        TopicPartition(SCORES, 0): 4,
        TopicPartition("baton.dead-letters.v1", 0): 2,
    }
    assert warehouse.positions() == positions


def test_the_highest_version_holds(make: Callable[[], Tables]) -> None:
    """Of the rows of one key the highest version holds, whatever came last, and a taken-away fact is gone."""
    marks = [{"topic": EVENTS, "partition": 0, "position": position} for position in (5, 9, 7)]
    warehouse = make()
    for mark in marks:
        warehouse.insert(block("sink_positions", mark))
    assert warehouse.positions() == {TopicPartition(EVENTS, 0): 9}
    for contents in (
        [item_fact("I", 8, None), item_fact("J", 8, None)],
        [item_fact("I", 7, ["Ops"]), item_fact("J", 9, ["Net"])],
    ):
        for written in batch_of({TopicPartition(FACTS, 0): placed(contents)}).rows:
            warehouse.insert(written)
    assert [row[1] for row in warehouse.rows("item_facts")] == ["J"]


def test_generations_keep_apart(make: Callable[[], Tables]) -> None:
    """A rebuild's fact does not replace the older generation's, which readers still see."""
    warehouse = make()
    contents = [item_fact("I", 8, ["Ops"]), item_fact("I", 2, ["Net"], generation=2)]
    for written in batch_of({TopicPartition(FACTS, 0): placed(contents)}).rows:
        warehouse.insert(written)
    assert [(row[0], row[6]) for row in warehouse.rows("item_facts")] == [(1, ["Ops"]), (2, ["Net"])]


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logs(), st.integers(1, 30), st.randoms(use_true_random=False))
def test_written_again_in_any_order_is_written_once(make: Callable[[], Tables], log: Any, rows: int, chance: Any) -> None:
    """Blocks that come twice and in another order leave the same rows as once in order."""
    blocks = []
    for place, records in log.items():
        for begin in range(0, len(records), rows):
            batch = batch_of({place: records[begin : begin + rows]})
            blocks += [*batch.rows, *batch.watermarks, batch.positions_block]
    twin = MemoryWarehouse()
    for written in blocks:
        twin.insert(written)
    warehouse = make()
    shuffled = blocks + chance.sample(blocks, len(blocks))
    chance.shuffle(shuffled)
    for written in shuffled:
        warehouse.insert(written)
    assert everything(warehouse) == everything(twin)


@pytest.mark.stack
def test_tables_are_what_rows_fill(stack: Stack, unique: str) -> None:
    """The migrations make exactly the tables, columns, keys and versions that rows.py and the twin go by."""
    warehouse = connect(stack.clickhouse, stack.user, stack.password, unique)
    migrate(warehouse, read(), lambda _: None)
    try:
        found = {
            name: (
                set(columns),
                key.split(", "),
                engine.partition("(")[2].partition(")")[0] if "(" in engine.split(" ")[0] else "",
            )
            for name, columns, key, engine in warehouse.rows(
                "SELECT t.name, groupArray(c.name), any(t.sorting_key), any(t.engine_full) FROM system.tables AS t "
                "JOIN system.columns AS c ON c.database = t.database AND c.table = t.name "
                "WHERE t.database = currentDatabase() AND t.engine = 'ReplacingMergeTree' AND t.name != 'migrations' "
                "GROUP BY t.name"
            )
        }
        expected = {
            table.name: (
                {*table.columns, *table.computed},
                list(table.key),
                ", ".join(filter(None, (table.version, table.deleted))),
            )
            for table in (*TABLES.values(), GENERATION_ZONES)
        }
        assert found == expected
        bare = "SELECT table, name FROM system.columns WHERE database = currentDatabase() AND comment = ''"
        assert warehouse.rows(bare) == []
        assert warehouse.rows("SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''") == []
        assert migrate(warehouse, read(), lambda _: None) == []
    finally:
        warehouse.execute(f"DROP DATABASE {unique} SYNC")
        warehouse.close()
