"""How a measure follows from sums: shares, means, quantiles and counts, each in Python and once more in SQL.

In SQL a rule is an expression over ``s`` of the type ``RESULTS``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from measures.intervals import Z95, wilson
from measures.sketch import MIDDLE, ZERO, quantile
from measures.sums import Sums, sql_keyed, sql_total, total
from schemas.keys import SEPARATOR
from schemas.structs.scores import Result
from schemas.timestamps import HOUR_MS

SHOWN = 5
"""Below so many cases a rate or mean is not shown (metrics 1.5)."""
RESULTS = (
    "Array(Tuple(part String, value Nullable(Float64), n UInt64, k Nullable(Int64), "
    "low Nullable(Float64), high Nullable(Float64), reason Nullable(String)))"
)


class Rule(Protocol):
    """One definition, told twice."""

    @property
    def fields(self) -> frozenset[str]:
        """The fields it reads."""

    def results(self, measure: str, sums: Sums) -> list[Result]:
        """The measure's results: one, or one for each part."""

    def sql(self) -> str:
        """The same over the map ``s``."""


def _fields(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name.partition(SEPARATOR)[0] for name in names)


def shown_rate(measure: str, part: str, k: int, n: int) -> Result:
    """A share k/n with its Wilson interval; below ``SHOWN`` cases without value."""
    if n < SHOWN:
        return Result(measure=measure, part=part, n=n, k=k, reason="min_n")
    low, high = wilson(k, n)
    return Result(measure=measure, part=part, value=k / n, n=n, k=k, low=low, high=high)


def sql_rate(part: str, k: str, n: str) -> str:
    """``shown_rate`` in SQL, as a tuple; all four are expressions."""
    z2 = Z95 * Z95
    middle, half = f"({k}/{n} + {z2}/(2*{n}))", f"{Z95}*sqrt({k}/{n}*(1 - {k}/{n})/{n} + {z2}/(4*{n}*{n}))"
    low = f"if({k} = 0, 0, ({middle} - {half})/(1 + {z2}/{n}))"
    high = f"if({k} = {n}, 1, ({middle} + {half})/(1 + {z2}/{n}))"
    value, low, high = (f"if({n} >= {SHOWN}, {what}, NULL)" for what in (f"{k}/{n}", low, high))
    return f"({part}, {value}, {n}, {k}, {low}, {high}, if({n} >= {SHOWN}, NULL, 'min_n'))"


def cast(expression: str) -> str:
    """The expression with the type every rule has."""
    return f"CAST({expression}, '{RESULTS}')"


def let(name: str, value: str, body: str) -> str:
    """SQL: ``body`` with ``name`` standing for ``value``."""
    return f"arrayMap({name} -> {body}, [{value}])[1]"


@dataclass(frozen=True)
class Rate:
    """A share: ``part`` fields of ``whole`` fields. A ``part`` larger than the whole counts as the whole."""

    part: tuple[str, ...]
    whole: tuple[str, ...]

    @property
    def fields(self) -> frozenset[str]:
        """Both."""
        return _fields(self.part + self.whole)

    def results(self, measure: str, sums: Sums) -> list[Result]:
        """One result."""
        n = total(sums, *self.whole)
        return [shown_rate(measure, "", min(total(sums, *self.part), n), n)]

    def sql(self) -> str:
        """One tuple."""
        whole, rate = sql_total(*self.whole), sql_rate("''", "k", "n")
        return cast(f"arrayMap((k, n) -> {rate}, [least({sql_total(*self.part)}, {whole})], [{whole}])")


@dataclass(frozen=True)
class Shares:
    """For each key of ``keyed`` its share of ``whole``."""

    keyed: str
    whole: str

    @property
    def fields(self) -> frozenset[str]:
        """Both."""
        return frozenset({self.keyed, self.whole})

    def results(self, measure: str, sums: Sums) -> list[Result]:
        """One result for each key that occurs, by key."""
        n = total(sums, self.whole)
        return [shown_rate(measure, key, k, n) for key, k in sorted(sums.get(self.keyed, {}).items())]

    def sql(self) -> str:
        """One tuple for each key."""
        rate = sql_rate("row.1", "row.2", sql_total(self.whole))
        return cast(f"arrayMap(row -> {rate}, {sql_keyed(self.keyed)})")


@dataclass(frozen=True)
class Mean:
    """``what`` fields in units of ``unit``, over ``per`` fields or as a total; shown from ``least`` of ``shown_by`` on."""

    what: str
    unit: int
    shown_by: str
    per: str | None = None
    least: int = SHOWN

    @property
    def fields(self) -> frozenset[str]:
        """All it reads."""
        return _fields([self.what, self.shown_by, self.per or self.what])

    def results(self, measure: str, sums: Sums) -> list[Result]:
        """One result; n is what it is divided by, or of a total what shows it."""
        n, cases = total(sums, self.per or self.shown_by), total(sums, self.shown_by)
        if cases < self.least or not n:
            return [Result(measure=measure, n=n, reason="min_n")]
        value = total(sums, self.what) / self.unit
        return [Result(measure=measure, value=value / n if self.per else value, n=n)]

    def sql(self) -> str:
        """One tuple."""
        n, cases = sql_total(self.per or self.shown_by), sql_total(self.shown_by)
        value = f"{sql_total(self.what)}/{self.unit}" + (f"/({n})" if self.per else "")
        shown = f"({cases} >= {self.least} AND {n} > 0)"
        return cast(f"[('', if({shown}, {value}, NULL), {n}, NULL, NULL, NULL, if({shown}, NULL, 'min_n'))]")


@dataclass(frozen=True)
class Duration:
    """Hours of a sketch ``field`` with its sum ``field``_ms: the mean, or the quantile ``q``. Shown from one case on."""

    field: str
    q: float | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The sketch and its sum."""
        return frozenset({self.field, f"{self.field}_ms"})

    def results(self, measure: str, sums: Sums) -> list[Result]:
        """One result."""
        counts = sums.get(self.field, {})
        n = sum(counts.values())
        ms = None
        if n:
            ms = total(sums, f"{self.field}_ms") / n if self.q is None else quantile(counts, self.q)
        return [
            Result(measure=measure, value=None if ms is None else ms / HOUR_MS, n=n, reason="min_n" if ms is None else None)
        ]

    def sql(self) -> str:
        """One tuple, from the rows (place of the bucket, amount)."""
        place = f"if(row.1 = '{ZERO}', -1000000, toInt64OrZero(row.1))"
        rows = f"arraySort(arrayMap(row -> ({place}, row.2), {sql_keyed(self.field)}))"
        n = "arraySum(row -> row.2, rows)"
        if self.q is None:
            ms = f"s['{self.field}_ms']/{n}"
        else:
            below = "arrayCumSum(arrayMap(row -> row.2, rows))"
            bucket = f"rows[arrayFirstIndex(c -> c > {self.q}*({n} - 1), {below})].1"
            ms = f"if({bucket} = -1000000, 0., {MIDDLE}*pow(101/99, {bucket}))"
        shown = f"if({n} > 0, {ms}/{HOUR_MS}, NULL)"
        return cast(f"arrayMap(rows -> ('', {shown}, {n}, NULL, NULL, NULL, if({n} > 0, NULL, 'min_n')), [{rows}])")


@dataclass(frozen=True)
class Count:
    """How many; always shown."""

    what: tuple[str, ...]

    @property
    def fields(self) -> frozenset[str]:
        """What is counted."""
        return _fields(self.what)

    def results(self, measure: str, sums: Sums) -> list[Result]:
        """One result."""
        n = total(sums, *self.what)
        return [Result(measure=measure, value=float(n), n=n)]

    def sql(self) -> str:
        """One tuple."""
        n = sql_total(*self.what)
        return cast(f"[('', toFloat64({n}), {n}, NULL, NULL, NULL, NULL)]")
