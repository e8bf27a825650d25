"""Waiting for what is away: seen, growing, and ended when asked to stop."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.backoff import Backoff
from runtime.retry import CLIENT, AsyncRetry, BlockingRetry
from runtime.shutdown import StopRequested, StopSignal
from schemas.errors import Park, Retry


def wait_for(failures: int, stop_at: int = -1) -> tuple[str, list[float]]:
    """The answer of a call that fails so often, and the waits between."""
    waited: list[float] = []

    async def run() -> str:
        stop = asyncio.Event()

        async def sleep(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == stop_at:
                stop.set()

        async def call() -> str:
            if len(waited) < failures:
                raise Retry("away")
            return "answer"

        retry = AsyncRetry(stop, sleep=sleep, chance=lambda: 0.0, backoff=Backoff(1.0, 4.0))
        return await retry.until_done("step", call)

    return asyncio.run(run()), waited


def test_it_tries_until_it_is_answered() -> None:
    """Every failure is followed by a longer wait up to the longest, and then the answer comes."""
    assert wait_for(4) == ("answer", [1.0, 2.0, 4.0, 4.0])
    assert wait_for(0) == ("answer", [])


def test_it_gives_up_only_when_told_to_stop() -> None:
    """Being asked to stop while waiting ends the trying, also in the middle of a wait."""
    with pytest.raises(StopRequested):
        wait_for(100, stop_at=3)

    async def run() -> None:
        stop = asyncio.Event()

        async def call() -> None:
            asyncio.get_running_loop().call_later(0.01, stop.set)
            raise Retry("away")

        await AsyncRetry(stop, backoff=Backoff(3600.0, 3600.0)).until_done("step", call)

    with pytest.raises(StopRequested):
        asyncio.run(run())


def test_other_errors_come_through() -> None:
    """Only Retry is waited for."""

    async def call() -> None:
        raise Park("rejected", "x")

    async def run() -> None:
        await AsyncRetry(asyncio.Event()).until_done("step", call)

    with pytest.raises(Park):
        asyncio.run(run())


def test_blocking_pauses_grow_to_a_limit_and_start_small_again() -> None:
    """Each pause is longer than the last, up to the longest; after an answer they start small again."""
    retry = BlockingRetry("x", sleep=lambda _: None, chance=lambda: 0.0)
    pauses = []
    for _ in range(7):
        pauses.append(retry.pause_seconds())
        retry.wait("away")
    assert pauses == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    retry.reset()
    assert retry.pause_seconds() == 2.0


def test_a_counted_pause_is_as_long_as_was_drawn_for_it() -> None:
    """Looks in between don't draw again: a short draw among many would end every pause early."""
    drawn = iter([0.0, 0.5, *[0.99] * 100])
    retry = BlockingRetry("x", chance=lambda: next(drawn))
    looks = [retry.pause_seconds()]
    for _ in range(4):
        retry.count_wait(0.5, "away")
        looks.append(retry.pause_seconds())
    assert looks == [2.0, 2.0, 2.0, 2.0, 3.0]


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 50))
def test_a_blocking_pause_has_bounds(chance: float, attempts: int) -> None:
    """Whatever the chance and the number of attempts, a pause is between one second and the longest."""
    retry = BlockingRetry("x", sleep=lambda _: None, chance=lambda: chance)
    for _ in range(attempts):
        retry.count_wait(CLIENT.longest, "away")
    assert 1.0 <= retry.pause_seconds() <= CLIENT.longest


def test_a_blocking_wait_ends_when_told_to_stop() -> None:
    """Told to stop, waiting ends with ``Retry`` within one look, not after the pause."""
    stopping, slept = StopSignal(), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        stopping.request_stop()

    with pytest.raises(Retry, match="asked to stop"):
        BlockingRetry("x", stopping, sleep=sleep).wait("away")
    assert len(slept) == 1
    with pytest.raises(Retry, match="asked to stop"):
        BlockingRetry("x", stopping).count_wait(0.1, "away")
