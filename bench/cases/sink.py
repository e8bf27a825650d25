"""sink: the real sink into the local warehouse, against reading with getmany and inserting the same blocks, prepared."""

from typing import Any

from bench.cases.journeys import fold
from bench.children import run
from bench.choices import Choices
from bench.ground import Ground, ground
from bench.outcome import Finding, Run, Wrong, ratios
from schemas.topics import EVENTS
from sinks.clickhouse import connect
from sinks.tables import TABLES

EVENTS_UNLESS_TOLD = 200_000
_SUM = "SELECT count(), sum(cityHash64(toString(({cells})))) FROM {name} FINAL"


def measure(choices: Choices) -> tuple[list[Run], list[Finding]]:
    """A worker makes the facts, unmeasured; then both alternate on the same topics, each into a database of its own."""
    ours, bare = [], []
    with ground(choices.place, warehouse=True) as on:
        loaded = on.preload(choices.events or EVENTS_UNLESS_TOLD)
        fold(on, loaded, "worker", 0)
        records = sum(end for (topic, _), end in on.ends().items() if topic == EVENTS)
        ends = [(topic, partition, end) for (topic, partition), end in on.ends().items()]
        for number in range(1, choices.repeat + 1):
            told: dict[str, Any] = {"kafka": on.kafka, "clickhouse": on.clickhouse, "ends": ends}
            ours.append(run(f"sink #{number}", "sink", database=f"sink{number}", **told))
            bare.append(run(f"getmany and insert #{number}", "bare", database=f"bare{number}", **told))
            found = [_contents(on, f"{name}{number}") for name in ("sink", "bare")]
            if found[0] != found[1] or found[0]["raw_events"][0] != records:
                raise Wrong(f"the tables differ: {found[0]} and {found[1]}; the log holds {records} events")
    return ours + bare, ratios(ours, bare, ">= 0.7")


def _contents(on: Ground, database: str) -> dict[str, tuple[Any, ...]]:
    """For each table its rows and a sum over all their cells, as they are read with FINAL."""
    warehouse = connect(on.clickhouse, "baton", "", database)
    try:
        return {
            name: warehouse.rows(_SUM.format(cells=", ".join(f"`{c}`" for c in table.columns), name=name))[0]
            for name, table in TABLES.items()
        }
    finally:
        warehouse.close()
