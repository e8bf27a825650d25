"""How long to wait before the next try: the one formula for broker, warehouse and processes that died."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Waits double from ``first`` to ``longest`` seconds. Chance shortens each by up to half, so that those who failed
    together do not come back together."""

    first: float
    longest: float

    def seconds(self, attempt: int, chance: float) -> float:
        """The wait after failed attempt number ``attempt`` (from 1); ``chance`` in [0, 1)."""
        # The exponent is bounded, or a broker that is away for a night would overflow it.
        return min(self.longest, self.first * 2.0 ** min(attempt - 1, 30)) * (1 - chance / 2)
