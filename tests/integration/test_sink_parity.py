"""The SQL over raw events and the journeys fold say the same of every item, on random histories in the real engine."""

from collections.abc import Iterator
from itertools import count
from random import Random

import pytest

from broker.partitioner import partition_of
from broker.records import PartitionRecord, TopicPartition
from schemas.dead_letters import parked
from schemas.errors import Park
from schemas.event_codec import decode
from schemas.events import TICK
from schemas.fields import to_ms
from schemas.record_codec import encode_record
from schemas.structs.events import ClockTickedEvent
from schemas.structs.watermarks import Watermark
from schemas.timestamps import DAY_MS
from schemas.topics import DEAD_LETTERS, EVENTS, FACTS
from sinks.batch_blocks import batch_of
from sinks.clickhouse import ClickHouse, connect
from sinks.memory_source import MemoryRecord
from sinks.migrate import migrate
from sinks.migration_files import read
from sinks.ports import Hole
from streams.engine.memory_store import MemoryStore
from streams.engine.ports import Tick
from streams.engine.tick_filter import TickFilter
from streams.journeys.caps import CAPS, Caps
from streams.journeys.fold import Journeys
from streams.journeys.placement import Placement
from tests.fixtures.other_clients import Written, by_another_client
from tests.fixtures.providers import Stack
from tests.laws.histories import T0, crowded, history
from tests.unit.sinks.sink_logs import placed
from verification import sql_checks as sql_checks_module
from verification.comparison import Check
from verification.queries import query
from verification.sql_checks import sql_checks

pytestmark = pytest.mark.stack
HISTORIES = 210
TINY = Caps(moves=2, offers=1, events=6)
"""So few that random histories reach each cap, with corrections from one type to another and retractions behind it."""
Log = dict[TopicPartition, list[PartitionRecord]]


def raw_log(partition: int, holes: list[Hole]) -> list[PartitionRecord]:
    """A random history as one partition's records: days pass between them, some are unreadable, some too far ahead.

    Some offsets are markers of transactions: no records, told in ``holes``. Some events are written by other clients.
    """
    rng, others = Random(partition), Random(f"others {partition}")
    records: list[PartitionRecord] = []
    offsets = count()
    at = T0 + DAY_MS
    for key, value in crowded(rng) if partition % 3 == 1 else history(rng, of_votes=0):
        own = key if key == "clock" else own_name(key, partition, stray=rng.random() < 0.02)
        at += rng.choice((0, 1, 1000, DAY_MS // 2, 2 * DAY_MS))
        if rng.random() < 0.05:
            holes.append(Hole(TopicPartition(EVENTS, partition), next(offsets), next(offsets)))
        if rng.random() < 0.05:
            records.append(MemoryRecord(partition, next(offsets), at, b"x", b"\xffnot JSON"))
        if rng.random() < 0.05 and key != "clock":
            at = T0 - 500 * DAY_MS  # append time far below the event's own: parked as too far ahead
        written = Written(value.replace(f'"{key}"'.encode(), f'"{own}"'.encode()), [])
        if key.startswith("item-") and others.random() < 0.5:
            written = by_another_client(written.value or b"", others)
        records.append(MemoryRecord(partition, next(offsets), at, own.encode(), *written))
        at = max(at, T0 + DAY_MS)
    return records


def own_name(key: str, partition: int, *, stray: bool) -> str:
    """A name for the item that belongs in the partition; of a stray record one of the same item that does not."""
    if not key.startswith("item-"):
        return key
    names = (f"p{partition}-{number}-{key}" for number in count())
    return next(name for name in names if (partition_of(name.encode(), HISTORIES) == partition) != stray)


def streamed(log: list[PartitionRecord]) -> tuple[list[tuple[bytes, bytes]], list[PartitionRecord]]:
    """What journeys publish of a partition: fact records with watermarks, and dead letters."""
    facts: list[tuple[bytes, bytes]] = []
    letters: list[PartitionRecord] = []
    partition = log[0].partition
    placement = Placement(partition, HISTORIES)
    fold = Journeys(MemoryStore(), partition, 1, 1, 1000, caps=TINY if partition % 3 == 1 else CAPS)
    gate, cut = TickFilter(rebuilt_until=-1), []
    for record in log:
        try:
            event = decode(record.key, record.value, record.headers)
            placement.check(record, event)
            if type(event) is not ClockTickedEvent:
                admitted = fold.admit(event, record.timestamp)
                cut += [admitted] if admitted is not None else []
                continue
        except Park as park:
            letter = parked(park, record.key, record.value, EVENTS, partition, record.offset, "journeys", record.headers)
            letters.append(MemoryRecord(0, 0, record.timestamp, letter.key, letter.value, letter.headers()))
            continue
        tick = Tick(to_ms(event.time), record.offset, record.timestamp)
        if gate.accepts(tick):
            facts += [(record.key, record.value) for record in fold.close(cut, tick) if record.topic == FACTS]
            cut = []
            mark = Watermark(
                generation=1, partition=partition, partitions=HISTORIES, target=0, targets=1, w=tick.w, offset=tick.offset
            )
            facts.append((b"", encode_record(mark)))
    return facts, letters


@pytest.fixture(scope="module")
def warehouse(stack: Stack) -> Iterator[ClickHouse]:
    """All histories in one database, a partition each; every third one is published only up to a tick in its middle."""
    found = connect(stack.clickhouse, stack.user, stack.password, "sinkparity")
    migrate(found, read(), lambda _: None)
    events: Log = {}
    facts: list[tuple[bytes, bytes]] = []
    letters: list[PartitionRecord] = []
    holes: list[Hole] = []
    for partition in range(HISTORIES):
        log = raw_log(partition, holes)
        events[TopicPartition(EVENTS, partition)] = log
        ticks = [r.offset for r in log if r.value is not None and TICK.encode() in r.value]
        until = ticks[len(ticks) // 2] if partition % 3 == 0 else ticks[-1]
        more, parked_ones = streamed([r for r in log if r.offset <= until])
        facts += more
        letters += parked_ones
    polled = {
        **events,
        TopicPartition(FACTS, 0): placed([(k, v, ()) for k, v in facts]),
        TopicPartition(DEAD_LETTERS, 0): letters,
    }
    batch = batch_of(polled, holes)
    try:
        for block in (*batch.rows, *batch.watermarks, batch.positions_block):
            found.insert(block)
        yield found
    finally:
        found.execute("DROP DATABASE sinkparity SYNC")
        found.close()


def broken(checks: list[Check]) -> list[Check]:
    """The checks that do not hold."""
    return [check for check in checks if not check.holds]


def test_sql_over_raw_events_says_what_the_fold_said(warehouse: ClickHouse) -> None:
    """Paths, counts and offsets agree at each partition's published W, whatever else has arrived since."""
    checks = sql_checks(warehouse)
    assert broken(checks) == []
    named = {check.name: check for check in checks}
    assert named["item paths"].expected > HISTORIES
    assert named["bounces"].expected > 10
    verdicts: dict[str, int] = dict(warehouse.rows("SELECT verdict, count() FROM verdicts GROUP BY verdict"))
    assert verdicts["too_late"] > 5 and verdicts["anomaly"] > 5  # or the histories don't try what they should
    reasons: dict[str, int] = dict(warehouse.rows("SELECT reason, count() FROM beyond_cap GROUP BY reason"))
    assert all(reasons[reason] > 5 for reason in ("moves", "offers", "events")), reasons
    assert warehouse.rows("SELECT count() FROM dead_letters WHERE reason = 'too_far_ahead'")[0][0] > 3
    assert warehouse.rows("SELECT count() FROM dead_letters WHERE reason = 'wrong_partition'")[0][0] > 3


def test_a_lost_row_shows(warehouse: ClickHouse) -> None:
    """Negative control: without one survivor's row, its offset is missing and its item differs."""
    (row,) = warehouse.rows(
        "SELECT s.partition, s.offset FROM surviving_events AS s WHERE s.type = 'baton.item.moved.v1' AND s.item IN "
        "(SELECT item FROM items WHERE moves = 1 AND notEmpty(path)) AND (s.item, s.source, s.id) IN "
        "(SELECT subject, source, id FROM raw_events GROUP BY subject, source, id HAVING count() = 1) LIMIT 1"
    )
    warehouse.execute("CREATE OR REPLACE TABLE kept AS raw_events ENGINE = ReplacingMergeTree ORDER BY (partition, offset)")
    warehouse.execute("INSERT INTO kept SELECT * FROM raw_events")
    warehouse.execute("DELETE FROM raw_events WHERE partition = {} AND offset = {}".format(*row))
    try:
        names = {check.name for check in broken(sql_checks(warehouse))}
    finally:
        warehouse.execute("INSERT INTO raw_events SELECT * FROM kept")
        warehouse.execute("DROP TABLE kept SYNC")
    assert {"item paths", f"every offset of partition {row[0]} has a row or a dead letter"} <= names
    assert broken(sql_checks(warehouse)) == []


def test_an_offset_without_a_record_is_no_lost_row(warehouse: ClickHouse) -> None:
    """Negative control: where nothing tells that an offset is a transaction's marker, it counts as lost."""
    assert warehouse.rows("SELECT count() > 50 FROM log_holes")[0][0]
    warehouse.execute("CREATE TABLE kept ENGINE = Memory AS SELECT * FROM log_holes")
    warehouse.execute("TRUNCATE TABLE log_holes")
    try:
        names = [check.name for check in broken(sql_checks(warehouse))]
    finally:
        warehouse.execute("INSERT INTO log_holes SELECT * FROM kept SETTINGS async_insert = 0")
        warehouse.execute("DROP TABLE kept SYNC")
    assert len(names) > 20 and all(name.startswith("every offset") for name in names)
    assert broken(sql_checks(warehouse)) == []


def test_a_changed_fact_shows(warehouse: ClickHouse) -> None:
    """Negative control: one item's fact with another path is found, and named with both paths."""
    (item,) = warehouse.rows("SELECT item FROM items WHERE length(path) = 2 LIMIT 1")[0]
    copy = "INSERT INTO item_facts SELECT * {} FROM item_facts FINAL WHERE item = '{}' SETTINGS async_insert = 0"
    warehouse.execute("CREATE TABLE kept ENGINE = Memory AS SELECT * FROM item_facts FINAL WHERE item = '" + item + "'")
    warehouse.execute(copy.format("REPLACE (['Elsewhere'] AS path)", item))
    try:
        (check,) = [check for check in sql_checks(warehouse) if check.name == "item paths"]
    finally:
        warehouse.execute("INSERT INTO item_facts SELECT * FROM kept SETTINGS async_insert = 0")
        warehouse.execute("DROP TABLE kept SYNC")
    assert check.differences == 1
    assert check.examples[0].startswith(f"{item}: raw events say ") and check.examples[0].endswith("the fact says Elsewhere")
    assert broken(sql_checks(warehouse)) == []


@pytest.mark.control("place")
def test_a_misplaced_record_shows_without_the_rule(warehouse: ClickHouse) -> None:
    """Without letters SQL leaves misplaced records out by its own rule; negative control: without that, too, they count."""
    *_, view = [s for m in read() for s in m.statements if s.startswith("CREATE OR REPLACE VIEW surviving_events")]
    unruled = view.replace("AND kafkaMurmurHash(e.key) % cut.partitions = e.partition", "")
    assert unruled != view
    warehouse.execute("CREATE TABLE kept ENGINE = Memory AS SELECT * FROM dead_letter_log")
    warehouse.execute("DELETE FROM dead_letter_log WHERE reason = 'wrong_partition'")
    try:
        by_rule = [check.name for check in broken(sql_checks(warehouse))]
        warehouse.execute(unruled)
        by_nothing = [check.name for check in broken(sql_checks(warehouse))]
    finally:
        warehouse.execute(view)
        warehouse.execute("INSERT INTO dead_letter_log SELECT * FROM kept SETTINGS async_insert = 0")
        warehouse.execute("DROP TABLE kept SYNC")
    assert by_rule == []
    assert "item paths" in by_nothing


def test_choosing_the_revision_after_the_time_shows(warehouse: ClickHouse) -> None:
    """Negative control: filtering by time before the survivor is chosen gives other paths."""
    *_, view = [s for m in read() for s in m.statements if s.startswith("CREATE OR REPLACE VIEW surviving_events")]
    wrong = view.replace("WHERE has(ranks, e.type)", "WHERE has(ranks, e.type) AND e.time < cut.w")
    assert wrong != view
    warehouse.execute(wrong)
    try:
        names = {check.name for check in broken(sql_checks(warehouse))}
    finally:
        warehouse.execute(view)
    assert "item paths" in names


@pytest.mark.control("other clients")
def test_an_order_without_nanoseconds_shows(warehouse: ClickHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: by the millisecond alone, moves of other clients stand in another order."""
    assert warehouse.rows("SELECT count() > 500, countIf(notEmpty(headers)) > 200 FROM events WHERE nanos > 0") == [(1, 1)]

    def by_millisecond(name: str) -> str:
        return query(name).replace("(e.nanos, e.sequence)", "e.sequence")

    monkeypatch.setattr(sql_checks_module, "query", by_millisecond)
    assert "item paths" in {check.name for check in broken(sql_checks(warehouse))}


@pytest.mark.guard("one item")
def test_what_is_beyond_a_cap_can_be_read_again(warehouse: ClickHouse) -> None:
    """Each record left out stands in the view byte for byte, and none of them among those that calculations are made of."""
    found = {(p, o): said for p, o, *said in warehouse.rows("SELECT partition, offset, value, headers FROM beyond_cap")}
    rows = warehouse.rows("SELECT partition, offset, value, headers FROM raw_events FINAL")
    assert found == {(p, o): said for p, o, *said in rows if (p, o) in found} != {}
    assert found.keys().isdisjoint(map(tuple, warehouse.rows("SELECT partition, offset FROM surviving_events")))


@pytest.mark.parametrize(
    "without", [" AND NOT e.deleted", "e.type IN ('baton.item.moved.v1', 'baton.handoff.offered.v1') AND "]
)
def test_another_reading_of_a_cap_shows(warehouse: ClickHouse, without: str) -> None:
    """Negative control: leaving out retractions, or events of other types with that id, gives other paths or counts."""
    *_, view = [s for m in read() for s in m.statements if s.startswith("CREATE OR REPLACE VIEW beyond_cap")]
    assert without in view
    warehouse.execute(view.replace(without, ""))
    try:
        assert broken(sql_checks(warehouse)) != []
    finally:
        warehouse.execute(view)
    assert broken(sql_checks(warehouse)) == []


@pytest.mark.control("one item")
def test_using_what_is_beyond_a_cap_shows(warehouse: ClickHouse) -> None:
    """Negative control: events beyond a cap taken for survivors give other paths."""
    *_, view = [s for m in read() for s in m.statements if s.startswith("CREATE OR REPLACE VIEW surviving_events")]
    wrong = view.replace("AND (e.partition, e.offset) NOT IN (SELECT partition, offset FROM beyond_cap)", "")
    assert wrong != view
    warehouse.execute(wrong)
    try:
        names = {check.name for check in broken(sql_checks(warehouse))}
    finally:
        warehouse.execute(view)
    assert "item paths" in names


def test_counting_every_record_shows(warehouse: ClickHouse) -> None:
    """Negative control: the records that arrived are more than the events that survive."""
    counted = warehouse.rows(query("counts_from_raw"))
    assert sum(row[2] for row in counted) > sum(row[4] for row in counted) > 0
