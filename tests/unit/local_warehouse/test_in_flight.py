"""Requests that are being answered when the process is to end."""

import asyncio

import pytest

from local.warehouse.in_flight import InFlightRequests


@pytest.mark.parametrize(("work_seconds", "finished"), [(0.01, True), (60.0, False)], ids=["short", "long"])
def test_draining_waits_as_long_as_the_grace(work_seconds: float, finished: bool) -> None:
    """A request that ends within the grace is waited for, a longer one is not; new ones are to be turned away."""

    async def scenario() -> tuple[bool, bool]:
        in_flight = InFlightRequests()

        async def work() -> None:
            with in_flight.one():
                await asyncio.sleep(work_seconds)

        request = asyncio.create_task(work())
        await asyncio.sleep(0)
        await in_flight.drain(5.0 if finished else 0.01)
        done = request.done()
        request.cancel()
        return done, in_flight.draining

    assert asyncio.run(scenario()) == (finished, True)


def test_nothing_to_drain() -> None:
    """Without a request draining returns at once."""

    async def scenario() -> None:
        await asyncio.wait_for(InFlightRequests().drain(600.0), 5.0)

    asyncio.run(scenario())
