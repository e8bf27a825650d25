"""Checks by several queries on tables that move: a difference is one only if the tables stood still meanwhile."""

import time
from collections.abc import Callable

from verification.comparison import Check, not_compared

TRIES = 8
PAUSE_SECONDS = 0.5
MOVED = "W moves on while it is counted; end what writes, or try again"


def steady(
    look: Callable[[], object], ask: Callable[[], list[Check]], pause: Callable[[float], None] = time.sleep
) -> list[Check]:
    """The checks as of one state of things, which ``look`` tells: where it changed meanwhile, and one does not hold, again.

    After ``TRIES`` a difference that may come from that is no verdict: the check says that nothing was compared.
    """
    for _ in range(TRIES):
        before = look()
        checks = ask()
        # What holds needs no second look: tables that moved can't make equal what is not.
        if all(check.holds for check in checks) or before == look():
            return checks
        pause(PAUSE_SECONDS)
    return [
        not_compared(check.name, max(check.expected, check.actual, 1), MOVED) if check.differences else check
        for check in checks
    ]
