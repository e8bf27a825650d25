"""A replay's ticks: none goes back, and what they close stays bounded whatever stands in the log already."""

from collections.abc import Iterator

import pytest

from broker.memory_broker import MemoryBroker
from producers.replay.history_replay import ReplayCounts, replay_history
from producers.replay.timed_events import TimedEvents
from schemas import ticks
from schemas.event_codec import decode, make
from schemas.fields import to_ms
from schemas.ticks import BOUNDARY_MS, KEY
from schemas.topics import CONTROL, DEAD_LETTERS, EVENTS

START = 1_700_000_100_000
BOUND = 10


@pytest.fixture(autouse=True)
def _small_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks, "CUT_EVENTS", BOUND)


def _log() -> MemoryBroker:
    return MemoryBroker({EVENTS: 1, CONTROL: 1, DEAD_LETTERS: 1}, lambda: START * 2)


def _moves(begin: int, n: int, step_ms: int) -> Iterator[TimedEvents]:
    for number in range(n):
        at = begin + number * step_ms
        value = make("baton.item.moved.v1", id=str(at), source="s", subject="i", time_ms=at, body={"to": "A"})
        yield TimedEvents(at, b"i", (value,))


def _replay(log: MemoryBroker, moves: Iterator[TimedEvents], now: int = START * 2) -> ReplayCounts:
    counts = ReplayCounts()
    replay_history(moves, log, lambda: now, counts)
    return counts


def _cuts(log: MemoryBroker) -> list[tuple[int, int]]:
    """(W, events before it since the tick before), and at the end what no tick closes."""
    cuts, waiting = list[tuple[int, int]](), 0
    for record in log.read(EVENTS, 0, 0, log.ends(EVENTS)[0]):
        if record.key == KEY:
            cuts.append((to_ms(decode(record.key, record.value or b"").time), waiting))
            waiting = 0
        else:
            waiting += 1
    return [*cuts, (0, waiting)]


def _late(log: MemoryBroker) -> int:
    """Events behind a W that has passed their time."""
    w, late = -1, 0
    for record in log.read(EVENTS, 0, 0, log.ends(EVENTS)[0]):
        at = to_ms(decode(record.key, record.value or b"").time)
        w, late = (at, late) if record.key == KEY else (w, late + (at < w))
    return late


def _rising(cuts: list[tuple[int, int]]) -> bool:
    ws = [w for w, _ in cuts[:-1]]
    return ws == sorted(set(ws))


@pytest.mark.guard("bounded cuts")
def test_a_log_behind_a_younger_one_is_closed_in_bounded_cuts() -> None:
    """A second log that is older than the home's newest tick: many ticks, each a second on, and the last closes the rest."""
    log = _log()
    _replay(log, _moves(START, 1, 1))
    newest, _ = _cuts(log)[-2]
    counts = _replay(log, _moves(START - 1000 * BOUNDARY_MS, 95, BOUNDARY_MS))
    cuts = _cuts(log)[1:]
    assert _rising(_cuts(log)) and counts.events == sum(n for _, n in cuts) == 95
    assert max(n for _, n in cuts) <= BOUND and cuts[-1] == (0, 0)
    assert [w for w, _ in cuts[:-1]] == [newest + 1000 * n for n in range(1, 11)]
    assert counts.ticks == 10


@pytest.mark.guard("bounded cuts")
def test_an_import_that_is_repeated_is_closed_in_bounded_cuts() -> None:
    """The same log again: everything is older than the tick it ended with."""
    log = _log()
    for _ in range(2):
        _replay(log, _moves(START, 70, BOUNDARY_MS // 3))
    assert _rising(_cuts(log)) and max(n for _, n in _cuts(log)) <= BOUND and _cuts(log)[-1] == (0, 0)


@pytest.mark.parametrize("before", [0, 1], ids=["empty home", "older history before"])
@pytest.mark.guard("bounded cuts")
def test_a_day_at_one_moment_is_closed_in_bounded_cuts(before: int) -> None:
    """A log of dates without times: thousands of events at midnight."""
    log = _log()
    _replay(log, _moves(START - 40 * BOUNDARY_MS, before, 1))
    _replay(log, _moves(START, 64, 0))
    cuts = _cuts(log)
    assert _rising(cuts) and max(n for _, n in cuts) <= BOUND and cuts[-1] == (0, 0)
    assert cuts[-2][0] > START
    # What is the first of its time is late by no tick of ours. Control: sent again all of it is.
    assert _late(log) == 0
    _replay(log, _moves(START, 64, 0))
    assert _late(log) == 64


def test_no_tick_ahead_of_now() -> None:
    """A home whose newest tick is of now takes what it gets; what is left open is closed by the next tick that may come."""
    log = _log()
    _replay(log, _moves(START, 1, 1), now=START)
    _replay(log, _moves(START - 100 * BOUNDARY_MS, 35, 1), now=START)
    assert _cuts(log) == [(START, 1), (0, 35)]
    _replay(log, _moves(START - 100 * BOUNDARY_MS, 35, 1), now=START + 5000)
    assert max(w for w, _ in _cuts(log)) <= START + 5000 and _cuts(log)[-1] == (0, 0)
