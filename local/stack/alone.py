"""A file lock: one process at a time. The kernel drops it when the holder ends, however it ends."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(lock: Path, taken: Callable[[], None]) -> Iterator[None]:
    """Hold the lock. When somebody else does, ``taken`` is called: it raises to give up, or returns to wait."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            taken()
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
