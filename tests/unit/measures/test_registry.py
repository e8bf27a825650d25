"""The registry of measures: the worked examples through it, and what may not be shown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.ratings import WHOLE
from measures.registry import MEASURES, fields, measures, results
from measures.sketch import bucket
from measures.sums import Growing, add, flat, total
from schemas.keys import SEPARATOR

MINUTE = 60_000
V0 = {
    "leads": [(4, 3), (5, 4), (3, 3), (4, 2), (4, 4), (5, 5)],
    "decks": [(3, 3), (4, 3), (2, 2), (3, 4), (3, 2)],
    "brief": [(5, 5), (4, 5), (5, 5), (4, 4)],
}


def counted(**amounts: int) -> Growing:
    """Sums of fields without keys."""
    return {field: {"": n} for field, n in amounts.items() if n}


def one(scope: str, name: str, sums: Growing, refresh: str = "live", part: str = "") -> Any:
    """The one result of a measure and part."""
    (found,) = [r for r in results(scope, refresh, sums) if (r.measure, r.part) == (name, part)]
    return found


def votes(of: dict[str, list[tuple[int, int]]]) -> Growing:
    """Sums of individual votes in groups; the empty part holds those of several deliverables."""
    sums: Growing = {}
    for part, cells in of.items():
        for e, c in cells:
            add(sums, "votes", f"{part}{SEPARATOR}{e}{c}", 1)
    return sums


def test_each_measure_is_one_row() -> None:
    """No two rows have one name, so a name means one definition; every row holds somewhere."""
    assert len({m.name for m in MEASURES}) == len(MEASURES)
    assert all(m in measures(scope, m.refresh) for m in MEASURES for scope in m.scopes)


@pytest.mark.parametrize(
    ("name", "sums", "k", "n"),
    [
        ("fpy", counted(dec=4, **{"pass": 1}), 1, 4),
        ("complete_accurate", counted(dec=4, ca=1), 1, 4),
        ("rework_rate", counted(offers=8, reoffers=4), 4, 8),
        ("stubborn_share", counted(dec=4) | {"loops": {"0": 1, "1": 2, "2": 1}}, 1, 4),
        ("rework_coverage", counted(rework_reported=2, reworked=3), 2, 3),
        ("sla_hit_rate", counted(due_hit=2, due_miss=3), 2, 5),
        ("ontime_first_rate", counted(due_hit=2, due_miss=3, ontime_first=4), 4, 5),
    ],
)
def test_rates_of_the_worked_example(name: str, sums: Growing, k: int, n: int) -> None:
    """k and n are E0's; below five cases there is neither value nor interval but a reason, never 0."""
    found = one("pair", name, sums)
    assert (found.k, found.n) == (k, n)
    if n < 5:
        assert (found.value, found.low, found.high, found.reason) == (None, None, None, "min_n")
    else:
        assert found.value == k / n and found.low < found.value < found.high and found.reason is None


def test_means_of_the_worked_example() -> None:
    """Loops, rework and durations of E0, ten times over so that they may be shown, have the values printed there."""
    sums = counted(dec=40, loops_sum=40, rework_min=3900, rework_reported=20, wait_ms=675 * MINUTE, cycle_ms=4155 * MINUTE)
    sums["wait"] = {"741": 1, "755": 3, "776": 1, "790": 3}
    for minutes in (45, 450, 540, 3120):
        add(sums, "cycle", bucket(minutes * MINUTE), 1)
    found = {r.measure: r.value for r in results("pair", "live", sums)}
    assert found["loops_mean"] == 1.0
    assert found["rework_hours"] == 65.0
    assert found["rework_hours_per_handoff"] == 1.625
    assert found["rework_hours_per_report"] == 3.25
    assert found["wait_hours_mean"] == 1.40625
    assert found["wait_hours_p50"] == pytest.approx(0.9940265367558778, rel=1e-12)
    assert found["wait_hours_p90"] == found["wait_hours_p95"] == pytest.approx(2.001770339921933, rel=1e-12)
    assert found["cycle_hours_mean"] == 17.3125
    assert found["cycle_hours_p50"] == pytest.approx(7.493799622544137, rel=1e-12)
    assert found["cycle_hours_p90"] == pytest.approx(8.9717608574992, rel=1e-12)


def test_lost_time_that_few_reported_is_not_shown() -> None:
    """With two reports (E0) the hours have no value; n tells how few they are."""
    found = one("pair", "rework_hours", counted(dec=4, rework_min=390, rework_reported=2))
    assert (found.value, found.n, found.reason) == (None, 2, "min_n")


def test_shares_of_reasons() -> None:
    """Each reason that occurs has its share of all returns, by code."""
    sums = counted(returns=8) | {"reasons": {"incomplete": 4, "wrong_format": 2, "defect": 2}}
    found = [(r.part, r.k, r.n, r.value) for r in results("pair", "live", sums) if r.measure == "return_share"]
    assert found == [("defect", 2, 8, 0.25), ("incomplete", 4, 8, 0.5), ("wrong_format", 2, 8, 0.25)]


def test_custody_of_the_worked_example() -> None:
    """Pair {MKT, SAL} of E0: 13 moves with 8 bounces; ping-pong 1 of 5, bounced 3 of 5."""
    sums = counted(bounces=8, pp_pairs=5, pp_b1=3, pp_b3=1) | {"moves": {"ab": 9, "ba": 4}}
    found = {r.measure: (r.k, r.n, r.value) for r in results("both", "live", sums)}
    assert found["ping_pong_rate"] == (1, 5, 0.2)
    assert found["bounced_rate"] == (3, 5, 0.6)
    assert found["bounce_ratio"] == (8, 13, 8 / 13)
    assert found["moves"] == (None, 13, 13.0)


def test_of_nothing_every_measure_without_parts_still_speaks() -> None:
    """An empty window has a result with n = 0 for each measure without parts, so that newer rows replace older ones."""
    for scope in ("pair", "route", "both", "source"):
        found = results(scope, "live", {})
        named = [m.name for m in measures(scope, "live") if m.name != "return_share"]
        assert [r.measure for r in found] == named
        assert all(r.n == 0 for r in found)


def test_ratings_of_the_worked_example() -> None:
    """Leads and decks of V0 alone have the means and intervals printed in R1."""
    found = {p: one("pair", "rating", votes({p: V0[p]}), "daily", p) for p in ("leads", "decks")}
    assert found["leads"].value == pytest.approx(3.8333333333333335, abs=1e-12) and found["leads"].n == 6
    assert (found["leads"].low, found["leads"].high) == pytest.approx((2.9764727214545625, 4.690193945212105), abs=1e-9)
    assert found["decks"].value == pytest.approx(2.9, abs=1e-12)
    assert (found["decks"].low, found["decks"].high) == pytest.approx((2.090534107645648, 3.709465892354352), abs=1e-9)
    sides = [
        one("pair", f"rating_{side}", votes({"leads": V0["leads"]}), "daily").value
        for side in ("effectiveness", "consistency")
    ]
    assert sides == [4.166666666666667, 3.5]


def test_what_is_in_groups_is_shown_and_adds_up() -> None:
    """Every deliverable with a group is shown; a group of several deliverables counts in the whole alone."""
    found = {r.part: r for r in results("pair", "daily", votes({**V0, "": [(1, 1)] * 5})) if r.measure == "rating"}
    assert {part: r.n for part, r in found.items()} == {WHOLE: 20, "leads": 6, "decks": 5, "brief": 4}
    assert all(r.value is not None and r.reason is None for r in found.values())
    only = {r.part: r.n for r in results("pair", "daily", votes({"": [(4, 4)] * 5})) if r.measure == "rating"}
    assert only == {WHOLE: 5}


def test_a_team_vote_is_shown_alone_and_without_interval() -> None:
    """One agreed vote of a team has n = 1, a value and no interval; individuals' votes say nothing of it."""
    found = one("pair", "team_rating", {"team_votes": {f"leads{SEPARATOR}43": 1}}, "daily", "leads")
    assert (found.value, found.n, found.low, found.high, found.reason) == (3.5, 1, None, None, None)
    assert not [r for r in results("pair", "daily", votes(V0)) if r.measure.startswith("team_")]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["", "x", "y"]), st.integers(-3, 3)), max_size=30))
def test_sums_keep_nothing_that_is_zero(entries: list[tuple[str, str, int]]) -> None:
    """Sums are exact, in whatever order, and hold no zero, so that empty means nothing."""
    sums: Growing = {}
    for field, key, amount in entries:
        add(sums, field, key, amount)
    assert all(amount for keys in sums.values() for amount in keys.values()) and all(sums.values())
    for field in "ab":
        assert total(sums, field) == sum(n for f, _, n in entries if f == field)
    assert len(flat(sums)) == sum(map(len, sums.values()))


def test_what_the_measures_read() -> None:
    """Rating groups have rows of their own, and nothing else has."""
    assert fields("pair", "daily") == {"votes", "team_votes"}
    assert not fields("pair", "daily") & fields("pair", "live")
    assert fields("source", "daily") == frozenset()
