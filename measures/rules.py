"""How a measure follows from sums: shares, means, quantiles and counts, each in Python and once more in SQL.

In SQL a rule is a word of ``measures.sql_words`` and the rows it is given, over ``s``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from measures.intervals import wilson
from measures.sketch import quantile
from measures.sql_words import SHOWN
from measures.sums import Sums, sql_total, total
from schemas.keys import SEPARATOR
from schemas.structs.scores import Result
from schemas.timestamps import HOUR_MS


class Rule(Protocol):
    """One definition, told twice."""

    @property
    def fields(self) -> frozenset[str]:
        """The fields it reads."""

    def results(self, measure: str, sums: Sums) -> list[Result]:
        """The measure's results: one, or one for each part."""

    @property
    def word(self) -> str:
        """The word of SQL that it is told in."""

    def sql(self, measure: str) -> str:
        """What the word is given for the same over the map ``s``: an array."""


def _fields(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name.partition(SEPARATOR)[0] for name in names)


def shown_rate(measure: str, part: str, k: int, n: int) -> Result:
    """A share k/n with its Wilson interval; below ``SHOWN`` cases without value."""
    if n < SHOWN:
        return Result(measure=measure, part=part, n=n, k=k, reason="min_n")
    low, high = wilson(k, n)
    return Result(measure=measure, part=part, value=k / n, n=n, k=k, low=low, high=high)


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

    word = "shares"

    def sql(self, measure: str) -> str:
        """One tuple."""
        whole = sql_total(*self.whole)
        return f"[('{measure}', '', least({sql_total(*self.part)}, {whole}), {whole})]"


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

    word = "shares"

    def sql(self, measure: str) -> str:
        """One tuple for each key."""
        return f"arrayMap(cell -> ('{measure}', cell.1, cell.2, {sql_total(self.whole)}), keyed(s, '{self.keyed}'))"


@dataclass(frozen=True)
class Mean:
    """``what`` fields in units of ``unit``, over ``per`` fields or as a total; shown from ``SHOWN`` of ``shown_by`` on."""

    what: str
    unit: int
    shown_by: str
    per: str | None = None

    @property
    def fields(self) -> frozenset[str]:
        """All it reads."""
        return _fields([self.what, self.shown_by, self.per or self.what])

    def results(self, measure: str, sums: Sums) -> list[Result]:
        """One result; n is what it is divided by, or of a total what shows it."""
        n, cases = total(sums, self.per or self.shown_by), total(sums, self.shown_by)
        if cases < SHOWN or not n:
            return [Result(measure=measure, n=n, reason="min_n")]
        value = total(sums, self.what) / self.unit
        return [Result(measure=measure, value=value / n if self.per else value, n=n)]

    word = "means"

    def sql(self, measure: str) -> str:
        """One tuple."""
        n, cases = sql_total(self.per or self.shown_by), sql_total(self.shown_by)
        value = f"{sql_total(self.what)} / {self.unit}" + (f" / {n}" if self.per else "")
        return f"[('{measure}', {value}, {n}, {cases})]"


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

    @property
    def word(self) -> str:
        """Another one for the mean."""
        return "mean_hours" if self.q is None else "quantile_hours"

    def sql(self, measure: str) -> str:
        """One tuple."""
        last = f"s['{self.field}_ms']" if self.q is None else str(self.q)
        return f"[('{measure}', buckets(s, '{self.field}'), {last})]"


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

    word = "counts"

    def sql(self, measure: str) -> str:
        """One tuple."""
        return f"[('{measure}', {sql_total(*self.what)})]"
