"""Counts over a custody path, against their definitions written out naively."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.custody import PathCounts, counts, walked

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
    """A walk has no repeats side by side, keeps every change in order with its time, and merges no further."""
    path, path_at, changes = walked(enumerate(places))
    assert all(a != b for a, b in pairwise(path))
    assert path_at == [n for n, place in enumerate(places) if n == 0 or places[n - 1] != place]
    assert (path, changes) == ([places[n] for n in path_at], max(len(path) - 1, 0))
    assert walked(enumerate(path))[0] == path


@given(st.lists(st.sampled_from(["A", "B", ""]), max_size=30))
def test_nobody_is_a_place_only_in_the_changes(places: list[str]) -> None:
    """Without the unassigned queue the path is the same, and the changes count it as a place of its own."""
    path, _, changes = walked(enumerate(places))
    assert path == walked(enumerate(p for p in places if p))[0]
    assert changes == sum(a != b for a, b in pairwise(places))


@given(_places)
def test_counts_are_their_definitions(places: list[str]) -> None:
    """Reassignments are n-1, bounces the places i with c_i = c_(i-2), revisits n minus the distinct teams."""
    path = walked(enumerate(places))[0]
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
    found = counts(walked(enumerate(places))[0])
    assert found.bounces <= found.revisits <= found.reassignments
