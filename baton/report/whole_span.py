"""What a home's whole span says: totals, pairs, ping-pong. From the facts, so in any home and for any past log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sinks.clickhouse import ClickHouse

TOTALS = """
SELECT
    (SELECT max(w) FROM as_of) AS w, min(i.opened_at) AS first_at, max(i.last_event_at) AS last_at, count() AS items,
    countIf(i.reassignments > 0) AS items_reassigned, sum(i.reassignments) AS reassignments,
    countIf(i.bounces > 0) AS items_bounced, sum(i.bounces) AS bounces, sum(i.revisits) AS revisits, sum(i.reopens) AS reopens
FROM items AS i
"""
WAITING = "SELECT count() FROM raw_events WHERE type NOT LIKE 'baton.clock.%'"
PAIRS = """
SELECT
    supplier, customer, handoffs, decided, first_passes, fpy AS first_pass, returns, passed_on, wait_hours_p50, wait_hours_p90,
    sla_hit_rate AS in_time
FROM pair_totals
WHERE handoffs > 0
ORDER BY handoffs DESC, supplier, customer
"""
BACK_AND_FORTH = """
SELECT
    parts[1] AS team, parts[2] AS other, sumIf(amount, field = 'pp_pairs') AS shared,
    sumIf(amount, field = 'pp_b1') AS bounced, sumIf(amount, field = 'pp_b3') AS bounced_thrice,
    sumIf(amount, field = 'bounces') AS bounces
FROM entries
WHERE scope = 'both'
GROUP BY parts
HAVING bounces > 0
ORDER BY bounced_thrice DESC, bounces DESC, parts
LIMIT 5
"""
ITEMS = "SELECT item, bounces, reopens, path FROM items WHERE bounces > 0 ORDER BY bounces DESC, item LIMIT 5"
LEAST_DECIDED = 20
"""Pairs with fewer decided handoffs are not among the worst and the slowest: chance would put them there."""
MOST = 5


@dataclass(frozen=True)
class Totals:
    """Over all items; ``w``: of the facts, None before any is complete. Times are null where there is no item."""

    w: datetime | None
    first_at: datetime
    last_at: datetime
    items: int
    items_reassigned: int
    reassignments: int
    items_bounced: int
    bounces: int
    revisits: int
    reopens: int


@dataclass(frozen=True)
class Pair:
    """One pair: counts, shares from 0 to 1 and hours, None where too few are known."""

    supplier: str
    customer: str
    handoffs: int
    decided: int
    first_passes: int
    first_pass: float | None
    returns: int
    passed_on: int
    wait_hours_p50: float | None
    wait_hours_p90: float | None
    in_time: float | None


@dataclass(frozen=True)
class BackAndForth:
    """Two teams: items they shared, of these bounced once and three times at least, and all bounces."""

    team: str
    other: str
    shared: int
    bounced: int
    bounced_thrice: int
    bounces: int


@dataclass(frozen=True)
class Item:
    """A work item that went back and forth."""

    item: str
    bounces: int
    reopens: int
    path: list[str]


@dataclass(frozen=True)
class WholeSpan:
    """Everything `baton report` tells. ``events``: how many arrived, whether or not they are in the facts yet."""

    totals: Totals
    events: int
    pairs: list[Pair]
    ping_pong: list[BackAndForth]
    ping_pong_items: list[Item]

    @property
    def worst_first_pass(self) -> list[Pair]:
        """Pairs with the lowest share of first passes."""
        known = [(pair.first_pass, pair) for pair in self._decided() if pair.first_pass is not None]
        return [pair for _, pair in sorted(known, key=lambda one: one[0])[:MOST]]

    @property
    def slowest_waits(self) -> list[Pair]:
        """Pairs whose customer takes longest to decide: by the 90th percentile."""
        known = [(pair.wait_hours_p90, pair) for pair in self._decided() if pair.wait_hours_p90 is not None]
        return [pair for _, pair in sorted(known, key=lambda one: -one[0])[:MOST]]

    def _decided(self) -> Iterable[Pair]:
        return (pair for pair in self.pairs if pair.decided >= LEAST_DECIDED)


def read_whole_span(warehouse: ClickHouse) -> WholeSpan:
    """What the private database says now. Raises ``Retry`` while the warehouse is away, ``Stop`` when a view is missing."""

    def rows(query: str) -> list[dict[str, Any]]:  # cells have the types their query gives them
        return warehouse.table(query)

    return WholeSpan(
        totals=Totals(**rows(TOTALS)[0]),
        events=int(warehouse.rows(WAITING)[0][0]),
        pairs=[Pair(**row) for row in rows(PAIRS)],
        ping_pong=[BackAndForth(**row) for row in rows(BACK_AND_FORTH)],
        ping_pong_items=[Item(**row) for row in rows(ITEMS)],
    )
