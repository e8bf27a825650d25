"""Waiting for what is away."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Park, Retry
from sinks.patience import Patience, Stopping, Waits


@given(st.integers(1, 10**6), st.floats(0, 1, exclude_max=True))
def test_waits_grow_up_to_a_limit_and_are_spread(attempt: int, jitter: float) -> None:
    """A wait is never above the most, never below half of its step, and steps double."""
    waits = Waits(first=0.5, most=8.0)
    step = min(8.0, 0.5 * 2.0 ** min(attempt - 1, 40))
    assert step / 2 <= waits.seconds(attempt, jitter) <= step


def wait_for(failures: int, stop_at: int = -1) -> tuple[str, list[float]]:
    """The answer of a call that fails so often, and the waits between."""
    waited: list[float] = []

    async def run() -> str:
        stop = asyncio.Event()

        async def pause(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == stop_at:
                stop.set()

        async def call() -> str:
            if len(waited) < failures:
                raise Retry("away")
            return "answer"

        return await Patience(stop, pause, lambda: 0.0, Waits(1.0, 4.0)).until_done("step", call)

    return asyncio.run(run()), waited


def test_it_tries_until_it_is_answered() -> None:
    """Every failure is followed by a longer wait up to the most, and then the answer comes."""
    assert wait_for(4) == ("answer", [1.0, 2.0, 4.0, 4.0])
    assert wait_for(0) == ("answer", [])


def test_it_gives_up_only_when_told_to_stop() -> None:
    """Being told to stop while waiting ends the trying."""
    with pytest.raises(Stopping):
        wait_for(100, stop_at=3)


def test_other_errors_come_through() -> None:
    """Only Retry is waited for."""

    async def call() -> None:
        raise Park("rejected", "x")

    async def run() -> None:
        await Patience(asyncio.Event(), asyncio.sleep, lambda: 0.0).until_done("step", call)

    with pytest.raises(Park):
        asyncio.run(run())
