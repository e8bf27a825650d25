"""Counts over a custody path, against their definitions written out naively."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.custody import CustodyPath

_places = st.lists(st.sampled_from("ABCD"), max_size=30)

E0_PATHS = [
    ("EMSMS", (4, 2, 2)),
    ("EMS", (2, 0, 0)),
    ("MSMSMS", (5, 4, 4)),
    ("MS", (1, 0, 0)),
    ("MSMS", (3, 2, 2)),
]


def counts(path: Iterable[str]) -> tuple[int, int, int]:
    """Reassignments, bounces and revisits."""
    walk = CustodyPath(enumerate(path))
    return walk.reassignments, walk.bounces, walk.revisits


@pytest.mark.parametrize(("path", "expected"), E0_PATHS)
def test_the_worked_example(path: str, expected: tuple[int, int, int]) -> None:
    """The custody paths of the worked example (metrics W5) have the moves, bounces and revisits printed there."""
    assert counts(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", (0, 0, 0)), ("A", (0, 0, 0)), ("ABCA", (3, 0, 1)), ("ABCBA", (4, 1, 2))],
)
def test_short_and_round_paths(path: str, expected: tuple[int, int, int]) -> None:
    """Nobody and one team make no step; a way back through a third team is a revisit, but no bounce."""
    assert counts(path) == expected


@given(_places)
def test_merging_leaves_no_neighbours_alike(places: list[str]) -> None:
    """A walk has no repeats side by side, keeps every change in order with its time, and merges no further."""
    walk = CustodyPath(enumerate(places))
    assert all(a != b for a, b in pairwise(walk.path))
    assert walk.path_at == [n for n, place in enumerate(places) if n == 0 or places[n - 1] != place]
    assert (walk.path, max(walk.changes, 0)) == ([places[n] for n in walk.path_at], walk.reassignments)
    assert CustodyPath(enumerate(walk.path)).path == walk.path


@given(st.lists(st.sampled_from(["A", "B", ""]), max_size=30))
def test_nobody_is_a_place_only_in_the_changes(places: list[str]) -> None:
    """Without the unassigned queue the path is the same, and the changes count it as a place of its own."""
    walk = CustodyPath(enumerate(places))
    assert walk.path == CustodyPath(enumerate(p for p in places if p)).path
    assert max(walk.changes, 0) == sum(a != b for a, b in pairwise(places))


@given(_places)
def test_counts_are_their_definitions(places: list[str]) -> None:
    """Reassignments are n-1, bounces the places i with c_i = c_(i-2), revisits n minus the distinct teams."""
    path = CustodyPath(enumerate(places)).path
    bounces = 0
    seen: set[str] = set()
    revisits = 0
    for place, team in enumerate(path):
        bounces += place >= 2 and path[place - 2] == team
        revisits += team in seen
        seen.add(team)
    assert counts(places) == (max(len(path) - 1, 0), bounces, revisits)


@given(_places)
def test_bounces_are_revisits(places: list[str]) -> None:
    """A direct ping-pong always returns to a team that had the item: no path has more bounces than revisits."""
    reassignments, bounces, revisits = counts(places)
    assert bounces <= revisits <= reassignments
