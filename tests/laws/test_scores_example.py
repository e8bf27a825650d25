"""The worked example E0 and its variants through both stages: the 7d window of MKT to SAL, at W, has the numbers printed."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from tests.laws.example import lines, moment, one, record
from tests.laws.histories import tick
from tests.laws.test_scores_of_journeys import seen, through

E0 = [record(line) for line in lines()]
LATE_H6 = lines("H6 W4 MKT SAL offered 03-06 11:00\nH6 W4 MKT SAL accepted 03-06 13:00")
RETRACTED = [record(one("H8", verb, "03-09"), revision=1, deleted=True) for verb in ("returned", "offered", "accepted")]


def rows(
    records: Sequence[tuple[str, bytes]],
    w: str = "03-10T00:00",
    scope: tuple[str, ...] = ("pair", "MKT", "SAL"),
    window: str = "7d",
    events: int = 3,
    seed: int = 1,
) -> dict[tuple[str, str], Any]:
    """The results of a current row at W, by measure and part, through both stages with crashes."""
    history = [*records, ("clock", tick(moment(w)))]
    table = seen(through(history, Random(seed), events, 2, appended=moment(w)))[1][moment(w)]
    return {(r.measure, r.part): r for r in table[*scope, window, "live"]}


def core(found: dict[tuple[str, str], Any]) -> dict[str, tuple[int, int]]:
    """The counts of the regression table."""
    names = {"fpy": "fpy", "ca": "complete_accurate", "rework": "rework_rate", "sla": "sla_hit_rate"}
    return {short: (found[name, ""].k, found[name, ""].n) for short, name in names.items()}


def first_offer_of_h5() -> tuple[str, bytes]:
    """A correction: the first offer of H5 was due at 15:30."""
    line = next(line for line in lines() if (line["handoff"], line["verb"]) == ("H5", "offered"))
    return record(line | {"due": "03-05T15:30"}, revision=1)


REPAIRED_H4 = record(one("H4", "accepted", "03-04") | {"rework_minutes": "30"}, revision=1)
VARIANTS = {
    "as it is": ([], "03-10T00:00", (1, 4), (1, 4), (4, 8), (2, 5)),
    "W 03-04": ([], "03-04T00:00", (0, 1), (0, 1), (1, 2), (0, 1)),
    "W 03-06": ([], "03-06T00:00", (1, 3), (1, 3), (3, 6), (2, 3)),
    "W 03-08": ([], "03-08T00:00", (2, 4), (2, 4), (3, 7), (3, 5)),
    "W 03-09 09:01": ([], "03-09T09:01", (1, 4), (1, 4), (3, 7), (2, 5)),
    "H8 retracted": (RETRACTED, "03-10T00:00", (2, 4), (2, 4), (3, 7), (3, 5)),
    "H5 due earlier": ([first_offer_of_h5()], "03-10T00:00", (1, 4), (1, 4), (4, 8), (1, 5)),
    "H6 late": ([record(line) for line in LATE_H6], "03-10T00:00", (2, 5), (2, 5), (4, 9), (3, 5)),
    "H4 repaired": ([REPAIRED_H4], "03-10T00:00", (1, 4), (0, 4), (4, 8), (2, 5)),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_regression_table(name: str) -> None:
    """Each variant of E0 has the printed counts of first pass, complete and accurate, rework and SLA."""
    more, w, fpy, ca, rework, sla = VARIANTS[name]
    assert core(rows([*E0, *more], w)) == {"fpy": fpy, "ca": ca, "rework": rework, "sla": sla}


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_and_doubled(seed: int) -> None:
    """E0 in any order, every event twice, through any partitions, has the same row."""
    shuffled = E0 * 2
    Random(seed).shuffle(shuffled)
    assert rows(shuffled, events=1 + seed, seed=seed) == rows(E0)


def test_what_else_is_printed_of_the_pair() -> None:
    """On-time first offers, loops, waits, times to accepted, reasons, rework and cancellations of E0 are those printed."""
    found = rows(E0)
    value = {key: result.value for key, result in found.items()}
    counted = {key: (result.k, result.n) for key, result in found.items()}
    assert value["ontime_first_rate", ""] == 0.8
    assert (value["wait_hours_mean", ""], found["wait_hours_mean", ""].n) == (1.40625, 8)
    assert value["wait_hours_p50", ""] == pytest.approx(0.9940265367558778, rel=1e-12)
    assert value["wait_hours_p90", ""] == value["wait_hours_p95", ""] == pytest.approx(2.001770339921933, rel=1e-12)
    assert (value["cycle_hours_mean", ""], found["cycle_hours_mean", ""].n) == (17.3125, 4)
    assert value["cycle_hours_p50", ""] == pytest.approx(7.493799622544137, rel=1e-12)
    assert value["cycle_hours_p90", ""] == pytest.approx(8.9717608574992, rel=1e-12)
    assert counted["stubborn_share", ""] == (1, 4) and counted["rework_coverage", ""] == (2, 3)
    shares = {part: r.k for (measure, part), r in found.items() if measure == "return_share"}
    assert shares == {"incomplete": 2, "defect": 1, "wrong_format": 1}
    assert value["void", ""] == value["cancelled", ""] == 1.0 and value["sla_pending", ""] == 0.0
    assert (value["rework_hours", ""], found["rework_hours", ""].reason) == (None, "min_n")


def test_custody() -> None:
    """Between MKT and SAL five items met, three bounced, one played ping-pong; of 15 moves 8 were bounces."""
    found = rows(E0, scope=("both", "MKT", "SAL"), window="30d")
    counted = {measure: (result.k, result.n) for (measure, _), result in found.items()}
    assert counted["ping_pong_rate"] == (1, 5) and counted["bounced_rate"] == (3, 5)
    others = rows(E0, scope=("both", "ENG", "MKT"), window="30d")["bounce_ratio", ""]
    assert (counted["bounce_ratio"], (others.k, others.n)) == ((8, 13), (0, 2))
