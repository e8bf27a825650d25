"""The SQL side of scores: the current rows of every window computed from the facts, against the streamed ones."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from measures import registry
from measures.sql_words import SQL_WORDS
from measures.windows import MONTHLY, WINDOWS, Window
from schemas.fields import from_ms
from schemas.structs.scores import Result
from sinks.ports import ResultRow, WarehouseReader
from verification.comparison import Check, Tally, not_compared
from verification.queries import query
from verification.steady import steady

SCOPES = ("pair", "both", "route", "source")
Ends = Mapping[Window, int]
"""The end (ms) of the current row of each window."""


class SqlResult(NamedTuple):
    """One result of a measure, as ``schemas.scores.Result`` and in its order; no reason is None."""

    measure: str
    part: str
    value: float | None
    n: int
    k: int | None
    low: float | None
    high: float | None
    reason: str | None


Results: TypeAlias = list[SqlResult]


def score_checks(warehouse: WarehouseReader) -> list[Check]:
    """The current row of every scope and window, by SQL and as streamed; counts exactly, shares to 1e-12, the rest to 1e-9.

    All must be of one W: where scores are behind facts, or the facts of some partition behind those of another, nothing is
    compared, and the check has a note.
    """
    return steady(partial(warehouse.rows, query("reached")), partial(_checks, warehouse))


def _checks(warehouse: WarehouseReader) -> list[Check]:
    ((facts_w, newest_w, lagging, scores_w, generation, ahead),) = warehouse.rows(query("reached"))
    name = "current scores from facts by SQL"
    # Compared at different Ws everything would differ, and nothing would be wrong.
    if facts_w is None or facts_w != scores_w or lagging or ahead:
        why = f"facts are of W {_told(facts_w)}, scores of W {_told(scores_w)}, {ahead} facts are newer; `baton wait` first"
        if lagging:
            places = ", ".join(map(str, lagging))
            why = f"partition {places} stands at W {_told(facts_w)}, others at {_told(newest_w)}; `baton status` may say why"
        ((rows,),) = warehouse.rows("SELECT uniqExact(generation, scope, parts, window, refresh) FROM score_rows")
        # Where there is neither a fact nor a score nothing is left out.
        if not (rows or ahead or facts_w is not None):
            return []
        return [not_compared(name, max(rows, 1), why)]
    ends = {window: window.end(facts_w) for window in WINDOWS}
    checks = []
    for scope in SCOPES:
        tallies = _compared(warehouse, generation, scope, "live", ends)
        checks += [tally.check(f"{scope} scores of {window.name} by SQL") for window, tally in tallies.items()]
    ratings = _compared(warehouse, generation, "pair", "daily", {MONTHLY: ends[MONTHLY]})
    return [*checks, ratings[MONTHLY].check("pair ratings of 30d by SQL")]


def _told(w: int | None) -> str:
    return "none" if w is None else f"{from_ms(w):%Y-%m-%d %H:%M:%S}"


def _streamed(warehouse: WarehouseReader, generation: int, scope: str, refresh: str, ends: Ends) -> list[ResultRow]:
    asked = {"generation": generation, "scope": scope, "refresh": refresh}
    return warehouse.rows(query("scores_streamed"), {**asked, **_windows(ends)})


def _windows(ends: Ends) -> dict[str, object]:
    return {
        "windows": [window.name for window in ends],
        "begins": [end - window.ms for window, end in ends.items()],
        "ends": list(ends.values()),
    }


def _compared(warehouse: WarehouseReader, generation: int, scope: str, refresh: str, ends: Ends) -> dict[Window, Tally]:
    nothing = [_of_result(result) for result in registry.results(scope, refresh, {})]
    text = query("scores_from_facts").replace("{results}", registry.sql(scope, refresh)).replace("{words}", SQL_WORDS)
    asked = {"scope": scope, "fields": sorted(registry.fields(scope, refresh)), **_windows(ends)}
    from_sql = {(window, *parts): list(_results(results)) for window, parts, results in warehouse.rows(text, asked)}
    rows = _streamed(warehouse, generation, scope, refresh, ends)
    streamed = {(window, *parts): list(_results(results)) for window, parts, results, _ in rows}
    tallies = {window.name: Tally() for window in ends}
    for key in sorted(from_sql.keys() | streamed.keys()):
        window, *parts = key
        sql, from_stream = from_sql.get(key, nothing), streamed.get(key, nothing)
        tallies[window].expected += len(sql)
        tallies[window].actual += len(from_stream)
        for a, b in _unlike(sql, from_stream):
            tallies[window].differ(f"{' > '.join(parts)}: SQL says {a}, streamed is {b}")
    return {window: tallies[window.name] for window in ends}


def _of_result(result: Result) -> SqlResult:
    return SqlResult(result.measure, result.part, result.value, result.n, result.k, result.low, result.high, result.reason)


def _results(rows: Sequence[ResultRow | dict[str, object]]) -> Iterator[SqlResult]:
    for row in rows:
        *cells, reason = row.values() if isinstance(row, dict) else row
        yield SqlResult._make([*cells, reason or None])


def _unlike(sql: Results, streamed: Results) -> Iterator[tuple[SqlResult | None, SqlResult | None]]:
    """Results that differ, or that only one side has."""
    one, other = ({(result.measure, result.part): result for result in results} for results in (sql, streamed))
    for key in sorted(one.keys() | other.keys()):
        a, b = one.get(key), other.get(key)
        if a is None or b is None or not _alike(a, b):
            yield a, b


def _alike(a: SqlResult, b: SqlResult) -> bool:
    # A share has integers above and below; percentiles and intervals are floats that are summed in another order.
    tolerance = 1e-9 if a.k is None else 1e-12
    return all(
        math.isclose(x, y, rel_tol=tolerance, abs_tol=tolerance) if isinstance(x, float) and isinstance(y, float) else x == y
        for x, y in zip(a, b, strict=True)
    )
