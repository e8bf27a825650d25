"""The measures of rolling scores, one row each: what it is called, where it holds, and its one definition (``rule``).

**Contract in Python**: ``results(scope, refresh, sums)`` gives the results of a scope in a window from ``sums`` (field → key →
amount, ``measures.sums``) of the entries in it. ``fields(scope, refresh)`` are those it reads.

**Contract in SQL**: ``sql(scope, refresh)`` is one expression over ``s Map(String, Int64)``, the same sums, its names being
``field`` or ``field\\x1fkey``, in a query that begins with WITH and ``SQL_WORDS`` (``measures.sql_words``). Its type is
``SQL_TYPE``: a row for each result, in any order. Integers equal Python's, floats to 1e-9. The views ``scores_at``,
``pair_months`` and ``pair_totals`` hold this text, so whoever changes it adds a migration that makes them anew.

To add a measure: a row here; a rule in ``measures.rules`` if none of those there says it; an entry in ``measures.entries`` if
no field holds it. Its name goes to the glossary.
"""

from dataclasses import dataclass
from functools import cache

from measures.ratings import Rating
from measures.rules import Count, Duration, Mean, Rate, Rule, Shares
from measures.sums import Sums
from schemas.structs.scores import Result

SQL_TYPE = (
    "Array(Tuple(measure String, part String, value Nullable(Float64), n UInt64, k Nullable(Int64), "
    "low Nullable(Float64), high Nullable(Float64), reason Nullable(String)))"
)
HANDOFFS = ("pair", "route")
CUSTODY = ("both",)
ARRIVALS = ("source",)


@dataclass(frozen=True)
class Measure:
    """``id`` as in the catalogue of metrics. ``refresh``: live windows, or once a day over 30 days."""

    id: str
    name: str
    unit: str
    scopes: tuple[str, ...]
    rule: Rule
    refresh: str = "live"


_DECIDED = ("dec",)
_DUE = ("due_hit", "due_miss")
_MOVES = ("moves\x1fab", "moves\x1fba")
_STUBBORN = ("loops\x1f2", "loops\x1f3+")
MEASURES: tuple[Measure, ...] = (
    Measure("W1", "fpy", "share", HANDOFFS, Rate(("pass",), _DECIDED)),
    Measure("W2", "complete_accurate", "share", HANDOFFS, Rate(("ca",), _DECIDED)),
    Measure("W3", "rework_rate", "share", HANDOFFS, Rate(("reoffers",), ("offers",))),
    Measure("W4", "loops_mean", "returns", HANDOFFS, Mean("loops_sum", 1, "dec", per="dec")),
    Measure("W4", "stubborn_share", "share", HANDOFFS, Rate(_STUBBORN, _DECIDED)),
    Measure("W6", "rework_hours", "hours", HANDOFFS, Mean("rework_min", 60, "rework_reported")),
    Measure("W6", "rework_hours_per_handoff", "hours", HANDOFFS, Mean("rework_min", 60, "rework_reported", per="dec")),
    Measure("W6", "rework_hours_per_report", "hours", HANDOFFS, Mean("rework_min", 60, "rework_reported", "rework_reported")),
    Measure("W6", "rework_coverage", "share", HANDOFFS, Rate(("rework_reported",), ("reworked",))),
    Measure("W6", "rework_capped", "handoffs", HANDOFFS, Count(("rework_capped",))),
    Measure("W7", "return_share", "share", HANDOFFS, Shares("reasons", "returns")),
    Measure("W8", "passed_on", "handoffs", HANDOFFS, Count(("passed_on",))),
    Measure("T1", "wait_hours_mean", "hours", HANDOFFS, Duration("wait")),
    Measure("T1", "wait_hours_p50", "hours", HANDOFFS, Duration("wait", 0.5)),
    Measure("T1", "wait_hours_p90", "hours", HANDOFFS, Duration("wait", 0.9)),
    Measure("T1", "wait_hours_p95", "hours", HANDOFFS, Duration("wait", 0.95)),
    Measure("T2", "cycle_hours_mean", "hours", HANDOFFS, Duration("cycle")),
    Measure("T2", "cycle_hours_p50", "hours", HANDOFFS, Duration("cycle", 0.5)),
    Measure("T2", "cycle_hours_p90", "hours", HANDOFFS, Duration("cycle", 0.9)),
    Measure("T3", "sla_hit_rate", "share", HANDOFFS, Rate(("due_hit",), _DUE)),
    Measure("T3", "ontime_first_rate", "share", HANDOFFS, Rate(("ontime_first",), (*_DUE, "due_pending"))),
    Measure("T3", "sla_pending", "handoffs", HANDOFFS, Count(("due_pending",))),
    Measure("D1", "unknown_due", "handoffs", HANDOFFS, Count(("due_unknown",))),
    Measure("D1", "changed_due", "offers", HANDOFFS, Count(("due_changed",))),
    Measure("D1", "cancelled", "handoffs", HANDOFFS, Count(("cancelled",))),
    Measure("D1", "void", "handoffs", HANDOFFS, Count(("void",))),
    Measure("W5", "moves", "moves", CUSTODY, Count(_MOVES)),
    Measure("W5", "bounce_ratio", "share", CUSTODY, Rate(("bounces",), _MOVES)),
    Measure("W5", "ping_pong_rate", "share", CUSTODY, Rate(("pp_b3",), ("pp_pairs",))),
    Measure("W5", "bounced_rate", "share", CUSTODY, Rate(("pp_b1",), ("pp_pairs",))),
    Measure("D1", "received", "events", ARRIVALS, Count(("received",))),
    Measure("D1", "duplicate", "events", ARRIVALS, Count(("duplicate",))),
    Measure("D1", "corrected", "events", ARRIVALS, Count(("corrected",))),
    Measure("D1", "retracted", "events", ARRIVALS, Count(("retracted",))),
    Measure("D1", "stale", "events", ARRIVALS, Count(("stale",))),
    Measure("D1", "late", "events", ARRIVALS, Count(("late",))),
    Measure("D1", "future", "events", ARRIVALS, Count(("future",))),
    Measure("D1", "too_late", "events", ARRIVALS, Count(("too_late",))),
    Measure("D1", "beyond_cap", "events", ARRIVALS, Count(("beyond_cap",))),
    Measure("D1", "anomaly", "events", ARRIVALS, Count(("anomaly",))),
    Measure("D1", "self_rating", "events", ARRIVALS, Count(("self_rating",))),
    Measure("D1", "released", "events", ARRIVALS, Count(("released",))),
    Measure("R1", "rating", "points", ("pair",), Rating("both"), "daily"),
    Measure("R1", "rating_effectiveness", "points", ("pair",), Rating("effectiveness"), "daily"),
    Measure("R1", "rating_consistency", "points", ("pair",), Rating("consistency"), "daily"),
    Measure("R1", "team_rating", "points", ("pair",), Rating("both", team=True), "daily"),
    Measure("R1", "team_rating_effectiveness", "points", ("pair",), Rating("effectiveness", team=True), "daily"),
    Measure("R1", "team_rating_consistency", "points", ("pair",), Rating("consistency", team=True), "daily"),
)


@cache
def measures(scope: str, refresh: str) -> tuple[Measure, ...]:
    """The rows that hold for a scope and refresh; none where nothing does."""
    return tuple(m for m in MEASURES if scope in m.scopes and m.refresh == refresh)


@cache
def fields(scope: str, refresh: str) -> frozenset[str]:
    """What those measures read."""
    return frozenset().union(*(m.rule.fields for m in measures(scope, refresh)))


def results(scope: str, refresh: str, sums: Sums) -> list[Result]:
    """Every result of a scope and refresh, in the order of the registry."""
    return [result for m in measures(scope, refresh) for result in m.rule.results(m.name, sums)]


def sql(scope: str, refresh: str) -> str:
    """The same in SQL, word by word; see the contract above."""
    rules: dict[str, list[str]] = {}
    for m in measures(scope, refresh):
        rules.setdefault(m.rule.word, []).append(m.rule.sql(m.name))
    told = (f"{word}(arrayConcat({_ROWS}{f',{_ROWS}'.join(given)}))" for word, given in rules.items())
    return f"CAST(arrayConcat({_WORD}{f',{_WORD}'.join(told)}\n    ), '{SQL_TYPE}')"


_WORD, _ROWS = "\n        ", "\n            "
