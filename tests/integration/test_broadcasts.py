"""Control records of the clock are in every partition; `baton verify` finds what somebody wrote under the clock's name."""

from collections.abc import Callable, Iterator

import pytest

from broker.records import PartitionRecord, TopicPartition
from schemas.event_codec import make
from schemas.topics import EVENTS, FACTS
from sinks.batch_blocks import batch_of
from sinks.clickhouse import connect
from sinks.memory_source import MemoryRecord
from sinks.migrate import migrate
from sinks.migration_files import read
from tests.fixtures.providers import Stack
from tests.unit.sinks.sink_logs import BASE, Content, moved, placed, tick, watermark
from verification.comparison import Check
from verification.sql_checks import sql_checks

pytestmark = pytest.mark.stack
PARTITIONS = 3
Fill = Callable[[dict[int, list[Content]]], Check]


def named(revision: int, team: str = "NOC") -> Content:
    """A record of names under the clock's key."""
    body = {"teams": {"Net": team}}
    value = make("baton.teams.set.v1", id="Net", source="t", subject="team Net", time_ms=BASE, body=body, revision=revision)
    return b"clock", value, ()


def log_of(contents: list[Content], partition: int) -> list[PartitionRecord]:
    """They as a partition's records, a second apart."""
    return [MemoryRecord(partition, n, BASE + n * 1000, *content) for n, content in enumerate(contents)]


@pytest.fixture
def judged(stack: Stack, unique: str) -> Iterator[Fill]:
    """The check of a log, given as each partition's records, the last of them its tick. Of as many records W is one."""
    found = connect(stack.clickhouse, stack.user, stack.password, unique)
    migrate(found, read(), lambda _: None)

    def check(log: dict[int, list[Content]]) -> Check:
        marks = [watermark(len(records) - 1, partition=p, of=PARTITIONS) for p, records in log.items()]
        batch = batch_of(
            {
                **{TopicPartition(EVENTS, p): log_of(records, p) for p, records in log.items()},
                TopicPartition(FACTS, 0): placed(marks),
            }
        )
        for block in (*batch.rows, *batch.watermarks, batch.positions_block):
            found.insert(block)
        (judged,) = [check for check in sql_checks(found) if check.name.startswith("control records")]
        return judged

    try:
        yield check
    finally:
        found.execute(f"DROP DATABASE {unique} SYNC")
        found.close()


def test_broadcasts_are_everywhere(judged: Fill) -> None:
    """Also where a crash left an older revision in one partition, which the newest one replaces there."""
    log = {p: [moved("I", "1", "Net"), named(1), tick(1000)] for p in range(PARTITIONS)}
    log[0][0] = named(0, "Mail")
    check = judged(log)
    assert (check.outcome, check.expected, check.actual) == ("holds", 1, 1)


def test_a_partition_that_is_behind_is_not_asked(judged: Fill) -> None:
    """Its rows may still be on their way."""
    log = {p: [moved("I", "1", "Net"), tick(1000)] for p in range(PARTITIONS)}
    log[1].insert(1, named(1))
    check = judged(log)
    assert (check.outcome, check.expected) == ("holds", 1)


@pytest.mark.control("place")
def test_a_record_in_one_partition_alone_is_found(judged: Fill) -> None:
    """Negative control: written by a stranger under the clock's key it counts in one partition, and verify names it."""
    log = {p: [named(1), moved("I", "1", "Net"), tick(1000)] for p in range(PARTITIONS)}
    log[1][1] = named(2, "Mail")
    check = judged(log)
    assert check.differences == 1
    assert check.examples == ("baton.teams.set.v1 of team Net: in partition 1, not in partitions 0, 2",)
