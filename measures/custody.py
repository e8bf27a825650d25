"""What follows from a custody path (metrics 1.7 and W5): pure counting, no times."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class PathCounts(NamedTuple):
    """Counts over one path of teams, repeats merged."""

    reassignments: int
    bounces: int
    revisits: int


NO_STEPS = PathCounts(0, 0, 0)
"""Of an item that never changed hands."""


def walked(places: Iterable[tuple[int, str]]) -> tuple[list[str], list[int], int]:
    """The path of teams with repeats merged, when each was reached, and the changes with nobody ("") as a place of its own.

    ``places``: (time, place) in order.
    """
    path: list[str] = []
    path_at: list[int] = []
    changes = -1
    last = None
    for at, team in places:
        if team == last:
            continue
        changes += 1
        last = team
        if team and not (path and path[-1] == team):
            path.append(team)
            path_at.append(at)
    return path, path_at, max(changes, 0)


def counts(path: Sequence[str]) -> PathCounts:
    """Steps, direct ping-pongs (``c_i = c_{i-2}``) and steps into a team that held the item before.

    ``path``: teams in order, repeats merged. An empty path counts as no steps.
    """
    n = len(path)
    bounces = sum(1 for i in range(2, n) if path[i] == path[i - 2])
    return PathCounts(max(n - 1, 0), bounces, n - len(set(path)))
