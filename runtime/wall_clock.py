"""The wall clock in the unit that records use."""

import time


def now_ms() -> int:
    """Now, in milliseconds UTC."""
    return int(time.time() * 1000)
