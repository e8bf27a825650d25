"""Which votes count, and about which month (metrics R1): one rater, one vote per deliverable and period."""

from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.fields import VoteMode


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


def mode_of(said_self: bool, agreed_team: bool) -> VoteMode:
    """How a vote counts. ``agreed_team``: the agreement asks for one agreed vote of the customer team and month."""
    if said_self:
        return "self"
    return "team" if agreed_team else "individual"


def vote_id(deliverable: str, period: str, mode: VoteMode) -> str:
    """With the rater it tells a vote of a pair from every other: the last one that has it counts."""
    of_period = f"{deliverable}@{period}"
    return of_period if mode == "individual" else f"{of_period}@{mode}"
