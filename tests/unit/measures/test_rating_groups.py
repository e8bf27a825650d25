"""Rating groups: when a period closes, and which votes are released together (metrics 1.5)."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.rating_groups import RATERS, closes_at, is_release, next_period, next_release, open_period, released
from schemas.structs.facts import VoteFact
from schemas.ticks import BOUNDARY_MS
from schemas.timestamps import DAY_MS

BERLIN, NOWHERE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


def ms(text: str) -> int:
    """UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("period", "zone", "closed"),
    [
        ("2026-03", "UTC", "2026-04-08T00:00"),  # Wed 1, Thu 2, Fri 3, Mon 6, Tue 7
        ("2026-03", "Europe/Berlin", "2026-04-07T22:00"),
        ("2026-01", "UTC", "2026-02-07T00:00"),  # begins on a Sunday: Mon 2 to Fri 6
        ("2026-12", "America/New_York", "2027-01-08T05:00"),  # Fri 1, Mon 4 to Thu 7; a holiday is a weekday here
        ("2026-04", "UTC", "2026-05-08T00:00"),
    ],
)
def test_a_period_closes_after_five_business_days(period: str, zone: str, closed: str) -> None:
    """Closed at the end of the fifth weekday after the month, in local time; one ms before it is open."""
    at = ms(closed)
    assert closes_at(period, ZoneInfo(zone)) == at
    assert open_period(at - 1, ZoneInfo(zone)) == period
    assert open_period(at, ZoneInfo(zone)) == next_period(period)


def test_the_first_w_of_a_utc_day_on_the_grid() -> None:
    """W = midnight is of the new day; the first W of all releases, wherever it lies; no other one off the grid does."""
    midnight = ms("2026-03-03T00:00")
    assert is_release(midnight - BOUNDARY_MS, midnight) and is_release(midnight - BOUNDARY_MS, midnight + 2 * BOUNDARY_MS)
    assert is_release(-1, midnight + BOUNDARY_MS) and is_release(-1, midnight + 1000)
    assert not is_release(midnight, midnight + BOUNDARY_MS) and not is_release(midnight, midnight + DAY_MS - BOUNDARY_MS)
    assert not any(is_release(before, midnight + 1000) for before in (midnight - BOUNDARY_MS, midnight - 1000))


@pytest.mark.parametrize("past", [0, 1000, BOUNDARY_MS, BOUNDARY_MS + 1000])
@pytest.mark.parametrize("last", [-1, ms("2026-03-02T23:55"), ms("2026-03-03T00:00")])
def test_the_next_w_that_may_release_is_the_first_on_the_grid_that_does(last: int, past: int) -> None:
    """Found by trying one after the other."""
    w = ms("2026-03-03T00:00") + past
    before = w if last < 0 or w % BOUNDARY_MS == 0 else last
    found = (w // BOUNDARY_MS + 1) * BOUNDARY_MS
    while not is_release(before, found):
        before, found = found, found + BOUNDARY_MS
    assert next_release(last, w) == found


def votes(raters: str, deliverable: str = "leads", month: str = "2026-03", **more: Any) -> list[VoteFact]:
    """A vote of each rater (a letter)."""
    who: dict[str, Any] = {"team": "S", "supplier": "M", "customer": "S", "mode": "individual", "handoff": None} | more
    grades: dict[str, Any] = {"effectiveness": 4, "consistency": 3, "at": 0}
    return [VoteFact(**who, **grades, rater=r, deliverable=deliverable, month=month) for r in raters]


def made(waiting: list[VoteFact], before: str, w: str) -> list[tuple[Any, ...]]:
    """(deliverable, period, raters, votes, earlier) of each group."""
    found = released(waiting, ms(before), ms(w), NOWHERE)
    return [(g.deliverable, g.period, "".join(sorted({v.rater for v in of})), len(of), g.earlier) for g, of in found]


MARCH = ("2026-03-10T00:00", "2026-03-11T00:00")
CLOSE = ("2026-04-07T00:00", "2026-04-08T00:00")


def test_five_raters_make_a_group_and_all_that_wait_are_in_it() -> None:
    """Four wait; five or more of one deliverable and period are one group. Two people who vote often are two."""
    assert made(votes("abcd"), *MARCH) == []
    assert made(votes("abcdefg") + votes("abcd", "decks"), *MARCH) == [("leads", "2026-03", "abcdefg", 7, 0)]
    # About February, which is closed by then, they wait with March's.
    assert made(votes("ab", month="2026-02") + votes("abc") + votes("d", month="2025-12"), *MARCH) == []
    mixed = votes("ab", month="2026-02") + votes("abc") + votes("de", month="2025-12")
    assert made(mixed, *MARCH) == [("leads", "2026-03", "abcde", 7, 4)]
    assert made(votes("abc") + votes("de", month="2026-04"), *MARCH) == []


def test_leftovers_at_the_close() -> None:
    """At the close what is left of the deliverables is one group if five raters gave it; not before, nothing of others."""
    left = votes("abc", "leads") + votes("cde", "decks") + votes("x", "leads", "2026-04")
    assert made(left, *MARCH) == []
    assert made(left, *CLOSE) == [(None, "2026-03", "abcde", 6, 0)]
    few = votes("abc", "leads") + votes("cd", "decks")
    assert made(few, *CLOSE) == []
    # What is left waits on with April's votes, and the group says how many are about March.
    later = ("2026-04-08T00:00", "2026-04-09T00:00")
    assert made(few + votes("ef", "leads", "2026-04"), *later) == [("leads", "2026-04", "abcef", 5, 3)]
    # Two closes in one step: March's three and April's two are put together at April's close.
    both = few + votes("e", "stories", "2026-04")
    assert made(both, "2026-04-01T00:00", "2026-05-12T00:00") == [(None, "2026-04", "abcde", 6, 5)]


def test_of_the_first_w_every_period_before_is_closed_in_turn() -> None:
    """History that comes in one cut makes the groups of its months, oldest first."""
    history = votes("abcde", month="2025-10") + votes("abc", month="2025-11") + votes("def", "decks", "2025-11") + votes("a")
    found = released(history, -1, ms("2026-03-11T00:00"), NOWHERE)
    assert [(g.deliverable, g.period, g.raters) for g, _ in found] == [("leads", "2025-10", 5), (None, "2025-11", 6)]


def test_self_and_team_votes_are_apart() -> None:
    """A supplier's own votes are grouped among themselves; a team's agreed vote is a group of one, its month its own."""
    assert made(votes("abcd") + votes("e", mode="self"), *MARCH) == []
    own = released(votes("abcde", mode="self"), ms(MARCH[0]), ms(MARCH[1]), NOWHERE)
    assert [(g.mode, g.raters) for g, _ in own] == [("self", 5)]
    team = released(votes("S", mode="team") + votes("S", mode="team", month="2026-02"), ms(MARCH[0]), ms(MARCH[1]), NOWHERE)
    assert [(g.mode, g.period, g.raters, g.cells, g.earlier) for g, _ in team] == [
        ("team", "2026-02", 1, {"43": 1}, 0),
        ("team", "2026-03", 1, {"43": 1}, 0),
    ]


_waiting = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"), st.sampled_from(("leads", "decks")), st.sampled_from(("2026-01", "2026-02", "2026-03"))
    ),
    unique=True,
    max_size=30,
)


@given(_waiting, st.integers(ms("2026-01-20"), ms("2026-05-20")), st.integers(0, 40), st.randoms(use_true_random=False))
def test_a_group_is_of_five_and_tells_no_order(waiting: list[tuple[str, str, str]], before: int, days: int, rng: Any) -> None:
    """Whatever waits: each group has five raters, no vote is in two, and the order in which votes came shows nowhere."""
    given_votes = [vote for rater, deliverable, month in waiting for vote in votes(rater, deliverable, month)]
    w = before + days * DAY_MS
    found = released(given_votes, before, w, BERLIN)
    assert all(
        group.raters == len({v.rater for v in of}) >= RATERS and sum(group.cells.values()) == len(of) for group, of in found
    )
    assert max(Counter(v for _, of in found for v in of).values(), default=1) == 1
    shuffled = list(given_votes)
    rng.shuffle(shuffled)
    assert [group for group, _ in released(shuffled, before, w, BERLIN)] == [group for group, _ in found]
