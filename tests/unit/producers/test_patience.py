"""Waiting that is seen and can be ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.patience import LONGEST_S, Patience
from producers.stopping import Stopping, on_signals
from schemas.errors import Retry


def test_pauses_grow_to_a_limit_and_start_small_again() -> None:
    """Each pause is longer than the last, up to the longest; after an answer they start small again."""
    patience = Patience("x", sleep=lambda _: None, jitter=lambda: 1.0)
    pauses = []
    for _ in range(7):
        pauses.append(patience.pause())
        patience.wait("away")
    assert pauses == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    patience.over()
    assert patience.pause() == 2.0


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 50))
def test_a_pause_has_bounds(chance: float, tries: int) -> None:
    """Whatever the chance and the number of tries, a pause is between one second and the longest."""
    patience = Patience("x", sleep=lambda _: None, jitter=lambda: chance)
    for _ in range(tries):
        patience.waited(LONGEST_S, "away")
    assert 1.0 <= patience.pause() <= LONGEST_S


def test_waiting_ends_when_told_to_stop() -> None:
    """Told to stop, waiting ends with ``Retry`` within one look, not after the pause."""
    stopping, slept = Stopping(), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        stopping.ask()

    with pytest.raises(Retry, match="told to stop"):
        Patience("x", stopping, sleep=sleep).wait("away")
    assert len(slept) == 1
    with pytest.raises(Retry, match="told to stop"):
        Patience("x", stopping).waited(0.1, "away")


def test_signals_ask_once_and_then_interrupt() -> None:
    """The first SIGTERM asks to stop, a second one interrupts; afterwards the handlers are what they were."""
    import os
    import signal

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
