"""`baton verify`'s own fold over the real engine: what it says when tables, facts and dead letters don't fit."""

from collections.abc import Iterator

import pytest

from broker.records import PartitionRecord, TopicPartition
from schemas.dead_letters import parked
from schemas.errors import Park
from schemas.event_codec import decode, make
from schemas.fields import to_ms
from schemas.installation import FoldSettings, Installation
from schemas.structs.events import ClockTickedEvent
from schemas.timestamps import DAY_MS
from schemas.topics import DEAD_LETTERS, EVENTS, FACTS
from sinks.batch_blocks import batch_of
from sinks.clickhouse import ClickHouse, connect
from sinks.memory_source import MemoryRecord
from sinks.migrate import migrate
from sinks.migration_files import read
from streams.engine.memory_store import MemoryStore
from streams.engine.ports import Tick
from streams.journeys.fold import Journeys
from tests.fixtures.other_clients import binary_mode
from tests.fixtures.providers import Stack
from tests.unit.sinks.sink_logs import BASE, Content, moved, placed, tick, watermark
from verification import sql_checks as sql_checks_module
from verification.comparison import Check
from verification.queries import query
from verification.recompute import fold_checks
from verification.sql_checks import sql_checks

pytestmark = pytest.mark.stack
ODD = "a\x1fb"
"""A subject with the character that separates the parts of a fact's key."""
AHEAD = 500 * DAY_MS
TEAMS = "baton.teams.set.v1"


def in_binary_mode(content: Content) -> Content:
    """The same event as another client writes it."""
    key, value, _ = content
    return key, *binary_mode(value or b"")


LOG = [moved(ODD, "1", "Ops"), moved("far", "2", "Ops", at=AHEAD), moved("c", "3", "Net", at=1)]
LOG += [
    (
        b"clock",
        make(
            TEAMS,
            id="Net",
            source="t",
            subject="team Net",
            time_ms=BASE + 4,
            body={"teams": {"Net\N{ZERO WIDTH SPACE}": " NOC"}},
        ),
        (),
    ),
    *(moved("e", team, team, at=at) for team, at in (("Net", 3), ("NOC", 5), ("Mail", 6))),
]
LOG += [in_binary_mode(moved("d", str(n), team, at=2)) for n, team in enumerate(("Ops", "Net"))]
LOG += [in_binary_mode(moved("d", "0", None, deleted=True, revision=1)), (b"d", b"\xff", [("ce_id", b"\xfe")]), tick(1000)]
INSTALLATION = Installation(name="x", generation=1, time="log", fold=FoldSettings(time_zone="UTC", horizon_days=400))


def streamed(log: list[PartitionRecord]) -> tuple[list[Content], list[PartitionRecord]]:
    """What journeys publish of a partition that ends with a tick: facts with their watermark, and dead letters."""
    fold, cut = Journeys(MemoryStore(), 0, 1, 400, 100), []
    letters: list[PartitionRecord] = []
    for record in log[:-1]:
        try:
            cut.append(fold.admit(decode(record.key, record.value, record.headers), record.timestamp))
        except Park as park:
            letter = parked(park, record.key, record.value, EVENTS, 0, record.offset, "journeys", record.headers)
            letters.append(MemoryRecord(0, len(letters), record.timestamp, letter.key, letter.value, letter.headers()))
    last = decode(log[-1].key, log[-1].value)
    assert type(last) is ClockTickedEvent
    facts = list(fold.close([a for a in cut if a], Tick(to_ms(last.time), log[-1].offset, log[-1].timestamp)))
    return [*((k, v, ()) for topic, _, k, v in facts if topic == FACTS), watermark(log[-1].offset)], letters


@pytest.fixture
def warehouse(stack: Stack, unique: str) -> Iterator[ClickHouse]:
    """A database with the log, its facts and its letters."""
    found = connect(stack.clickhouse, stack.user, stack.password, unique)
    migrate(found, read(), lambda _: None)
    log = placed(LOG)
    facts, letters = streamed(log)
    batch = batch_of(
        {TopicPartition(EVENTS, 0): log, TopicPartition(FACTS, 0): placed(facts), TopicPartition(DEAD_LETTERS, 0): letters}
    )
    try:
        for block in (*batch.rows, *batch.watermarks, batch.positions_block):
            found.insert(block)
        yield found
    finally:
        found.execute(f"DROP DATABASE {unique} SYNC")
        found.close()


def failing(warehouse: ClickHouse) -> list[Check]:
    """The checks that don't hold."""
    checks = [check for check in fold_checks(warehouse, INSTALLATION) if not check.holds]
    assert [check.name for check in checks[-1:]] == ["partitions with facts have scores"]  # here are facts alone
    return checks[:-1]


def test_what_was_streamed_is_folded_again(warehouse: ClickHouse) -> None:
    """Facts and refused events of a log agree with the fold; the one event too far ahead is counted on both sides."""
    assert failing(warehouse) == []
    (refused,) = [c for c in fold_checks(warehouse, INSTALLATION) if "refuses" in c.name]
    assert (refused.expected, refused.actual) == (1, 1)


@pytest.mark.guard("other clients")
def test_headers_are_kept_where_they_are_needed(warehouse: ClickHouse) -> None:
    """Of events in binary mode and of their dead letters those that say how they are read; the folds then agree."""
    kept = warehouse.rows(
        "SELECT item, headers['ce_id'], mapKeys(headers) FROM events WHERE notEmpty(headers) ORDER BY offset"
    )
    assert [(item, id_) for item, id_, _ in kept] == [("d", "0"), ("d", "1"), ("d", "0")]
    assert all("content-type" in names and "traceparent" not in names for *_, names in kept)
    assert warehouse.rows("SELECT reason, hex(headers['ce_id']) FROM dead_letters WHERE notEmpty(headers)") == [
        ("invalid_utf8", "FE")
    ]
    assert warehouse.rows("SELECT path FROM items WHERE item = 'd'") == [(["Net"],)]


@pytest.mark.control("other clients")
def test_a_reader_that_drops_headers_is_found(warehouse: ClickHouse) -> None:
    """Negative control: without the headers in the tables the fold again finds other events than were streamed."""
    warehouse.execute("ALTER TABLE raw_events UPDATE headers = map() WHERE 1 SETTINGS mutations_sync = 1")
    assert any(check.name.startswith("facts") for check in failing(warehouse))


def test_a_renamed_teams_items_are_folded_again(warehouse: ClickHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rename is no step of a path; SQL, which knows no names, leaves such items out and says so."""
    assert warehouse.rows("SELECT name, team FROM team_names") == [("Net\N{ZERO WIDTH SPACE}", " NOC")]
    assert warehouse.rows("SELECT path FROM items WHERE item = 'e'") == [(["Net", "Mail"],)]
    checks = {check.name: check for check in sql_checks(warehouse)}
    assert [name for name, check in checks.items() if not check.holds] == []
    assert checks["item paths"].note == "3 items of teams with several names are compared by folding them again, not here"
    whole = query("item_paths_compared").replace(query("items_renamed"), "SELECT '' AS item")
    monkeypatch.setattr(sql_checks_module, "query", lambda name: whole if name == "item_paths_compared" else query(name))
    names = [check.name for check in sql_checks(warehouse) if not check.holds]
    assert "item paths" in names  # negative control: compared all the same, its path differs


def test_a_refused_event_without_a_letter_is_found(warehouse: ClickHouse) -> None:
    """An event too far ahead whose letter is missing is named with its offset."""
    warehouse.execute("TRUNCATE TABLE dead_letter_log")
    (check,) = failing(warehouse)
    assert check.examples == ("partition 0, offset 1: parked for nothing, now too_far_ahead",)


def test_a_letter_of_an_event_that_can_be_used_is_found(warehouse: ClickHouse) -> None:
    """A letter that says too far ahead of an event that the fold takes is named."""
    warehouse.execute(
        "INSERT INTO dead_letter_log (origin, partition, position, reason) SETTINGS async_insert = 0 "
        f"VALUES ('{EVENTS}', 0, 2, 'too_far_ahead')"
    )
    (check,) = failing(warehouse)
    assert check.examples == ("partition 0, offset 2: parked for too_far_ahead, now an event to be used, or none",)


def test_a_difference_of_an_oddly_named_item_is_told(warehouse: ClickHouse) -> None:
    """A fact that is missing is named also when its subject holds the separator of fact keys."""
    warehouse.execute("TRUNCATE TABLE item_facts")
    (check,) = failing(warehouse)
    assert [example.split(":")[0] for example in sorted(check.examples)] == ["item a b", "item c", "item d", "item e"]
