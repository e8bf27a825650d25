"""SIGTERM and Ctrl-C: stop taking, finish what was begun, leave. One handling for loops, event loops and the supervisor."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopRequested(Exception):
    """Told to stop while something outside was away: what is not saved will be read again."""


class StopSignal:
    """A question that loops ask. Call it: True once the process was told to stop; ``times`` says how often it was."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self.times = 0

    def __call__(self) -> bool:
        return self._told.is_set()

    def ask(self) -> None:
        """Tell it to stop."""
        self.times += 1
        self._told.set()

    def wait(self, seconds: float) -> bool:
        """Sleep up to ``seconds``; True when told to stop."""
        return self._told.wait(seconds)


@contextmanager
def on_signals(interrupt: bool = True) -> Iterator[StopSignal]:
    """A ``StopSignal`` that SIGTERM and Ctrl-C set; afterwards both do again what they did. Only in the main thread.

    A second signal interrupts at once; without ``interrupt`` it is only counted.
    """
    stopping = StopSignal()

    def told(_number: int, _frame: object) -> None:
        if stopping() and interrupt:
            raise KeyboardInterrupt
        stopping.ask()

    before = {number: signal.signal(number, told) for number in STOP_SIGNALS}
    try:
        yield stopping
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def stop_event() -> asyncio.Event:
    """An event of the running loop that SIGTERM and Ctrl-C set, for as long as the loop runs. Only in the main thread."""
    stop = asyncio.Event()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
