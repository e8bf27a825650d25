"""SQL over raw events and the fold say the same of a forgotten item, also when its last change left its fact equal."""

from collections.abc import Iterator
from typing import Any

import pytest

from broker.records import PartitionRecord, TopicPartition
from schemas.event_codec import decode, make
from schemas.fields import to_ms
from schemas.record_codec import encode_record
from schemas.structs.events import ClockTickedEvent
from schemas.structs.watermarks import Watermark
from schemas.timestamps import DAY_MS, HOUR_MS
from schemas.topics import EVENTS, FACTS
from sinks.batch_blocks import batch_of
from sinks.clickhouse import ClickHouse, connect
from sinks.memory_source import MemoryRecord
from sinks.migrate import migrate
from sinks.migration_files import read
from streams.engine.memory_store import MemoryStore
from streams.engine.ports import Tick
from streams.journeys.fold import Journeys
from streams.journeys.late_arrivals import Arrival
from tests.fixtures.providers import Stack
from tests.laws.histories import T0, tick
from tests.unit.sinks.sink_logs import placed
from verification.sql_checks import sql_checks

pytestmark = pytest.mark.stack
HORIZON_DAYS = 400
LAST_CHANGE = "SELECT item, bitAnd(version, bitShiftLeft(toUInt64(1), 48) - 1) AS tick FROM items"


class History:
    """Records of one partition, and what the fold publishes of them."""

    def __init__(self) -> None:
        self.records: list[PartitionRecord] = []
        self.facts: list[tuple[bytes, bytes]] = []
        self._fold = Journeys(MemoryStore(), 0, 1, HORIZON_DAYS, 1000)
        self._cut: list[Arrival] = []
        self.append_ms = T0 + DAY_MS

    def event(self, subject: str, kind: str, event_id: str, hour: int, body: dict[str, Any] | None, **more: Any) -> None:
        """An event ``hour`` hours after T0."""
        parts: dict[str, Any] = {"source": "desk", "subject": subject, "time_ms": T0 + hour * HOUR_MS} | more
        self._append(subject.encode(), make(f"baton.{kind}.v1", id=event_id, body=body, **parts))

    def tick(self, hour: int) -> None:
        """A tick, and what is published at it."""
        self._append(b"clock", tick(T0 + hour * HOUR_MS))

    def _append(self, key: bytes, value: bytes) -> None:
        offset = len(self.records)
        self.records.append(MemoryRecord(0, offset, self.append_ms, key, value))
        event = decode(key, value)
        if type(event) is not ClockTickedEvent:
            admitted = self._fold.admit(event, self.append_ms)
            assert admitted is not None
            self._cut.append(admitted)
            return
        at = Tick(to_ms(event.time), offset, self.append_ms)
        self.facts += [(record.key, record.value) for record in self._fold.close(self._cut, at) if record.topic == FACTS]
        mark = Watermark(generation=1, partition=0, partitions=1, target=0, targets=1, w=at.w, offset=offset)
        self.facts.append((b"", encode_record(mark)))
        self._cut = []


def forgotten_history() -> History:
    """Items whose last change left the item fact equal, forgotten after the horizon; then old events of them once more."""
    log = History()
    for item in ("renumbered", "reworded", "surveyed"):
        log.event(item, "item.moved", "move", 1, {"to": "Desk", "reason": "typo"})
        log.event(item, "item.status", "working", 2, {"status": "working"})
        log.event(item, "item.status", "closed", 3, {"status": "closed"})
    log.tick(4)
    # 1 the source renumbers an event: taken back under one id, told again under another
    log.event("renumbered", "item.status", "working", 2, None, deleted=True, revision=1)
    log.event("renumbered", "item.status", "working-2", 2, {"status": "working"})
    # 2 another reason   3 what the customer says is no part of the item's fact
    log.event("reworded", "item.moved", "move", 1, {"to": "Desk", "reason": "skills"}, revision=1)
    log.event("surveyed", "outcome.surveyed", "survey", 4, {"csat": 5})
    log.event("only a survey", "outcome.surveyed", "survey", 4, {"csat": 3})
    log.tick(5)
    log.append_ms += (HORIZON_DAYS + 2) * DAY_MS
    log.tick(6)
    log.event("renumbered", "item.status", "working", 2, {"status": "working"})
    log.event("reworded", "item.moved", "move", 1, {"to": "Desk", "reason": "typo"})
    log.event("surveyed", "outcome.surveyed", "survey", 4, {"csat": 1}, revision=1)
    log.tick(7)
    # The verdicts are written anew, at a later tick; the item was forgotten when it was.
    log.event("renumbered", "item.status", "working", 2, {"status": "working"}, revision=4)
    log.tick(8)
    return log


@pytest.fixture(scope="module")
def warehouse(stack: Stack) -> Iterator[ClickHouse]:
    """A database with that history."""
    found = connect(stack.clickhouse, stack.user, stack.password, "forgotten")
    migrate(found, read(), lambda _: None)
    log = forgotten_history()
    facts = placed([(key, value, ()) for key, value in log.facts])
    batch = batch_of({TopicPartition(EVENTS, 0): log.records, TopicPartition(FACTS, 0): facts})
    try:
        for block in (*batch.rows, *batch.watermarks, batch.positions_block):
            found.insert(block)
        yield found
    finally:
        found.execute("DROP DATABASE forgotten SYNC")
        found.close()


def surviving(warehouse: ClickHouse, item: str) -> list[tuple[str, int, str]]:
    """Id, revision and reason of an item's survivors."""
    rows = warehouse.rows(
        "SELECT id, revision, reason FROM surviving_events WHERE item = {item:String} ORDER BY id", {"item": item}
    )
    return [(str(event_id), int(revision), str(reason)) for event_id, revision, reason in rows]


@pytest.mark.guard("forgotten items")
def test_what_came_before_the_item_was_forgotten_was_in_time(warehouse: ClickHouse) -> None:
    """A change that left the item's fact equal holds, whatever comes for the same event after the item was forgotten."""
    assert {row[0] for row in warehouse.rows("SELECT item FROM verdicts WHERE verdict = 'too_late'")} == {
        *("renumbered", "reworded", "surveyed")
    }
    assert [check for check in sql_checks(warehouse) if not check.holds] == []
    assert [event_id for event_id, *_ in surviving(warehouse, "renumbered")] == ["closed", "move", "working-2"]
    assert ("move", 1, "skills") in surviving(warehouse, "reworded")
    assert ("survey", 0, "") in surviving(warehouse, "surveyed")


@pytest.mark.control("forgotten items")
def test_the_facts_last_change_is_no_measure_of_it(warehouse: ClickHouse) -> None:
    """Negative control: taking the item fact's last change for the moment of forgetting, SQL counts a retracted event."""
    *_, now = [s for m in read() for s in m.statements if s.startswith("CREATE OR REPLACE VIEW surviving_events")]
    wrong = now.replace("ifNull(v.forgotten_tick, 0) AS forgotten_tick", "last.tick AS forgotten_tick").replace(
        "FROM verdicts AS v\n", f"FROM verdicts AS v LEFT JOIN ({LAST_CHANGE}) AS last ON last.item = v.item\n"
    )
    assert wrong.count("last.") == 2
    warehouse.execute(wrong)
    try:
        names = {check.name for check in sql_checks(warehouse) if not check.holds}
        reworded = surviving(warehouse, "reworded")
    finally:
        warehouse.execute(now)
    assert {"item paths", "surviving events of partition 0"} <= names
    assert ("move", 0, "typo") in reworded
