"""SIGTERM and Ctrl-C as a question that loops ask: stop taking, finish what was begun, leave."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stopping:
    """Call it: True once the process was told to stop. A second Ctrl-C interrupts at once."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def __call__(self) -> bool:
        return self._asked.is_set()

    def ask(self) -> None:
        """Tell it to stop."""
        self._asked.set()

    def wait(self, seconds: float) -> bool:
        """Sleep up to ``seconds``; True when told to stop."""
        return self._asked.wait(seconds)


@contextmanager
def on_signals() -> Iterator[Stopping]:
    """A ``Stopping`` that SIGTERM and Ctrl-C set; afterwards both do again what they did. Only in the main thread."""
    stopping = Stopping()

    def told(_number: int, _frame: object) -> None:
        if stopping():
            raise KeyboardInterrupt
        stopping.ask()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, old in before.items():
            signal.signal(number, old)
