"""Rating groups in the fold: released at the first tick of a UTC day, for ever."""

from typing import Any

import pytest

from schemas.event_codec import make
from schemas.timestamps import DAY_MS
from streams.journeys.item_state import Item, unpack
from tests.unit.streams.journeys import HOUR, T0, Desk

MIDNIGHT = (DAY_MS - T0 % DAY_MS) / HOUR
"""Hours from T0 (2026-03-02 09:00 UTC) to the next midnight."""
DAY = 24
CLOSE = MIDNIGHT + 36 * DAY
"""8 April, 00:00: March is closed."""


def groups(desk: Desk) -> list[Any]:
    """The groups that stand, by number."""
    found = {key: body for key, body in desk.facts.items() if key[0] == "rating_group"}
    assert [key[1:] for key in found] == [("A > B", "", str(n)) for n in range(len(found))]
    return list(found.values())


def pair(desk: Desk) -> dict[str, list[tuple[str, str, int]]]:
    """What groups give to the pair: subject → (field, key, amount)."""
    given = {key[-1]: entries for key, entries in desk.contributions.items() if key[0] == "pair"}
    return {subject: [(e.field, e.key, e.amount) for e in entries] for subject, entries in given.items()}


def verdicts(desk: Desk) -> dict[str, str]:
    """Events judged as released: id → reason."""
    return {key[3]: body.reason for key, body in desk.facts.items() if key[0] == "released"}


def five(desk: Desk, hour: float = 1, raters: str = "abcde", **more: Any) -> None:
    """A vote of each rater."""
    for rater in raters:
        desk.rated(hour, rater, **more)


def opened() -> Desk:
    """A desk whose day has begun."""
    desk = Desk()
    desk.tick(0)
    return desk


def released() -> Desk:
    """Five votes in a group."""
    desk = opened()
    five(desk)
    desk.tick(2)
    desk.tick(MIDNIGHT)
    assert len(groups(desk)) == 1
    return desk


@pytest.mark.parametrize("restarts", [False, True])
def test_votes_wait_for_midnight_and_five_raters(restarts: bool) -> None:
    """Nothing within the day; at W = midnight all that wait, by a timer alone, also after a restart; then nothing more."""
    desk = opened()
    five(desk, raters="abcd")
    desk.tick(2)
    desk.tick(MIDNIGHT)
    assert (groups(desk), pair(desk)) == ([], {})
    five(desk, MIDNIGHT + 1, raters="xy")
    desk.tick(MIDNIGHT + 2)
    assert groups(desk) == []
    if restarts:
        desk.restart()
    desk.tick(MIDNIGHT + DAY)
    (group,) = groups(desk)
    assert (group.deliverable, group.period, group.raters, group.cells) == ("work", "2026-03", 6, {"43": 6})
    assert group.at == T0 + (MIDNIGHT + DAY) * HOUR
    assert pair(desk) == {"A > B": [("votes", "work\x1f43", 6)]}
    if restarts:
        desk.restart()
    desk.tick(MIDNIGHT + 2 * DAY)
    assert (desk.sent, len(groups(desk))) == ([], 1)


def test_without_a_timer_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: without the timer at midnight the votes of a pair to which nothing happens are never released."""
    monkeypatch.setattr("streams.journeys.item_fold.waits", lambda _votes: False)
    desk = opened()
    five(desk)
    desk.tick(2)
    desk.tick(MIDNIGHT)
    assert groups(desk) == []


def _two_generations() -> tuple[list[Any], list[Any]]:
    """The groups of a log whose day begins with a tick off the five-minute grid, and of its rebuild, which refuses it."""
    live, rebuilt = opened(), opened()
    for desk in (live, rebuilt):
        five(desk)
        desk.tick(2)
        if desk is live:
            desk.tick(MIDNIGHT + 0.01)
        five(desk, MIDNIGHT + 0.02, raters="fgh", period="2026-03")
        desk.tick(MIDNIGHT + 0.25)
    return groups(live), groups(rebuilt)


@pytest.mark.guard("ratings")
@pytest.mark.control("ratings")
def test_a_rebuild_makes_the_same_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Votes are released at ticks that a rebuild takes, too, so what one generation shows less another is whole groups.

    Negative control: released at the first tick of the day, whatever it is, three votes are the difference."""
    before, after = _two_generations()
    assert before == after and [group.raters for group in before] == [8]
    monkeypatch.setattr("streams.journeys.item_fold.is_release", lambda last, w: last // DAY_MS != w // DAY_MS)
    before, after = _two_generations()
    assert [[group.raters for group in made] for made in (before, after)] == [[5], [8]]


def test_a_sixth_rater_waits_for_others() -> None:
    """The sixth rater: yesterday's number taken from today's says nothing, since hers is in none."""
    desk = released()
    before = pair(desk)
    desk.rated(MIDNIGHT + 1, "f", grade=1)
    for day in range(1, 60):
        desk.tick(MIDNIGHT + DAY * day)
        assert pair(desk) == before


SPELLED = (
    *("anna", "anna ", "ANNA", "an\N{SOFT HYPHEN}na", "anna\N{ZERO WIDTH SPACE}"),
    *("ren\N{LATIN SMALL LETTER E WITH ACUTE}", "rene\N{COMBINING ACUTE ACCENT}"),
)


@pytest.mark.guard("ratings")
def test_spellings_of_one_rater_are_no_five() -> None:
    """Seven spellings are two persons: they wait for three more. Each has its vote, for identity is the bytes."""
    desk = opened()
    for rater in SPELLED:
        desk.rated(1, rater)
    desk.tick(MIDNIGHT)
    assert groups(desk) == []
    five(desk, MIDNIGHT + 1, raters="bcd")
    desk.tick(MIDNIGHT + DAY)
    (group,) = groups(desk)
    assert (group.raters, sum(group.cells.values())) == (5, 10)


@pytest.mark.guard("ratings")
def test_what_comes_after_the_release_changes_nothing() -> None:
    """A replacement, correction, retraction or another deliverable of a released vote is judged, and the group stays."""
    desk = released()
    before = groups(desk), pair(desk)
    desk.rated(MIDNIGHT + 1, "a", grade=1)
    desk.rated(1, "b", grade=1, revision=1)
    desk.rated(1, "c", deliverable="decks", revision=1)
    desk.event("rating.given", "A > B", 1, None, id="d@1", deleted=True, revision=1)
    desk.rated(0.5, "e", grade=1)
    desk.tick(MIDNIGHT + 2)
    desk.restart()
    five(desk, MIDNIGHT + 3, raters="vwxyz", deliverable="decks")
    desk.tick(MIDNIGHT + 10 * DAY)
    assert (groups(desk)[:1], {"A > B": pair(desk)["A > B"]}) == before
    assert verdicts(desk) == {
        f"a@{MIDNIGHT + 1}": "replaced_after_release",
        "b@1": "corrected_after_release",
        "c@1": "corrected_after_release",
        "d@1": "retracted_after_release",
    }
    (decks,) = groups(desk)[1:]
    assert (decks.deliverable, decks.raters) == ("decks", 5)
    assert {key[2] for key, vote in desk.facts.items() if key[0] == "vote" and vote.rating_group == 0} == {"a", "e"}


def test_before_the_release_everything_is_free() -> None:
    """Replaced, corrected and withdrawn votes leave no trace in the group."""
    desk = opened()
    five(desk, raters="abcdef")
    desk.tick(2)
    desk.rated(3, "a", grade=5)
    desk.rated(1, "b", grade=1, revision=1)
    desk.event("rating.given", "A > B", 1, None, id="c@1", deleted=True, revision=1)
    desk.tick(MIDNIGHT)
    (group,) = groups(desk)
    assert (group.cells, group.raters, verdicts(desk)) == ({"13": 1, "43": 3, "53": 1}, 5, {})


def test_a_second_vote_about_a_released_month_does_not_count() -> None:
    """One rater, one vote per deliverable and period: the second about March is judged, the one about April counts."""
    desk = released()
    five(desk, MIDNIGHT + 1, period="2026-03")
    five(desk, MIDNIGHT + 2, period="2026-04")
    desk.tick(MIDNIGHT + DAY)
    assert [group.period for group in groups(desk)] == ["2026-03", "2026-04"]
    assert list(verdicts(desk).values()) == ["replaced_after_release"] * 5


def test_leftovers_are_put_together_at_the_close() -> None:
    """Three raters of one deliverable and two of another are a group without deliverable once the month is closed."""
    desk = opened()
    five(desk, raters="abc")
    five(desk, 2, raters="de", deliverable="decks")
    hour = MIDNIGHT
    while hour < CLOSE:
        desk.tick(hour)
        assert groups(desk) == []
        hour += DAY
    desk.tick(hour)
    (group,) = groups(desk)
    assert (group.deliverable, group.period, group.raters) == (None, "2026-03", 5)
    assert pair(desk) == {"A > B": [("votes", "\x1f43", 5)]}


def test_a_teams_agreed_vote_is_released_alone() -> None:
    """With rating_mode team the last vote of the day is a group of one; a supplier's own votes need five like others."""
    desk = opened()
    desk.agreed(0, None, mode="team")
    desk.tick(0.5)
    desk.rated(1, "r", grade=2)
    desk.rated(2, "s", grade=5)
    five(desk, raters="mnop", team="A", kind="self")
    desk.tick(MIDNIGHT)
    (team,) = groups(desk)
    assert (team.mode, team.raters, team.cells) == ("team", 1, {"53": 1})
    five(desk, MIDNIGHT + 1, raters="q", team="A", kind="self")
    desk.tick(MIDNIGHT + DAY)
    assert pair(desk)["A > B\x1f\x1f\x1f1"] == [("self_votes", "work\x1f43", 5)]


def test_an_agreement_does_not_take_a_vote_out_of_its_group() -> None:
    """Persons' votes that were released stay so when the pair is rated as a team since then, and show no second time."""
    desk = released()
    before = groups(desk)
    desk.agreed(3, None, mode="team")
    desk.tick(MIDNIGHT + 1)
    desk.tick(MIDNIGHT + DAY)
    assert groups(desk) == before


def test_a_state_without_its_groups_releases_votes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: what was released can't be had from the events; a restart that lost it would publish other groups."""

    def forgetful(packed: bytes) -> Item:
        item = unpack(packed)
        item.groups, item.spent = [], {}
        return item

    desk = released()
    before = groups(desk)
    monkeypatch.setattr("streams.journeys.item_cache.unpack", forgetful)
    desk.restart()
    desk.rated(MIDNIGHT + 1, "f", grade=1)
    desk.tick(MIDNIGHT + DAY)
    (group,) = groups(desk)
    assert [group] != before and group.raters == 6


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"])
def test_leftovers_come_at_the_close_in_every_zone(zone: str) -> None:
    """A month closes at a local midnight, between two releases; the next one puts its leftovers together."""
    desk = Desk(zone)
    desk.tick(0)
    for number, rater in enumerate("abcdef"):
        desk.rated(1, rater, deliverable=f"d{number % 2}")
    for hour in range(1, int(CLOSE) + 3 * DAY, 3):
        desk.tick(hour)
    (group,) = groups(desk)
    assert (group.deliverable, group.raters, group.period) == (None, 6, "2026-03")


def test_a_vote_with_microseconds_is_released_and_saved() -> None:
    """Its place among the events of a millisecond is a large number, which the state keeps; nothing changes by a restart."""
    desk = opened()
    for rater in "abcde":
        names = {"rater": rater, "team": "B", "supplier": "A", "customer": "B", "deliverable": "work"}
        body = names | {"effectiveness": 4, "consistency": 3}
        whole = make("baton.rating.given.v1", id=rater, source="desk", subject="A > B", time_ms=T0 + 123, body=body)
        value = whole.replace(b".123000Z", b".123456Z")
        assert value != whole
        desk.take("A > B", value)
    desk.tick(2)
    desk.tick(MIDNIGHT)
    assert [group.raters for group in groups(desk)] == [5]
    desk.restart()
    desk.rated(MIDNIGHT + 1, "a", grade=1)
    desk.tick(MIDNIGHT + DAY)
    assert list(verdicts(desk).values()) == ["replaced_after_release"] and len(groups(desk)) == 1


def test_a_renamed_team_has_its_vote_of_a_month_once() -> None:
    """What the agreed vote had replaced before its release is no other team's vote when the customer is renamed later."""
    desk = opened()
    desk.agreed(-720, None, valid_from=-720, mode="team")
    desk.rated(1, "r0", grade=1)
    desk.rated(2, "r1", grade=5)
    desk.tick(MIDNIGHT)
    desk.event("teams.set", "teams", -960, {"teams": {"B": "B9"}}, id="t")
    desk.tick(MIDNIGHT + 1)
    desk.tick(MIDNIGHT + DAY)
    assert [group.cells for group in groups(desk)] == [{"53": 1}]
