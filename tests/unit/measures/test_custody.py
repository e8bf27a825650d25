"""Counts over a custody path, against their definitions written out naively."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.custody import PathCounts, counts, merged

_places = st.lists(st.sampled_from("ABCD"), max_size=30)

E0_PATHS = [
    ("EMSMS", PathCounts(4, 2, 2)),
    ("EMS", PathCounts(2, 0, 0)),
    ("MSMSMS", PathCounts(5, 4, 4)),
    ("MS", PathCounts(1, 0, 0)),
    ("MSMS", PathCounts(3, 2, 2)),
]


@pytest.mark.parametrize(("path", "expected"), E0_PATHS)
def test_the_worked_example(path: str, expected: PathCounts) -> None:
    """The custody paths of the worked example (metrics W5) have the moves, bounces and revisits printed there."""
    assert counts(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", PathCounts(0, 0, 0)), ("A", PathCounts(0, 0, 0)), ("ABCA", PathCounts(3, 0, 1)), ("ABCBA", PathCounts(4, 1, 2))],
)
def test_short_and_round_paths(path: str, expected: PathCounts) -> None:
    """Nobody and one team make no step; a way back through a third team is a revisit, but no bounce."""
    assert counts(path) == expected


@given(_places)
def test_merging_leaves_no_neighbours_alike(places: list[str]) -> None:
    """Merged places have no repeats side by side, keep every change in order, and merge no further."""
    path = merged(places)
    assert all(a != b for a, b in pairwise(path))
    assert path == [place for n, place in enumerate(places) if n == 0 or places[n - 1] != place]
    assert merged(path) == path


@given(_places)
def test_counts_are_their_definitions(places: list[str]) -> None:
    """Reassignments are n-1, bounces the places i with c_i = c_(i-2), revisits n minus the distinct teams."""
    path = merged(places)
    bounces = 0
    seen: set[str] = set()
    revisits = 0
    for place, team in enumerate(path):
        bounces += place >= 2 and path[place - 2] == team
        revisits += team in seen
        seen.add(team)
    assert counts(path) == PathCounts(max(len(path) - 1, 0), bounces, revisits)


@given(_places)
def test_bounces_are_revisits(places: list[str]) -> None:
    """A direct ping-pong always returns to a team that had the item: no path has more bounces than revisits."""
    found = counts(merged(places))
    assert found.bounces <= found.revisits <= found.reassignments
