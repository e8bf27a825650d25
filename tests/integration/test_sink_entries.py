"""What facts give to the measures: the view ``entries`` says the same as ``measures/entries.py``, on random facts."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from broker.records import TopicPartition
from measures.entries import entries_of_group, entries_of_intake
from measures.sketch import bucket
from schemas.record_codec import decode_fact_or_watermark
from schemas.structs.facts import HandoffFact, IntakeFact, ItemFact, RatingGroupFact
from schemas.structs.watermarks import Watermark
from schemas.topics import FACTS
from sinks.batch_blocks import batch_of
from sinks.clickhouse import ClickHouse, connect
from sinks.migrate import migrate
from sinks.migration_files import read
from tests.fixtures.providers import Stack
from tests.fixtures.whole_contributions import contributions_of
from tests.unit.sinks.sink_logs import BASE, Content, handoff, intake, item_fact, placed, rating_group, vote, watermark

pytestmark = pytest.mark.stack
ITEMS = 300
TEAMS = ("Ops", "Büro", "Net", "Ärzte", "a\\b'c", "Zoo")
REASONS = (None, "defect", "sent_back", "Wrong colour", "incomplete")
Entries = Counter[tuple[str, tuple[str, ...], int, str, str]]
"""(scope, parts, at, field, key) → amount."""


def some(rng: Random, value: Any, share: float = 0.5) -> Any:
    """The value, or none."""
    return value if rng.random() < share else None


def offer(rng: Random, at: int) -> dict[str, Any]:
    """A delivery with any fate; sometimes decided at the very moment, sometimes long after."""
    decision = at + rng.choice((0, 1, rng.randrange(10**5), rng.randrange(10**10)))
    minutes = {name: some(rng, rng.choice((0, 30, 2000)), 0.3) for name in ("rework_minutes", "repair_minutes")}
    accepted, returned = some(rng, decision), some(rng, decision + rng.randrange(10**9), 0.4)
    passed_on = some(rng, at + rng.randrange(10**5), 0.2)
    times = {"offered_at": at, "accepted_at": accepted, "passed_on_at": passed_on, "returned_at": returned}
    return {**times, "reason": rng.choice(REASONS), **minutes}


def a_handoff(rng: Random, item: str, number: int) -> Content:
    """A handoff fact of any shape the model allows, whether or not a fold would make it."""
    supplier, customer = rng.sample(TEAMS, 2)
    at = BASE + rng.randrange(10**6)
    offers = [offer(rng, at + n * rng.randrange(10**9)) for n in range(rng.choice((0, 1, 1, 2, 3, 5)))]
    void = rng.random() < 0.1
    cancelled = BASE + 5 if void or rng.random() < 0.1 else None
    said = [m for o in offers for m in (o["rework_minutes"], o["repair_minutes"]) if m is not None]
    sla = rng.choice(("hit", "miss", "pending", "future", "void", "unknown"))
    return handoff(
        item,
        f"h{number}",
        3,
        offers,
        supplier=supplier,
        customer=customer,
        sla=sla,
        state=rng.choice(("accepted", "accepted", "passed_on", "returned")),
        requested_at=some(rng, BASE),
        due_at=None if sla == "unknown" else at + rng.randrange(-(10**6), 10**6),
        due_changes=rng.choice((0, 0, 2)) if offers else 0,
        void=void,
        cancelled_at=cancelled,
        first_pass=rng.choice((None, True, False)),
        complete_accurate=rng.choice((None, True, False)),
        rework_minutes=min(sum(said), 2400) if said else None,
    )


def path(rng: Random) -> list[str]:
    """Teams in order, no two alike beside each other."""
    places: list[str] = []
    for _ in range(rng.randrange(9)):
        places.append(rng.choice([team for team in TEAMS[: rng.choice((2, 6))] if places[-1:] != [team]]))
    return places


def facts(rng: Random) -> list[Content]:
    """Facts of many items, some without an item fact, and of rating groups and arrivals."""
    made: list[Content] = []
    for n in range(ITEMS):
        places = path(rng)
        if rng.random() < 0.9:
            made.append(
                item_fact(f"I{n}", 3, places, path_at=[BASE + rng.randrange(99) + 100 * i for i in range(len(places))])
            )
        made += [a_handoff(rng, f"I{n}", number) for number in range(rng.randrange(5))]
    made.append(item_fact("old", 3, ["Ops", "Net", "Ops"], path_at=[]))  # from before times were told: gives nothing
    for n in range(60):
        mode = rng.choice(("individual", "individual", "team", "self"))
        cells = {f"{rng.randrange(1, 6)}{rng.randrange(1, 6)}": rng.randrange(1, 9) for _ in range(rng.randrange(1, 6))}
        made.append(rating_group(n, 3, rng.choice(("leads", "a\x1fb", None)), mode=mode, cells=cells, raters=5 + n % 3))
    made.append(vote("p1", 3, (1, 2)))  # a single vote gives nothing by itself
    counts = {"received": 3, "late": 0, "odd": -1}
    return [*made, *(intake("desk", BASE + 300_000 * n, 3, counts, partition=n % 2) for n in range(9)), watermark(3)]


def by_python(contents: list[Content]) -> Entries:
    """The entries as journeys make them contributions."""
    subjects: dict[str, tuple[list[Any], list[Any]]] = {}
    found: Entries = Counter()
    kinds = (ItemFact, HandoffFact)
    for _, value, _ in contents:
        record = decode_fact_or_watermark(value or b"")
        if isinstance(record, Watermark):
            continue
        if type(record.body) in kinds:
            mine = subjects.setdefault(record.subject, ([], []))
            mine[kinds.index(type(record.body))].append(record.body)
        elif isinstance(record.body, IntakeFact):
            for e in entries_of_intake(record.body):
                found["source", ("desk",), e.at, e.field, e.key] += e.amount
        elif isinstance(record.body, RatingGroupFact):
            for e in entries_of_group(record.body):
                found["pair", (record.body.supplier, record.body.customer), e.at, e.field, e.key] += e.amount
    for name, (items, handoffs) in subjects.items():
        item = items[0] if items and name != "old" else None
        by_id = {("", str(number)): fact for number, fact in enumerate(handoffs)}
        for place, entries in contributions_of(item, by_id).items():
            for e in entries:
                found[place.scope, place.parts, e.at, e.field, e.key] += e.amount
    return Counter({key: amount for key, amount in found.items() if amount})


def by_sql(warehouse: ClickHouse) -> Entries:
    """The entries as the view has them."""
    rows = warehouse.rows(
        "SELECT scope, parts, toUnixTimestamp64Milli(at), field, key, sum(amount) FROM entries "
        "GROUP BY scope, parts, at, field, key"
    )
    return Counter({(scope, tuple(parts), at, field, key): amount for scope, parts, at, field, key, amount in rows if amount})


@pytest.fixture(scope="module")
def contents() -> list[Content]:
    """The facts of this module."""
    return facts(Random(11))


@pytest.fixture(scope="module")
def warehouse(stack: Stack, contents: list[Content]) -> Iterator[ClickHouse]:
    """A database that holds them."""
    found = connect(stack.clickhouse, stack.user, stack.password, "sinkentries")
    migrate(found, read(), lambda _: None)
    batch = batch_of({TopicPartition(FACTS, 0): placed(contents)})
    try:
        for block in (*batch.rows, *batch.watermarks):
            found.insert(block)
        yield found
    finally:
        found.execute("DROP DATABASE sinkentries SYNC")
        found.close()


def test_sql_and_python_give_the_same_entries(warehouse: ClickHouse, contents: list[Content]) -> None:
    """Of every fact, every entry of every scope is the same in both, routes, custody, votes and arrivals included."""
    python, sql = by_python(contents), by_sql(warehouse)
    assert python - sql == Counter() and sql - python == Counter()
    assert python == sql
    fields = Counter(field for _, _, _, field, _ in python)
    assert all(fields[f] > 5 for f in ("rework_capped", "pp_b3", "cycle", "reasons", "due_unknown", "void", "passed_on"))
    assert sum(1 for scope, parts, *_ in python if scope == "route" and len(parts) > 3) > 50


def test_a_fact_that_only_sql_has_shows(warehouse: ClickHouse, contents: list[Content]) -> None:
    """Negative control: one handoff more in the tables gives other entries."""
    warehouse.execute(
        "CREATE TABLE kept ENGINE = Memory AS SELECT * FROM handoff_facts FINAL WHERE length(offered_at) = 1 LIMIT 1"
    )
    warehouse.execute("INSERT INTO handoff_facts SELECT * REPLACE ('twice' AS id) FROM kept SETTINGS async_insert = 0")
    try:
        assert by_sql(warehouse) != by_python(contents)
    finally:
        warehouse.execute("DELETE FROM handoff_facts WHERE id = 'twice'")
        warehouse.execute("DROP TABLE kept SYNC")
    assert by_sql(warehouse) == by_python(contents)


def test_a_duration_has_one_bucket(warehouse: ClickHouse) -> None:
    """At both sides of every bound up to 250 years, the bucket in the view's words is the one of ``measures/sketch.py``."""
    *_, view = [s for m in read() for s in m.statements if s.startswith("CREATE OR REPLACE VIEW handoff_entries")]
    expression = "if(ms > 0, toString(toInt64(ceil(log(ms) / 0.020000666706669525))), 'zero')"
    assert expression in view
    near = {101**i // 99**i for i in range(1485)}
    moments = sorted({ms + d for ms in near for d in (-1, 0, 1)} | {0, -5})
    found = warehouse.rows(f"SELECT ms, {expression} FROM (SELECT arrayJoin({moments}) AS ms)")
    assert len(found) == len(moments)
    assert [(ms, name, bucket(ms)) for ms, name in found if name != bucket(ms)] == []
