"""Which votes count, and in which month (metrics R1): one rater, one vote per deliverable and local month."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Mode = Literal["individual", "team", "self"]


def month_of(at: int, zone: ZoneInfo) -> str:
    """The local month of a time in ms UTC: ``2026-03``."""
    local = datetime.fromtimestamp(at / 1000, zone)
    return f"{local.year:04d}-{local.month:02d}"


def mode_of(team: str, supplier: str, said_self: bool, agreed_team: bool) -> Mode | None:
    """How a vote counts; None for a supplier's vote on its own work that does not say so: no vote at all.

    ``agreed_team``: the agreement asks for one agreed vote of the customer team and month.
    """
    if said_self:
        return "self"
    if team == supplier:
        return None
    return "team" if agreed_team else "individual"
