"""The end of a stack waits for what was produced, and for nothing that will not come."""

from collections.abc import Callable, Sequence

import pytest

from baton.lag.open_transactions import OpenTransaction
from baton.lag.stage_lag import StageLag
from baton.lag.tail import STILL_SECONDS, Tail, read_tail
from broker.records import TopicPartition
from schemas.errors import Retry, Stop

P = TopicPartition("baton.events.v1", 2)
ALL = frozenset({"clock", "worker", "scores", "sink"})
Answer = Callable[[], Sequence[StageLag]]


def left(reached: int, stage: str = "worker") -> Answer:
    """So many of a hundred are done."""
    return lambda: [StageLag(P, stage, reached, 100)]


def nothing() -> Sequence[StageLag]:
    """All is there."""
    return []


def away() -> Sequence[StageLag]:
    """Nobody answers."""
    raise Retry("the warehouse does not answer")


def waited(
    answers: list[Answer], seconds: float = 60, at_work: Callable[[], frozenset[str]] = lambda: ALL
) -> tuple[Tail, float]:
    """What is left, and how long it took; the last answer stays. A clock that goes on a second at each pause."""
    now = [0.0]
    said: list[float] = []

    def pause() -> None:
        now[0] += 1

    def ask() -> Sequence[StageLag]:
        return (answers.pop(0) if len(answers) > 1 else answers[0])()

    tail = read_tail(ask, at_work, lambda: now[0], pause, seconds, lambda: said.append(now[0]))
    assert said == ([0.0] if now[0] else [])  # told once, before it waits
    return tail, now[0]


def test_what_is_there_is_not_waited_for() -> None:
    """Nothing left: nothing is said and nothing waited for."""
    assert waited([nothing]) == (Tail(), 0)
    assert list(Tail().lines()) == []


def test_the_tail_is_waited_for() -> None:
    """As long as something moves it waits, also through a warehouse that is away for a while."""
    assert waited([left(10), away, left(50), left(99, "sink"), nothing]) == (Tail(), 4)


def test_the_wait_has_an_end() -> None:
    """A tail that goes on and on is left where it is after the time given."""
    tail, seconds = waited([left(n) for n in range(100)], seconds=30)
    assert seconds == 30 and tail.left[0].left == 70


@pytest.mark.parametrize("stuck", [left(10), away])
def test_what_stands_still_is_not_waited_for(stuck: Answer) -> None:
    """Where nothing moves it gives up before its time, and says what is left."""
    tail, seconds = waited([left(9), stuck])
    assert seconds == STILL_SECONDS + 1 and tail.left
    first, *_, last = tail.lines()
    assert first == "not everything that was produced is in the warehouse:"
    assert last == "nothing is lost: it is in the log, and the next `baton up` reads it"


def test_which_partition_of_what_is_told() -> None:
    """A line for each partition that lags."""
    tail, _ = waited([left(86)], seconds=0)
    assert "  worker: baton.events.v1 partition 2: no facts yet for its last 14 records" in tail.lines()


@pytest.mark.parametrize("running", [frozenset[str](), frozenset({"sink", "clock"})])
def test_what_nobody_does_is_not_waited_for(running: frozenset[str]) -> None:
    """Where the process that would have to do it does not run, or none does, it ends at once."""
    assert waited([left(10)], at_work=lambda: running)[1] == 0
    assert waited([left(10), left(20), nothing])[1] == 2  # negative control: with a worker it waits


def test_a_home_without_topics_is_told() -> None:
    """What no waiting mends ends it."""

    def missing() -> Sequence[StageLag]:
        raise Stop("there is no topic", "baton up")

    assert waited([missing])[0] == Tail((), "there is no topic")


def test_what_holds_a_partition_up_is_named() -> None:
    """Beside what is left stands the open transaction it waits for; where nothing is left, nothing is said of one."""
    held = OpenTransaction(2, 90, 10)
    lines = list(Tail(left(90)(), "", [held]).lines())
    assert f"  {held}" in lines and str(held).startswith(
        "WAITS baton.events.v1 partition 2 waits at offset 90: a transaction is open"
    )
    assert list(Tail((), "", [held]).lines()) == []


def test_in_a_log_home_an_import_brings_the_tick() -> None:
    """No clock runs there: records without a tick are not waited for, and no start is said to read on."""
    tail, seconds = waited([left(98, "clock")], at_work=lambda: frozenset({"worker", "scores", "sink"}))
    *_, hint, last = tail.lines("log")
    assert seconds == 0 and "the next `baton import` brings the tick" in hint
    assert last == "nothing is lost: it is in the log"
    assert "the next `baton up` reads it" in list(tail.lines("live"))[-1]
    assert "the next `baton up` reads it" in list(Tail((*tail.left, *left(9)())).lines("log"))[-1]
