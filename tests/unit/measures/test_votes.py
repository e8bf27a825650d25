"""Which month a vote belongs to, and how it counts (metrics R1)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from measures.votes import mode_of, month_of, refusal_of

MONTHS = [
    ("2026-03-31T21:59:59Z", "Europe/Berlin", "2026-03"),
    ("2026-03-31T22:00:00Z", "Europe/Berlin", "2026-04"),
    ("2026-01-31T22:59:59Z", "Europe/Berlin", "2026-01"),
    ("2026-01-31T23:00:00Z", "Europe/Berlin", "2026-02"),
    ("2026-12-31T23:00:00Z", "UTC", "2026-12"),
    ("2027-01-01T04:59:59Z", "America/New_York", "2026-12"),
    ("2026-03-31T18:30:00Z", "Asia/Kolkata", "2026-04"),
]


@pytest.mark.parametrize(("moment", "zone", "month"), MONTHS)
def test_the_local_month(moment: str, zone: str, month: str) -> None:
    """The month is the installation's own, with its summer time."""
    at = int(datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(UTC).timestamp() * 1000)
    assert month_of(at, ZoneInfo(zone)) == month


@pytest.mark.parametrize(
    ("team", "said_self", "reason"),
    [
        ("S", False, None),
        ("M", True, None),
        ("M", False, "supplier_rates_itself"),
        ("S", True, "rater_of_another_team"),
        ("L", False, "rater_of_another_team"),
        ("L", True, "rater_of_another_team"),
    ],
)
def test_whose_vote_counts(team: str, said_self: bool, reason: str | None) -> None:
    """M delivers to S: S rates, M may rate itself when it says so, and nobody else does either."""
    assert refusal_of(team, "M", "S", said_self) == reason


@pytest.mark.parametrize(
    ("said_self", "agreed_team", "mode"),
    [(False, False, "individual"), (False, True, "team"), (True, False, "self"), (True, True, "self")],
)
def test_how_a_vote_counts(said_self: bool, agreed_team: bool, mode: str) -> None:
    """A supplier's own vote counts apart, whatever was agreed."""
    assert mode_of(said_self, agreed_team) == mode
