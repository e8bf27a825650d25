"""Checks by several queries on tables that move: a difference is one only if the tables stood still meanwhile."""

from collections.abc import Callable

from verification.comparison import Check

TRIES = 8
MOVED = "not compared: W moves on while it is counted; end what writes, or try again"


def steady(look: Callable[[], object], ask: Callable[[], list[Check]]) -> list[Check]:
    """The checks as of one state of things, which ``look`` tells: where it changed meanwhile, and something differs, again.

    After ``TRIES`` a difference that may come from that is no verdict: the check says that nothing was compared.
    """
    for _ in range(TRIES):
        before = look()
        checks = ask()
        # What holds needs no second look: tables that moved can't make equal what is not.
        if all(check.holds for check in checks) or before == look():
            return checks
    return [check if check.holds else Check(check.name, 0, 0, 0, (), MOVED) for check in checks]
