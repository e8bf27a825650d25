"""Being asked to stop."""

import asyncio
import os
import signal

import pytest

from runtime.shutdown import on_signals, stop_event


def test_signals_ask_once_and_then_interrupt() -> None:
    """The first SIGTERM asks to stop, a second one interrupts; afterwards the handlers are what they were."""
    before = signal.getsignal(signal.SIGTERM)
    with on_signals() as stopping:
        assert not stopping()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopping.wait(60)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
            stopping.wait(60)
            for _ in range(10**9):
                pass
    assert signal.getsignal(signal.SIGTERM) is before


def test_without_interrupt_signals_are_counted() -> None:
    """A supervisor is asked twice to hurry: nothing is interrupted, and both are counted."""
    with on_signals(interrupt=False) as stopping:
        for times in (1, 2):
            os.kill(os.getpid(), signal.SIGTERM)
            stopping.wait(60)
            assert stopping.times == times


def test_a_loop_has_an_event_that_signals_set() -> None:
    """In an event loop SIGTERM sets the event and interrupts nothing."""

    async def asked() -> bool:
        stop = stop_event()
        assert not stop.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        return await asyncio.wait_for(stop.wait(), 60)

    assert asyncio.run(asked())
