"""Checks by several queries on tables that move: a difference is one only if the tables stood still meanwhile."""

import time
from collections.abc import Callable
from dataclasses import replace

from verification.comparison import Check, not_compared

TRIES = 8
PAUSE_SECONDS = 0.5
MOVED = "W moves on while it is counted; end what writes, or try again"


def steady(
    look: Callable[[], object], ask: Callable[[], list[Check]], pause: Callable[[float], None] = time.sleep
) -> list[Check]:
    """The checks as of one state of things, which ``look`` tells: where it changed meanwhile, and one does not hold, again.

    After ``TRIES`` a difference that may come from that is no verdict: the check says that nothing was compared. One that was
    found at every try, word for word, is a difference, for what comes from moving moves on.
    """
    lasting: dict[str, set[str]] = {}
    for number in range(TRIES):
        before = look()
        checks = ask()
        # What holds needs no second look: tables that moved can't make equal what is not.
        if all(check.holds for check in checks) or before == look():
            return checks
        found = {check.name: set(check.examples) for check in checks}
        lasting = {name: examples & lasting.get(name, examples if number == 0 else set()) for name, examples in found.items()}
        pause(PAUSE_SECONDS)
    return [_judged(check, lasting.get(check.name, set())) for check in checks]


def _judged(check: Check, lasting: set[str]) -> Check:
    """A check whose tables never stood still."""
    if not check.differences:
        return check
    if not lasting:
        return not_compared(check.name, max(check.expected, check.actual, 1), MOVED)
    return replace(check, differences=len(lasting), examples=tuple(sorted(lasting)), note=f"found at {TRIES} W")
