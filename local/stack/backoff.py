"""How long to wait before a process that died is started again."""

FIRST_SECONDS = 0.5
MOST_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
"""A process that was ready this long has its failures forgiven."""


def delay(failures: int, chance: float) -> float:
    """Seconds before the next start after ``failures`` in a row (1, 2, …): doubled each time, at most 30.

    ``chance`` in [0, 1) shortens it by up to half, so that processes that died together don't return together.
    """
    full = min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures - 1, 30))
    return full * (1 - chance / 2)
