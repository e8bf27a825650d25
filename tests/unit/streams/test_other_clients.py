"""Below the millisecond a source's order is kept, and a sequence that is no number is counted, not used."""

from typing import Any

import pytest

from streams.journeys import item_state
from tests.unit.streams.journeys import T0, Desk

DAY = "2026-03-02T09:00:00"
AT = ((f"{DAY}.0001Z", "A"), (f"{DAY}.000100001Z", "B"), (f"{DAY}.0001001Z", "C"), (f"{DAY}.000999999Z", "D"))
"""Times below one millisecond, in order; ids and sequences say the opposite."""


def path_of(order: list[int]) -> Any:
    """The path that follows, whatever order the moves arrive in, also after a restart between them."""
    desk = Desk()
    for n in order:
        time, team = AT[n]
        desk.moved("W", 0, team, id=f"m{9 - n}", sequence=9 - n, time=time)
        if n == 2:
            desk.tick(1)
            desk.restart()
    desk.tick(2)
    (item,) = desk.of("item")
    assert set(item.path_at) == {T0}
    return item.path


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
@pytest.mark.guard("other clients")
def test_order_below_the_millisecond_is_the_sources(order: list[int]) -> None:
    """Moves whose times differ by a nanosecond stand in their order."""
    assert path_of(order) == ["A", "B", "C", "D"]


@pytest.mark.control("other clients")
def test_without_nanoseconds_the_order_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with the millisecond alone, sequence and id decide."""
    monkeypatch.setattr(item_state, "place_of", lambda event: event.sequence)
    assert path_of([0, 1, 2, 3]) == ["D", "C", "B", "A"]


def test_a_nanosecond_outweighs_any_sequence() -> None:
    """Nanoseconds come first, then the sequence, whatever its size."""
    desk = Desk()
    for n, (time, sequence) in enumerate(
        ((".000000002", -(2**63)), (".000000001", 2**63 - 1), (".000000001", -(2**63)), ("", 2**63 - 1))
    ):
        desk.moved("W", 0, f"T{n}", id=f"m{n}", sequence=sequence, time=f"{DAY}{time}Z")
    desk.tick(1)
    assert desk.of("item")[0].path == ["T3", "T2", "T1", "T0"]


@pytest.mark.guard("other clients")
def test_a_leap_second_is_of_the_day_it_ends() -> None:
    """Its event is published at the midnight behind it, after those before it."""
    desk = Desk()
    midnight = 1_483_228_800_000
    for time, team in (("60.25", "C"), ("59.9999999", "A"), ("60", "B")):
        desk.moved("W", 0, team, id=team, time=f"2016-12-31T23:59:{time}Z")
    desk.tick((midnight - T0) / 3_600_000)
    (item,) = desk.of("item")
    assert (item.path, item.path_at) == (["A", "B", "C"], [midnight - 1] * 3)


@pytest.mark.guard("other clients")
def test_a_sequence_that_is_no_number_is_counted() -> None:
    """By source and pane; one that is a number orders."""
    desk = Desk()
    for n, (team, sequence) in enumerate((("B", "0010"), ("A", "0009"), ("C", "abc"))):
        desk.moved("W", n // 2, team, id=f"m{n}", sequence=sequence)
    desk.tick(3)
    assert desk.of("item")[0].path == ["A", "B", "C"]
    (pane,) = desk.of("intake")
    assert pane.counts == {"received": 3, "sequence_ignored": 1}
    assert desk.fold.counters["sequence_ignored"] == 1
