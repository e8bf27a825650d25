"""Votes in the fold before they are released: what replaces what, what is refused, and what the agreement changes."""

from tests.unit.streams.journeys import Desk

APRIL = 24 * 40


def grades(desk: Desk) -> dict[tuple[str, str], int]:
    """(rater, deliverable@month) → effectiveness."""
    return {(key[2], key[3]): vote.effectiveness for key, vote in desk.facts.items() if key[0] == "vote"}


def test_a_later_vote_of_the_month_replaces() -> None:
    """One rater, one vote a deliverable and month, the last one. By itself it gives nothing to the pair."""
    desk = Desk()
    desk.rated(1, "r", grade=2)
    desk.rated(2, "r", grade=5)
    desk.rated(3, "s", grade=4)
    desk.rated(APRIL, "r", grade=1)
    desk.tick(APRIL + 1)
    assert grades(desk) == {("r", "work@2026-03"): 5, ("s", "work@2026-03"): 4, ("r", "work@2026-04"): 1}
    assert [key for key in desk.contributions if key[0] == "pair"] == []
    assert desk.of("item") == []


def test_only_what_changed_is_sent_again() -> None:
    """Another vote sends that vote's fact alone."""
    desk = Desk()
    desk.rated(1, "r")
    desk.tick(2)
    desk.restart()
    desk.rated(3, "s")
    desk.tick(4)
    assert [key for key in desk.sent if not key.startswith((b"intake", b"source"))] == [b"vote\x1fA > B\x1fs\x1fwork@2026-03"]


def test_an_earlier_vote_that_comes_late_changes_nothing() -> None:
    """The order is that of the events, not of their arrival."""
    desk = Desk()
    desk.rated(5, "r", grade=5)
    desk.tick(6)
    desk.rated(4, "r", grade=1)
    desk.tick(7)
    assert grades(desk) == {("r", "work@2026-03"): 5}


def test_a_retracted_vote_brings_the_one_before_back() -> None:
    """With the last vote gone the earlier one of that month counts again; with both gone the pair gets nothing."""
    desk = Desk()
    desk.rated(1, "r", grade=2)
    desk.rated(2, "r", grade=5)
    desk.tick(3)
    desk.event("rating.given", "A > B", 2, None, id="r@2", deleted=True, revision=1)
    desk.tick(4)
    assert grades(desk) == {("r", "work@2026-03"): 2}
    desk.event("rating.given", "A > B", 1, None, id="r@1", deleted=True, revision=1)
    desk.tick(5)
    assert grades(desk) == {}


def test_a_supplier_that_rates_itself() -> None:
    """Refused with a verdict when it does not say so, kept apart when it does."""
    desk = Desk()
    desk.rated(1, "m", team="A")
    desk.rated(2, "n", team="A", kind="self")
    desk.tick(3)
    assert desk.facts["self_rating", "A > B", "desk", "m@1"].reason == "supplier_rates_itself"
    assert grades(desk) == {("n", "work@2026-03@self"): 4}


def test_a_rater_of_another_team() -> None:
    """A team that is neither of the two has no vote, whether it says self or not, and never speaks for the customer team."""
    desk = Desk()
    desk.agreed(0, None, mode="team")
    desk.rated(1, "r", grade=2)
    desk.rated(2, "x", team="C", grade=5)
    desk.rated(3, "y", team="C", kind="self")
    desk.rated(4, "z", kind="self")
    desk.tick(5)
    refused = [key[-1] for key, fact in desk.facts.items() if key[0] == "anomaly" and fact.reason == "rater_of_another_team"]
    assert sorted(refused) == ["x@2", "y@3", "z@4"]
    assert grades(desk) == {("B", "work@2026-03@team"): 2}


def test_one_agreed_vote_of_the_team() -> None:
    """With rating_mode team the customer team is the rater, whoever gives the vote; it changes votes that wait."""
    desk = Desk()
    desk.rated(1, "r", grade=2)
    desk.rated(2, "s", grade=5)
    desk.tick(3)
    assert len(grades(desk)) == 2
    desk.restart()
    desk.agreed(3, None, mode="team")
    desk.tick(4)
    assert grades(desk) == {("B", "work@2026-03@team"): 5}


def test_the_month_is_local() -> None:
    """Where the installation is, the month may begin earlier than in UTC; a rating may say itself which one it is about."""
    desk = Desk("Asia/Kolkata")
    desk.rated(24 * 30 - 14.5, "r")  # 2026-03-31 18:30 UTC
    desk.tick(APRIL)
    desk.rated(24 * 30 - 14.5, "s", period="2026-02")
    desk.rated(24 * 30 - 14.5, "t", period="2026-05")
    desk.rated(24 * 30 - 14.5, "u", period="2026-06")
    desk.tick(APRIL + 1)
    assert list(grades(desk)) == [("r", "work@2026-04"), ("s", "work@2026-02"), ("t", "work@2026-05")]
    assert desk.facts["anomaly", "A > B", "desk", f"u@{24 * 30 - 14.5}"].reason == "period_ahead"


def test_who_was_rated_is_never_forgotten() -> None:
    """After years of append time a pair may be rated again, also when all its votes were retracted."""
    desk = Desk()
    desk.rated(1, "r")
    desk.event("rating.given", "A > B", 1, None, id="r@1", deleted=True, revision=1)
    desk.tick(2)
    desk.append_ms += 1000 * 86_400_000
    desk.tick(3)
    desk.rated(4, "r")
    desk.tick(5)
    assert len(grades(desk)) == 1
