"""How far the processes of a running home are behind."""

from schemas.settings import Settings


def lags(settings: Settings) -> dict[str, int]:
    """Records not yet handled, by process name. Empty while nothing can be said."""
    return {}
