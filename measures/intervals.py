"""95 % intervals: of a rate by Wilson, of a mean of ratings by Student's t (metrics 1.5 and R1)."""

import math
from functools import lru_cache

Z95 = 1.959963984540054
"""The normal distribution's 97.5 % quantile."""
TABLED = 100
"""Up to so many degrees of freedom the quantile of t is solved for; beyond, its expansion is good to 1e-10."""


def wilson(k: int, n: int) -> tuple[float, float]:
    """Interval of the rate k/n. Raises ``ValueError`` unless 0 <= k <= n and n > 0."""
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"no rate: {k} of {n}")
    p, z2 = k / n, Z95 * Z95
    middle = p + z2 / (2 * n)
    half = Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low = (middle - half) / (1 + z2 / n) if k else 0.0
    return low, (middle + half) / (1 + z2 / n) if k < n else 1.0


def mean_interval(mean: float, variance: float, n: int, low: float, high: float) -> tuple[float, float]:
    """Interval of a mean of ``n`` values with sample variance ``variance``, clipped to ``low`` and ``high``.

    Raises ``ValueError`` for fewer than two values.
    """
    half = t_quantile(n - 1) * math.sqrt(max(variance, 0.0)) / math.sqrt(n)
    return max(mean - half, low), min(mean + half, high)


@lru_cache
def t_quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, to 1e-9. Raises ``ValueError`` below one degree of freedom."""
    if freedom < 1:
        raise ValueError(f"{freedom} degrees of freedom")
    if freedom > TABLED:
        return expansion(freedom)
    low, high = Z95, 13.0
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if t_share(middle, freedom) < 0.95 else (low, middle)
    return middle


def t_share(t: float, freedom: int) -> float:
    """Probability that Student's t lies between -t and t: the finite sums for whole degrees of freedom."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for n in range(2 + odd, freedom - 1, 2):
        term *= cosine * cosine * (n - 1) / n
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def expansion(freedom: int) -> float:
    """The quantile in powers of 1/freedom around the normal one."""
    return Z95 + sum((factor / float(freedom) ** power for power, factor in enumerate(EXPANSION, 1)), 0.0)


def _expansion(z: float) -> tuple[float, ...]:
    return (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )


EXPANSION = _expansion(Z95)
"""Factors of 1/freedom, 1/freedom² …"""
