"""How long to wait before trying again when the broker or the warehouse is away."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Waits double from ``first`` to ``most`` seconds; each is shortened by up to half, so that clients don't return at once."""

    first: float = 0.25
    most: float = 15.0

    def wait(self, attempt: int, jitter: Callable[[], float]) -> float:
        """Seconds before attempt number ``attempt`` + 1; ``attempt`` counts from 1, ``jitter`` gives [0, 1)."""
        longest = min(self.most, self.first * 2.0 ** min(attempt - 1, 30))
        return longest * (1 - jitter() / 2)
