"""Waiting ends when nothing lags or the time is over, and tells which."""

from collections.abc import Callable

import pytest

from baton.lag.stage_lag import StageLag
from baton.lag.waiting import WaitProgress, wait_until_complete
from broker.records import TopicPartition
from schemas.errors import Retry, Stop

P = TopicPartition("baton.events.v1", 0)


def run(answers: list[Callable[[], list[StageLag]]], until: float) -> tuple[WaitProgress, list[WaitProgress]]:
    """Wait with a clock that goes on a second at each pause."""
    now = [0.0]
    shown: list[WaitProgress] = []

    def pause() -> None:
        now[0] += 1

    def ask() -> list[StageLag]:
        answer = answers.pop(0)
        return answer()

    return wait_until_complete(ask, shown.append, lambda: now[0], pause, until), shown


def at(reached: int) -> Callable[[], list[StageLag]]:
    """An answer: so many of ten are done."""
    return lambda: [StageLag(P, "sink", reached, 10)]


def away() -> list[StageLag]:
    """An answer: nobody is there."""
    raise Retry("the warehouse is away")


def test_it_ends_when_nothing_lags() -> None:
    """The last state has nothing left and the rate of the whole wait."""
    state, shown = run([at(2), at(6), at(10)], until=99)
    assert (state.done, state.total, state.left, state.per_second) == (10, 10, [], 4.0)
    assert [str(s) for s in shown][:2] == ["2 of 10 done, 0 a second, 8 left", "6 of 10 done, 4 a second, 4 left"]


def test_it_gives_up_when_the_time_is_over() -> None:
    """When the time is over the state tells what lags."""
    state, _ = run([at(2), at(3), at(4), at(10)], until=2)
    assert [lag.left for lag in state.left] == [6]


def test_it_asks_once_even_without_time() -> None:
    """With no time at all it still asks once."""
    assert run([at(10)], until=0)[0].left == []
    assert run([at(9)], until=0)[0].left != []


def test_it_gives_up_where_it_is_told_to() -> None:
    """By the state and for how long nothing was done; what moves in between begins anew."""
    now, answers = [0.0], [at(2), at(3), at(3), at(3), at(4)]

    def pause() -> None:
        now[0] += 1

    def ask() -> list[StageLag]:
        return answers.pop(0)()

    state = wait_until_complete(
        ask,
        lambda _: None,
        lambda: now[0],
        pause,
        99,
        lambda state, still: bool(state.left) and still >= 2,
    )
    assert (state.done, now[0]) == (3, 3.0)


def test_who_is_away_is_waited_for() -> None:
    """A warehouse that is away is no end; if it stays away it is named."""
    assert run([away, at(5), away, at(10)], until=9)[0].away == ""
    state, _ = run([at(5), away, away], until=2)
    assert state.away == "the warehouse is away" and str(state) == "waiting: the warehouse is away"


def test_other_errors_come_through() -> None:
    """What waiting can't mend is raised."""

    def wrong() -> list[StageLag]:
        raise Stop("wrong", "mend it")

    with pytest.raises(Stop):
        run([wrong], until=9)
