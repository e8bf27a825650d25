"""Which votes count, and in which month (metrics R1): one rater, one vote per deliverable and local month."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Mode = Literal["individual", "team", "self"]


def month_of(at: int, zone: ZoneInfo) -> str:
    """The local month of a time in ms UTC: ``2026-03``."""
    local = datetime.fromtimestamp(at / 1000, zone)
    return f"{local.year:04d}-{local.month:02d}"


def refusal_of(team: str, supplier: str, customer: str, said_self: bool) -> str | None:
    """Why a vote is none; None when it counts.

    The customer team rates; the supplier may rate itself when it says so; nobody else may do either.
    """
    if team == supplier:
        return None if said_self else "supplier_rates_itself"
    return None if team == customer and not said_self else "rater_of_another_team"


def mode_of(said_self: bool, agreed_team: bool) -> Mode:
    """How a vote counts. ``agreed_team``: the agreement asks for one agreed vote of the customer team and month."""
    if said_self:
        return "self"
    return "team" if agreed_team else "individual"
