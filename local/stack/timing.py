"""The supervisor's clocks, random numbers and sleep, in one place to be replaced in tests."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """``now``: seconds of a clock that never goes back; ``wall``: seconds since 1970; ``random``: in [0, 1)."""

    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    random: Callable[[], float] = random.random
    sleep: Callable[[float], None] = time.sleep
