"""live: from the moment of a handoff to its row in the scores, at parts of the rate that stages, sink and engine sustain."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.cases.chain import EVENTS_UNLESS_TOLD, opened
from bench.children import child
from bench.choices import Choices
from bench.ground import OPEN_ITEMS, Ground, ground
from bench.outcome import Finding, Run, Wrong
from schemas.topics import CONTRIBUTIONS, EVENTS
from sinks.clickhouse import ClickHouse, connect

PARTS = (0.10, 0.25, 0.50)
WARM_SECONDS = 10
END_SECONDS = 180.0
_LOG = """
CREATE MATERIALIZED VIEW written (supplier String, customer String, w DateTime64(3, 'UTC'), at DateTime64(3, 'UTC'))
ENGINE = MergeTree ORDER BY (supplier, customer, w)
AS SELECT parts[1] AS supplier, parts[2] AS customer, w, now64(3) AS at FROM score_rows WHERE scope = 'pair' AND window = '1h'
"""
_DELAYS = """
SELECT count(), quantileExact(0.5)(ms), quantileExact(0.99)(ms), max(ms)
FROM
(
    SELECT dateDiff('millisecond', o.t, r.at) AS ms
    FROM (SELECT toString(supplier) AS supplier, toString(customer) AS customer, arrayJoin(offered_at) AS t FROM handoffs) AS o
    ASOF INNER JOIN written AS r ON r.supplier = o.supplier AND r.customer = o.customer AND r.w > o.t
    WHERE o.t >= fromUnixTimestamp64Milli({begin:Int64}) AND o.t < fromUnixTimestamp64Milli({stop:Int64})
)
"""
_OFFERS = (
    "SELECT count() FROM (SELECT arrayJoin(offered_at) AS t FROM handoffs) "
    "WHERE t >= fromUnixTimestamp64Milli({begin:Int64}) AND t < fromUnixTimestamp64Milli({stop:Int64})"
)


def measure(choices: Choices) -> tuple[list[Run], list[Finding]]:
    """A backlog tells the sustainable rate; then each part of it, each time on a broker, an engine and stages of its own."""
    full = choices.rate
    if full is None:
        with ground(choices.place, warehouse=True) as on:
            full = _sustained(on, choices.events or EVENTS_UNLESS_TOLD)
    findings = [Finding("sustainable, from events to rows of scores", full, "1/s")]
    for part in PARTS:
        with ground(choices.place, warehouse=True) as on:
            found, p50, p99, most = _paced(on, full * part, choices.seconds)
        name = f"at {100 * part:.0f} % ({full * part:,.0f} a second)"
        findings += [
            Finding(f"handoffs {name}", found, "offers"),
            Finding(f"p50 {name}", p50, "ms"),
            Finding(f"p99 {name}", p99, "ms", "< 2500"),
            Finding(f"longest {name}", most, "ms"),
        ]
    return [], findings


@contextmanager
def _pipeline(on: Ground) -> Iterator[ClickHouse]:
    """Sink, scores and journeys, started in this order, and the database they fill."""
    told: dict[str, Any] = {"kafka": on.kafka, "ends": {}, "stalls": False, "profile": ""}
    sink: dict[str, Any] = {"kafka": on.kafka, "clickhouse": on.clickhouse, "database": "live", "ends": []}
    home = on.settings.home
    with (
        child("sink", **sink) as sinking,
        child("fold", stage="scores", place=str(home / "scores"), **told) as scores,
    ):
        warehouse = connect(on.clickhouse, "baton", "", "live")
        try:
            _wait(warehouse, "SELECT count() FROM system.tables WHERE database = 'live' AND name = 'entries'", {}, 1)
            opened(scores, on.partitions[CONTRIBUTIONS])
            with child("fold", stage="journeys", place=str(home / "journeys"), **told) as journeys:
                opened(journeys, on.partitions[EVENTS])
                yield warehouse
                journeys.stop()
                journeys.answer()
        finally:
            warehouse.close()
        for worker in (scores, sinking):
            worker.stop()
            worker.answer()


def _sustained(on: Ground, events: int) -> float:
    """Events a second from the moment journeys may read a backlog until its last W is complete in the tables of scores."""
    loaded = on.preload(events)
    with _pipeline(on) as warehouse:
        begun = time.monotonic()
        _wait(warehouse, "SELECT toUInt64(sum(events)) FROM items", {}, loaded.of_items)
        last = warehouse.rows("SELECT max(w) FROM as_of")[0][0]
        _wait(warehouse, "SELECT count() FROM score_as_of WHERE w >= {last:DateTime64(3)}", {"last": last}, 1)
        return loaded.events / (time.monotonic() - begun)


def _paced(on: Ground, rate: float, seconds: int) -> tuple[int, float, float, float]:
    """How many handoffs were offered in between, and how long until their rows: p50, p99 and the longest, in ms."""
    with _pipeline(on) as warehouse:
        warehouse.execute(_LOG)
        begun = int(time.time() * 1000)
        pacing = {"seed": 2, "seconds": seconds, "partitions": on.partitions[EVENTS], "open_items": OPEN_ITEMS}
        with child("pace", kafka=on.kafka, rate=rate, **pacing) as pacer:
            sent = pacer.answer()
        during = {"begin": begun + WARM_SECONDS * 1000, "stop": begun + (seconds - 2) * 1000}
        _wait(warehouse, "SELECT toUInt64(sum(events)) FROM items", {}, sent["events"])
        offers = warehouse.rows(_OFFERS, during)[0][0]
        time.sleep(3)
        found, p50, p99, most = warehouse.rows(_DELAYS, during)[0]
    if found != offers:
        raise Wrong(f"{found} of {offers} offers have a row of scores")
    return found, p50, p99, most


def _wait(warehouse: ClickHouse, query: str, parameters: dict[str, Any], wanted: int) -> None:
    until = time.monotonic() + END_SECONDS
    found = -1
    while found != wanted:
        if time.monotonic() > until:
            raise Wrong(f"{found} instead of {wanted} after {END_SECONDS:.0f} s: {query}")
        time.sleep(0.5)
        found = warehouse.rows(query, parameters)[0][0]
