"""Rating means (metrics R1): of whole rating groups, so that nothing here has to be hidden (``measures.rating_groups``).

A part is a deliverable, the empty part the whole pair. Groups that were put together at a period's close have no deliverable
and count in the whole alone.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from measures.intervals import mean_interval
from measures.sums import Sums
from schemas.keys import SEPARATOR
from schemas.structs.scores import Result

WHOLE = ""
Cells = Mapping[str, int]
"""Votes by their two grades, "43" for effectiveness 4 and consistency 3."""


def _by_part(keyed: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Of "deliverable␟x" → amount: deliverable → x → amount."""
    parts: dict[str, dict[str, int]] = {}
    for key, amount in keyed.items():
        part, _, rest = key.rpartition(SEPARATOR)
        parts.setdefault(part, {})[rest] = amount
    return parts


def _pooled(parts: Iterable[Cells]) -> dict[str, int]:
    pooled: dict[str, int] = {}
    for cells in parts:
        for cell, n in cells.items():
            pooled[cell] = pooled.get(cell, 0) + n
    return pooled


def rating(cells: Cells) -> tuple[int, float, float, float, float]:
    """Of votes: how many, the means of effectiveness and consistency, of both together, and its sample variance."""
    n = sum(cells.values())
    e, c = (sum(int(cell[place]) * k for cell, k in cells.items()) for place in (0, 1))
    doubled = sum((int(cell[0]) + int(cell[1])) ** 2 * k for cell, k in cells.items())
    r = (e + c) / (2 * n)
    variance = (doubled / 4 - n * r * r) / (n - 1) if n > 1 else math.nan
    return n, e / n, c / n, r, variance


@dataclass(frozen=True)
class Rating:
    """The mean of one side of the votes, 1 to 5; of ``both`` with its interval.

    ``team`` votes are one agreed vote of a team and month each: there is no interval.
    """

    side: Literal["both", "effectiveness", "consistency"]
    team: bool = False

    @property
    def fields(self) -> frozenset[str]:
        """The cells of the votes."""
        return frozenset({self._votes})

    @property
    def _votes(self) -> str:
        return "team_votes" if self.team else "votes"

    def results(self, measure: str, sums: Sums) -> list[Result]:
        """One for each deliverable with groups, and one for the pair."""
        parts = _by_part(sums.get(self._votes, {}))
        if not parts:
            return []
        return [self._result(measure, *part) for part in sorted({**parts, WHOLE: _pooled(parts.values())}.items())]

    def _result(self, measure: str, part: str, cells: Cells) -> Result:
        n, e, c, r, variance = rating(cells)
        if self.side != "both":
            return Result(measure=measure, part=part, value=e if self.side == "effectiveness" else c, n=n)
        if self.team or n == 1:
            return Result(measure=measure, part=part, value=r, n=n)
        low, high = mean_interval(r, variance, n, 1.0, 5.0)
        return Result(measure=measure, part=part, value=r, n=n, low=low, high=high)

    word = "ratings"

    def sql(self, measure: str) -> str:
        """One tuple for each part."""
        interval = int(self.side == "both" and not self.team)
        return f"[('{measure}', '{self.side}', {interval}, graded(votes_of(s, '{self._votes}')))]"
