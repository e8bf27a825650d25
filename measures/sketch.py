"""A histogram of durations with a known relative error of 1 % (DDSketch, metrics 1.4): buckets are counted, so a known value
can be taken away again, and sums of sketches are sketches.

Bucket i holds the durations in (g^(i-1), g^i] milliseconds, g = 101/99; the bucket ``zero`` holds zero and below. The bucket
of a whole number of milliseconds is the exact one up to 8 * 10^12 (250 years), beyond all use.
"""

import math
from collections.abc import Mapping

LOG_GAMMA = 0.020000666706669525
"""Natural logarithm of 101/99, correctly rounded: computed from the rounded quotient it is off by 100 times as much."""
MIDDLE = 0.99
"""2/(g+1): a bucket's value is this part of its upper bound."""
ZERO = "zero"


def bucket(ms: int) -> str:
    """The bucket of a duration: its number as text, or ``zero``."""
    return str(math.ceil(math.log(ms) / LOG_GAMMA)) if ms > 0 else ZERO


def value_of(name: str) -> float:
    """What a bucket's durations are taken for, in ms; at most 1 % from each of them."""
    return 0.0 if name == ZERO else MIDDLE * (101 / 99) ** int(name)


def size(counts: Mapping[str, int]) -> int:
    """How many durations the buckets hold."""
    return sum(counts.values())


def quantile(counts: Mapping[str, int], q: float) -> float | None:
    """The quantile in ms of the bucket at rank q(n-1), the lower one between two; None of an empty sketch."""
    rank = q * (size(counts) - 1)
    below = counts.get(ZERO, 0)
    if below and below > rank:
        return value_of(ZERO)
    for name in sorted((name for name in counts if name != ZERO) if below else counts, key=int):
        below += counts[name]
        if below > rank:
            return value_of(name)
    return None


def mean(total_ms: int, n: int) -> float | None:
    """The exact mean in ms of ``n`` durations that sum to ``total_ms``; None of none."""
    return total_ms / n if n else None
