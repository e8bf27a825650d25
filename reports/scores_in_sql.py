"""The SQL side of scores: the current rows of every window computed from the facts, against the streamed ones."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from measures import registry
from measures.windows import DAILY, MONTHLY, WINDOWS, Window
from reports.progress import Reader
from reports.sql_files import shipped
from reports.tally import Check, Tally
from schemas.fields import from_ms

SCOPES = ("pair", "both", "route", "source")
Results = list[tuple[Any, ...]]
"""(measure, part, value, n, k, low, high, reason); no reason is None."""


def score_checks(warehouse: Reader) -> list[Check]:
    """The current row of every scope and window, by SQL and as streamed; counts exactly, shares to 1e-12, the rest to 1e-9.

    Both must be of one W: where scores are behind facts nothing is compared, and the check says so.
    """
    ((facts_w, scores_w, generation, ahead),) = warehouse.rows(shipped("reached"))
    name = "current scores from facts by SQL"
    if facts_w is None or facts_w != scores_w or ahead:
        said = f"facts are of W {_told(facts_w)}, scores of W {_told(scores_w)}"
        return [Check(name, 0, 0, 0, (), f"not compared: {said}, {ahead} facts are newer; `baton wait` first")]
    windows = [(scope, "live", window, window.end(facts_w)) for scope in SCOPES for window in WINDOWS]
    checks = [
        _compared(warehouse, generation, *asked).check(f"{asked[0]} scores of {asked[2].name} by SQL") for asked in windows
    ]
    return [*checks, _ratings(warehouse, generation, facts_w)]


def _told(w: int | None) -> str:
    return "none" if w is None else f"{from_ms(w):%Y-%m-%d %H:%M:%S}"


def _ratings(warehouse: Reader, generation: int, w: int) -> Check:
    """Ratings are written once a day, as of the first step of it; votes may have changed since."""
    name, end = "pair ratings of 30d by SQL", DAILY.start(w)
    written = {row[2] for row in _streamed(warehouse, generation, "pair", "daily", MONTHLY, end)}
    if written - {w}:
        return Check(name, 0, 0, 0, (), f"compared in Python alone: they are of W {_told(max(written))}, facts are newer")
    return _compared(warehouse, generation, "pair", "daily", MONTHLY, end).check(name, "scores")


def _streamed(warehouse: Reader, generation: int, scope: str, refresh: str, window: Window, end: int) -> list[tuple[Any, ...]]:
    asked = {"generation": generation, "scope": scope, "window": window.name, "refresh": refresh, "end_ms": end}
    return warehouse.rows(shipped("scores_streamed"), asked)


def _compared(warehouse: Reader, generation: int, scope: str, refresh: str, window: Window, end: int) -> Tally:
    nothing = [tuple(_cells(result)) for result in registry.results(scope, refresh, {})]
    query = shipped("scores_from_facts").replace("{results}", registry.sql(scope, refresh))
    asked = {
        "scope": scope,
        "fields": sorted(registry.fields(scope, refresh)),
        "begin_ms": end - window.ms,
        "end_ms": end,
    }
    told = {tuple(parts): list(_rows(results)) for parts, results in warehouse.rows(query, asked)}
    streamed = {
        tuple(parts): list(_rows(results))
        for parts, results, _ in _streamed(warehouse, generation, scope, refresh, window, end)
    }
    tally = Tally()
    for parts in sorted(told.keys() | streamed.keys()):
        sql, mine = told.get(parts, nothing), streamed.get(parts, nothing)
        tally.expected += len(sql)
        tally.actual += len(mine)
        for a, b in _unlike(sql, mine):
            tally.differ(f"{' > '.join(parts)}, {window.name} to {_told(end)}: SQL says {a}, streamed is {b}")
    return tally


def _cells(result: Any) -> tuple[Any, ...]:
    return (result.measure, result.part, result.value, result.n, result.k, result.low, result.high, result.reason)


def _rows(results: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    for result in results:
        *cells, reason = result.values() if isinstance(result, dict) else result
        yield (*cells, reason or None)


def _unlike(sql: Results, streamed: Results) -> Iterator[tuple[Any, Any]]:
    """Results that differ, or that only one side has."""
    one, other = ({(row[0], row[1]): row for row in rows} for rows in (sql, streamed))
    for key in sorted(one.keys() | other.keys()):
        a, b = one.get(key), other.get(key)
        if a is None or b is None or not all(_alike(x, y, 1e-9 if a[4] is None else 1e-12) for x, y in zip(a, b, strict=True)):
            yield a, b


def _alike(a: Any, b: Any, tolerance: float) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)
    return bool(a == b)
