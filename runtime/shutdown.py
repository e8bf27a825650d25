"""SIGTERM and Ctrl-C: take nothing new, finish what was begun, end. For blocking loops, event loops and the supervisor."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopRequested(Exception):
    """Asked to stop while something outside was away: what is not saved will be read again."""


class StopSignal:
    """Call it: True once the process was asked to stop. ``times``: how often it was."""

    def __init__(self) -> None:
        self._requested = threading.Event()
        self.times = 0

    def __call__(self) -> bool:
        return self._requested.is_set()

    def request_stop(self) -> None:
        """Ask the process to stop."""
        # Called from a signal handler: nothing here may block or log.
        self.times += 1
        self._requested.set()

    def wait(self, seconds: float) -> bool:
        """Sleep up to ``seconds``; True when asked to stop."""
        return self._requested.wait(seconds)


@contextmanager
def on_signals(interrupt: bool = True) -> Iterator[StopSignal]:
    """A ``StopSignal`` that SIGTERM and Ctrl-C set; afterwards both do again what they did. Only in the main thread.

    A second signal interrupts at once; without ``interrupt`` it is only counted.
    """
    stopping = StopSignal()

    def on_signal(_number: int, _frame: object) -> None:
        if stopping() and interrupt:
            # The second time a person has lost patience; what is under way is cut as by a crash, which must be harmless
            # anyway.
            raise KeyboardInterrupt
        stopping.request_stop()

    # Only the main thread may set handlers, and Python runs them there between two of its instructions.
    before = {number: signal.signal(number, on_signal) for number in STOP_SIGNALS}
    try:
        yield stopping
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def stop_event() -> asyncio.Event:
    """An event of the running loop that SIGTERM and Ctrl-C set, for as long as the loop runs. Only in the main thread."""
    stop = asyncio.Event()
    for number in STOP_SIGNALS:
        # By the loop and not by ``signal``: a plain handler does not wake a loop that sleeps.
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
