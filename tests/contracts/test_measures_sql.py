"""Each measure's two definitions, in Python and in SQL, give the same results of the same sums."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from measures import registry
from measures.sql_words import SQL_WORDS
from measures.sums import Growing, add, flat, quoted
from schemas.keys import SEPARATOR
from sinks.clickhouse import ClickHouse, connect
from tests.fixtures.providers import Stack

CASES = 40
SCOPES = [("pair", "live"), ("route", "live"), ("both", "live"), ("source", "live"), ("pair", "daily")]
KEYS = {
    "loops": ("0", "1", "2", "3+"),
    "moves": ("ab", "ba"),
    "reasons": ("defect", "other", "it's"),
    "votes": (),
}


pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def warehouse(stack: Stack) -> Iterator[ClickHouse]:
    """A connection; no table is needed."""
    connection = connect(stack.clickhouse, stack.user, stack.password, "default")
    yield connection
    connection.close()


def sums(rng: Random, scope: str, refresh: str) -> Growing:
    """Random sums of every field the measures read; shares hold no more than their whole."""
    found: Growing = {}
    most = rng.choice((2, 10, 200))
    for field in sorted(registry.fields(scope, refresh)):
        if field in ("wait", "cycle"):
            for _ in range(rng.randrange(6)):
                add(found, field, rng.choice(("zero", "0", str(rng.randrange(1, 1200)))), rng.randrange(1, most))
            add(found, f"{field}_ms", "", rng.randrange(10**9))
        elif refresh == "live" and not field.endswith("_ms"):
            for key in KEYS.get(field, ("",)):
                add(found, field, key, rng.randrange(most))
    if "reasons" in found:
        found["returns"] = {"": sum(found["reasons"].values())}
    if refresh == "daily":
        for part in rng.sample(("leads", "decks", "br'ief", "x\\y", ""), rng.randrange(5)):
            for _ in range(rng.randrange(1, 9)):
                add(found, "votes", f"{part}{SEPARATOR}{rng.randrange(1, 6)}{rng.randrange(1, 6)}", 1)
        if rng.random() < 0.5:
            add(found, "team_votes", f"leads{SEPARATOR}{rng.randrange(1, 6)}{rng.randrange(1, 6)}", 1)
    return found


def as_map(of: Growing) -> str:
    """Sums as SQL writes them."""
    pairs = ", ".join(f"{quoted(name)}, {n}" for name, n in flat(of).items())
    return f"CAST(map({pairs}), 'Map(String, Int64)')"


def named(result: tuple[Any, ...]) -> Any:
    """Measure and part."""
    return result[:2]


def alike(found: Any, wanted: Any) -> bool:
    """Floats to 1e-9, everything else exactly."""
    return bool(found == pytest.approx(wanted, rel=1e-9, abs=1e-9) if isinstance(wanted, float) else found == wanted)


def differing(warehouse: ClickHouse, scope: str, refresh: str, python: list[Growing], sql: list[Growing]) -> list[Any]:
    """Results of Python that SQL gives otherwise, or not at all."""
    found = []
    for mine, theirs in zip(python, sql, strict=True):
        asked = f"WITH {SQL_WORDS} SELECT {registry.sql(scope, refresh)} FROM (SELECT {as_map(theirs)} AS s)"
        ((rows,),) = warehouse.rows(asked)
        wanted = sorted(
            ((r.measure, r.part, r.value, r.n, r.k, r.low, r.high, r.reason) for r in registry.results(scope, refresh, mine)),
            key=named,
        )
        told = sorted((tuple(row.values()) if isinstance(row, dict) else tuple(row) for row in rows), key=named)
        if len(told) != len(wanted) or not all(
            alike(a, b) for t, w in zip(told, wanted, strict=True) for a, b in zip(t, w, strict=True)
        ):
            found.append((told, wanted))
    return found


@pytest.mark.parametrize(("scope", "refresh"), SCOPES)
def test_sql_and_python_agree(warehouse: ClickHouse, scope: str, refresh: str) -> None:
    """Of random sums and of none, every result is the same in both: values and intervals to 1e-9, the rest exactly."""
    rng = Random(7)
    cases = [{}, *(sums(rng, scope, refresh) for _ in range(CASES))]
    assert differing(warehouse, scope, refresh, cases, cases) == []


def test_a_difference_is_seen(warehouse: ClickHouse) -> None:
    """Negative control: one handoff more on one side is found."""
    five: Growing = {"dec": {"": 6}, "pass": {"": 5}}
    assert differing(warehouse, "pair", "live", [five], [five | {"pass": {"": 6}}])
