"""What stands in one contribution: each of a subject's facts by itself, long ones in groups that events leave alone."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from measures.contributions import (
    OFFERS,
    STEPS,
    CustodyGroups,
    groups_of_handoff,
)
from measures.entries import entries_of_handoff
from tests.fixtures.whole_contributions import Place, contributions_of, entries_of_item
from tests.unit.measures.lives import MINUTE, T0, at, fact


class Path:
    """As much of an item fact as custody needs."""

    def __init__(self, path: str) -> None:
        self.path = list(path)
        self.path_at = [at(n) for n in range(len(path))]


def told(entries: list[Any]) -> Counter[tuple[Any, ...]]:
    """(minute, field, key, amount) of each entry."""
    return Counter(((e.at - T0) / MINUTE, e.field, e.key, e.amount) for e in entries)


def summed(groups: dict[Any, list[Any]]) -> Counter[tuple[Any, ...]]:
    """The entries of all groups."""
    return told([entry for entries in groups.values() for entry in entries])


def test_custody_of_a_ping_pong() -> None:
    """Steps by direction, bounces to the two teams they go between, once each what is an item-pair with bounces."""
    found = {key: told(entries) for key, entries in entries_of_item(Path("ABABACA")).items()}
    assert found["A", "B", 0] == Counter(
        (
            *((1, "pp_pairs", "", 1), (1, "moves", "ab", 1), (2, "moves", "ba", 1), (2, "bounces", "", 1)),
            *((3, "moves", "ab", 1), (3, "bounces", "", 1), (4, "moves", "ba", 1), (4, "bounces", "", 1)),
            *((1, "pp_b1", "", 1), (1, "pp_b3", "", 1)),
        )
    )
    assert found["A", "C", 0] == Counter(
        (
            *((5, "pp_pairs", "", 1), (5, "moves", "ab", 1), (6, "moves", "ba", 1)),
            *((6, "bounces", "", 1), (5, "pp_b1", "", 1)),
        )
    )
    assert entries_of_item(Path("A")) == {}


def test_a_step_changes_its_own_group_and_ping_pong_the_first_one_twice() -> None:
    """Of 200 steps to and fro, each changes the group it stands in; the first group again at the first and third bounce."""
    path = ("AB" * 101)[:201]
    groups = CustodyGroups()
    touched = [list(groups.extend(path[: n + 1])) for n in range(1, 201)]
    own = [[("A", "B", (n - 1) // STEPS)] for n in range(1, 201)]
    assert touched == own
    # Where the two teams met long before they bounce, the group of their first step is the one that changes once more.
    late = "AB" + "CDEFGHIJ" + "ABABAB"
    groups = CustodyGroups()
    groups.extend(late[:11])
    first, second = ("A", "B", 0), ("A", "B", 1)
    assert [list(groups.extend(late[: n + 1])) for n in range(11, 16)] == [
        [second],
        [first, second],
        [second],
        [first, second],
        [second],
    ]


@pytest.mark.parametrize("path", ["ABABACA", "AB" * 30, "ABC" * 20, "AB" + "CDEFGHIJ" + "ABABAB", "ABCDEFGHIJK" * 3])
def test_groups_of_a_path_are_the_same_step_by_step_and_together_lose_nothing(path: str) -> None:
    """Whatever pieces a path comes in, each group is the same, and every step and bounce is in one of them."""
    grown = CustodyGroups()
    keys: dict[Any, None] = {}
    for n in range(1, len(path) + 1):
        keys |= grown.extend(path[:n])
    whole = entries_of_item(Path(path))
    assert {key: grown.entries(key, Path(path)) for key in keys} == whole
    amounts = Counter(e.field for entries in whole.values() for e in entries)
    assert amounts["moves"] == len(path) - 1
    assert amounts["bounces"] == sum(path[n] == path[n - 2] for n in range(2, len(path)))
    assert amounts["pp_pairs"] == len({frozenset(path[n - 1 : n + 1]) for n in range(1, len(path))})
    assert max(map(len, whole.values())) <= 2 * STEPS + 3


def returned(times: int, last: bool = False) -> Any:
    """A handoff delivered and sent back so often, and perhaps accepted in the end."""
    steps = [step for n in range(times) for step in (("offer", 2 * n), ("return", 2 * n + 1, "defect", 5))]
    return fact(*steps, *([("offer", 2 * times), ("accept", 2 * times + 1)] if last else []), due=3)


@pytest.mark.parametrize("times", [0, 1, OFFERS - 1, OFFERS, OFFERS + 1, 50])
@pytest.mark.parametrize("last", [False, True])
def test_groups_of_a_handoff_lose_nothing(times: int, last: bool) -> None:
    """Together they are the handoff's entries; each holds those of four offers at most, and no group is empty."""
    made = returned(times, last)
    groups = groups_of_handoff(made)
    assert summed(groups) == told(entries_of_handoff(made))
    assert all(groups.values())
    assert all(Counter(e.field for e in entries)["offers"] <= OFFERS for entries in groups.values())


def test_what_follows_leaves_the_groups_of_earlier_offers_alone() -> None:
    """From return to return only the handoff's own group changes; every fourth offer a full one is put aside."""
    before = groups_of_handoff(returned(1))
    for times in range(2, 51):
        now = groups_of_handoff(returned(times))
        assert [group for group in before if group and now[group] != before[group]] == []
        assert set(now) - set(before) <= {(times - 1) // OFFERS}
        before = now


def between(supplier: str, customer: str, minute: float, *steps: tuple[Any, ...]) -> Any:
    """A handoff's fact between two teams, offered at a minute."""
    made = fact(("offer", minute), *steps)
    return msgspec.structs.replace(made, supplier=supplier, customer=customer, handoff=supplier + customer)


def test_every_handoff_gives_on_its_own() -> None:
    """Two handoffs of one pair are two contributions to it, and two more to the item's route, with the same entries."""
    item: Any = Path("ABAC")
    handoffs = {("desk", "1"): between("A", "B", 1), ("desk", "2"): between("A", "B", 2), ("", "h"): between("A", "C", 3)}
    found = contributions_of(item, handoffs)
    route = ("A", "B", "C")
    assert set(found) == {
        *(Place("pair", ("A", "B"), "desk", "1"), Place("pair", ("A", "B"), "desk", "2"), Place("pair", ("A", "C"), "", "h")),
        *(Place("route", route, "desk", "1"), Place("route", route, "desk", "2"), Place("route", route, "", "h")),
        *(Place("both", ("A", "B")), Place("both", ("A", "C"))),
    }
    for (source, id), handoff in handoffs.items():
        (of_pair,) = [entries for place, entries in found.items() if place[0] == "pair" and place[2:4] == (source, id)]
        assert found[Place("route", route, source, id)] == of_pair == entries_of_handoff(handoff)


def test_what_gives_nothing_is_no_contribution() -> None:
    """A request that is not due yet gives to no scope."""
    assert contributions_of(None, {("", "h"): fact(requested=1, due=5, w=2)}) == {}
