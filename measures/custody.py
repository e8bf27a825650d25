"""A custody path and what follows from it (metrics 1.7 and W5), step by step."""

from collections.abc import Iterable


class CustodyPath:
    """Teams in order with repeats merged, when each was reached, and counts.

    ``reassignments`` are the steps; ``bounces`` the direct ping-pongs (``c_i = c_{i-2}``); ``revisits`` the steps into a team
    that held the item before; ``changes`` the steps with nobody ("") counted as a team.
    """

    __slots__ = ("_last", "bounces", "changes", "path", "path_at", "revisits")

    def __init__(self, holders: Iterable[tuple[int, str]] = ()) -> None:
        self.path: list[str] = []
        self.path_at: list[int] = []
        self.bounces = self.revisits = 0
        self.changes = -1
        self._last: str | None = None
        for at, team in holders:
            self.arrive(at, team)

    @property
    def reassignments(self) -> int:
        """Steps of the path."""
        return max(len(self.path) - 1, 0)

    def arrive(self, at: int, team: str) -> None:
        """The item is at ``team`` from ``at`` (ms) on; "" is the unassigned queue."""
        if team == self._last:
            return
        self._last = team
        self.changes += 1
        path = self.path
        if not team or (path and path[-1] == team):
            return
        if team in path:
            self.revisits += 1
            self.bounces += path[-2] == team
        path.append(team)
        self.path_at.append(at)
