"""What follows from a custody path (metrics 1.7 and W5): pure counting, no times."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class PathCounts(NamedTuple):
    """Counts over one path of teams, repeats merged."""

    reassignments: int
    bounces: int
    revisits: int


def merged(places: Iterable[str]) -> list[str]:
    """The places with consecutive repeats merged."""
    path: list[str] = []
    for place in places:
        if not path or path[-1] != place:
            path.append(place)
    return path


def first_of_runs(places: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Of (time, place) pairs those where another place begins."""
    path: list[tuple[int, str]] = []
    for step in places:
        if not path or path[-1][1] != step[1]:
            path.append(step)
    return path


def counts(path: Sequence[str]) -> PathCounts:
    """Steps, direct ping-pongs (``c_i = c_{i-2}``) and steps into a team that held the item before.

    ``path``: teams in order, repeats merged. An empty path counts as no steps.
    """
    n = len(path)
    bounces = sum(1 for i in range(2, n) if path[i] == path[i - 2])
    return PathCounts(max(n - 1, 0), bounces, n - len(set(path)))
