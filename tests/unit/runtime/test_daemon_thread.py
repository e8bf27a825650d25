"""Work that may hang is done beside, and given up in time."""

import asyncio
from threading import Event, current_thread

import pytest

from runtime.daemon_thread import in_daemon_thread, within


def test_an_answer_in_time_is_given() -> None:
    """What the work gives or raises."""
    assert within(60, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(60, lambda: 1 / 0)


def test_one_that_hangs_is_given_up() -> None:
    """No answer in time is a TimeoutError, and the thread keeps no process from ending."""
    goes_on, threads = Event(), []

    def hang() -> None:
        threads.append(current_thread())
        goes_on.wait()

    try:
        with pytest.raises(TimeoutError, match="within"):
            within(0.05, hang)
        assert all(thread.daemon for thread in threads)
    finally:
        goes_on.set()


def test_beside_a_loop() -> None:
    """The loop goes on meanwhile, gets what the work raises, and ends while another one still hangs."""
    goes_on = Event()

    async def both() -> str:
        with pytest.raises(ZeroDivisionError):
            await in_daemon_thread(lambda: 1 // 0)
        hanging = asyncio.create_task(in_daemon_thread(goes_on.wait))
        await asyncio.sleep(0)
        return "ended" if not hanging.done() else "did not hang"

    try:
        assert asyncio.run(both()) == "ended"
    finally:
        goes_on.set()
