"""Time and chance of the supervisor, in one place to be replaced in tests."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """``now`` is a steady clock, ``wall`` seconds since 1970, ``chance`` in [0, 1), ``rest`` sleeps."""

    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random
    rest: Callable[[float], None] = time.sleep
