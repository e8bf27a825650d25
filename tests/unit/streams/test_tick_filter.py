"""Which ticks count: a table of ticks against a gate, and the alarm."""

import pytest

from schemas.ticks import BOUNDARY_MS, CUT_EVENTS, LEEWAY_MS
from streams.engine.ports import Tick
from streams.engine.tick_filter import ALARM_MS, TickFilter

G = BOUNDARY_MS
T = 1_000 * G


def test_w_only_rises() -> None:
    """A tick at or below the last accepted W is refused and counted, and changes nothing."""
    gate = TickFilter(T)
    assert not gate.accepts(Tick(T, 1, T))
    assert not gate.accepts(Tick(T - 1, 2, T))
    assert gate.w == T
    assert gate.accepts(Tick(T + 1, 3, T))
    assert gate.w == T + 1
    assert gate.counters == {"tick_back": 2}


def test_a_new_gate_takes_the_first_tick() -> None:
    """Without history any W from 0 on is accepted."""
    assert TickFilter().accepts(Tick(0, 0, 0))


@pytest.mark.parametrize(("ahead", "accepted"), [(0, True), (LEEWAY_MS, True), (LEEWAY_MS + 1, False), (10 * G, False)])
def test_a_tick_from_the_future_is_refused(ahead: int, accepted: bool) -> None:
    """More than a minute past its own append time a tick comes from a clock that runs ahead; exactly a minute is fine."""
    gate = TickFilter()
    assert gate.accepts(Tick(T + ahead, 0, T)) is accepted
    assert gate.counters == ({} if accepted else {"tick_ahead": 1})


def test_an_old_tick_is_accepted() -> None:
    """A W far behind its append time is fine: a log home replays history, a clock catches up."""
    assert TickFilter().accepts(Tick(0, 0, T))


@pytest.mark.parametrize(
    ("w", "offset", "accepted"),
    [(T, 5, True), (T + 1, 5, False), (T + 1000, 9, False), (T + 1000, 10, True), (T + 1, 11, True), (T + G, 3, True)],
)
def test_a_rebuild_takes_the_wide_grid_for_the_past(w: int, offset: int, accepted: bool) -> None:
    """Below the last tick that readers had seen only the five-minute grid counts; that very tick and later ones count all."""
    gate = TickFilter(T - G, rebuilt_until=10)
    assert gate.accepts(Tick(w, offset, w)) is accepted
    assert gate.counters == ({} if accepted else {"tick_off_grid": 1})


@pytest.mark.parametrize(("waiting", "accepted"), [(CUT_EVENTS - 1, False), (CUT_EVENTS, True)])
@pytest.mark.guard("bounded cuts")
def test_a_rebuild_bounds_its_cuts(waiting: int, accepted: bool) -> None:
    """Off the wide grid a tick counts in the past, too, where so many events wait that the cut must be closed."""
    assert TickFilter(T, rebuilt_until=10).accepts(Tick(T + 1, 5, T + 1), waiting) is accepted


def test_a_rebuild_takes_the_first_tick_of_all() -> None:
    """Wherever it lies, what was released at it is released at it again; the second one off the grid is passed over."""
    gate = TickFilter(-1, rebuilt_until=10)
    assert gate.accepts(Tick(T + 1, 0, T + 1)) and not gate.accepts(Tick(T + 1000, 1, T + 1000))


@pytest.mark.control("bounded cuts")
def test_no_rebuild_takes_every_grid() -> None:
    """Negative control: without a rebuild the same ticks are accepted."""
    assert TickFilter().accepts(Tick(T + 1, 0, T + 1))


def test_the_alarm_rings_after_a_minute_of_refusals() -> None:
    """More than a minute of append time with nothing but refused ticks rings; exactly a minute does not."""
    gate = TickFilter(T)
    assert not gate.alarm(10**15)
    gate.accepts(Tick(T, 1, 100))
    gate.accepts(Tick(T, 2, 100 + ALARM_MS))
    assert not gate.alarm(100 + ALARM_MS)
    assert gate.alarm(100 + ALARM_MS + 1)


def test_an_accepted_tick_ends_the_alarm() -> None:
    """One accepted tick and the refusals before it no longer count."""
    gate = TickFilter(T)
    gate.accepts(Tick(T, 1, 100))
    gate.accepts(Tick(T + 1, 2, T))
    assert not gate.alarm(10**15)


def test_a_rebuild_in_the_past_rings_no_alarm() -> None:
    """Ticks a rebuild passes over are no fault of any clock."""
    gate = TickFilter(T, rebuilt_until=1000)
    for offset in range(100):
        w = T + 1 + offset * 1000
        assert not gate.accepts(Tick(w, offset, w))
    assert not gate.alarm(10**15)


def test_the_alarm_stands_until_a_tick_is_accepted() -> None:
    """Who looks later still sees it: the alarm is kept, refused ticks keep it, and an accepted one ends it."""
    gate = TickFilter(T)
    gate.accepts(Tick(T, 1, 100))
    assert not gate.alarmed
    assert gate.alarm(100 + ALARM_MS + 1)
    assert not gate.accepts(Tick(T, 2, 100 + ALARM_MS + 2))
    assert gate.alarmed
    assert gate.accepts(Tick(T + 1, 3, T))
    assert not gate.alarmed
