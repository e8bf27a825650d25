"""Which generation readers see, and how far it is, told from watermarks in the real engine."""

from collections.abc import Iterator

import pytest

from broker.records import TopicPartition
from schemas.topics import FACTS
from sinks.batch_blocks import batch_of
from sinks.clickhouse import ClickHouse, connect
from sinks.migrate import migrate
from sinks.migration_files import read
from tests.fixtures.providers import Stack
from tests.unit.sinks.sink_logs import BASE, item_fact, placed, watermark

pytestmark = pytest.mark.stack
Mark = tuple[int, int, int, int]
"""Generation, source partition, target, tick offset; two sources, two targets."""


@pytest.fixture(scope="module")
def warehouse(stack: Stack) -> Iterator[ClickHouse]:
    """A database with Baton's tables."""
    found = connect(stack.clickhouse, stack.user, stack.password, "sinkgenerations")
    migrate(found, read(), lambda _: None)
    yield found
    found.execute("DROP DATABASE sinkgenerations SYNC")
    found.close()


def marks(generation: int, offsets: dict[int, int], targets: tuple[int, ...] = (0, 1)) -> list[Mark]:
    """Watermarks of one generation: tick offset by source, in these targets."""
    return [(generation, partition, target, offset) for partition, offset in offsets.items() for target in targets]


OLD = marks(1, {0: 10, 1: 20})


@pytest.mark.parametrize(
    ("found", "seen", "w"),
    [
        pytest.param([], None, None, id="nothing"),
        pytest.param(marks(1, {0: 10}), 1, None, id="the first is seen at once, though a source is missing"),
        pytest.param(marks(1, {0: 10, 1: 20}, (0,)), 1, None, id="a target is missing"),
        pytest.param(OLD, 1, 10, id="complete up to the slower source"),
        pytest.param(OLD + marks(2, {0: 9, 1: 25}), 1, 10, id="one source of the next is behind"),
        pytest.param(OLD + marks(2, {0: 15}), 1, 10, id="one source of the next has nothing"),
        pytest.param(OLD + marks(2, {0: 15, 1: 25}, (1,)), 1, 10, id="one target of the next has nothing"),
        pytest.param(OLD + marks(2, {0: 10, 1: 20}), 2, 10, id="the next has come as far"),
        pytest.param(
            OLD + marks(2, {0: 3, 1: 3}) + marks(3, {0: 11, 1: 21}), 3, 11, id="one was given up, a later one is there"
        ),
        pytest.param(OLD + marks(2, {0: 30, 1: 30}) + marks(3, {0: 11, 1: 21}), 2, 30, id="the third must pass the second"),
    ],
)
def test_readers_see_the_newest_complete_generation(
    warehouse: ClickHouse, found: list[Mark], seen: int | None, w: int | None
) -> None:
    """A generation is seen once it is as far as every older one in every source; its W is that of its slowest source."""
    for table in ("watermarks", "item_facts"):
        warehouse.execute(f"TRUNCATE TABLE {table}")
    contents = [item_fact("I", 1, [f"team of {g}"], generation=g) for g in sorted({mark[0] for mark in found})]
    contents += [watermark(offset, generation=g, partition=p, of=2, target=t, targets=2) for g, p, t, offset in found]
    batch = batch_of({TopicPartition(FACTS, 0): placed(contents)})
    for block in (*batch.rows, *batch.watermarks):
        warehouse.insert(block)
    assert warehouse.rows("SELECT path FROM items") == ([] if seen is None else [([f"team of {seen}"],)])
    told = warehouse.rows("SELECT generation, toUnixTimestamp64Milli(w) FROM as_of")
    assert told == ([] if seen is None else [(seen, None if w is None else BASE + w)])
