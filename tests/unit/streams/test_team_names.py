"""Renamed and merged teams: from its day on a name means a team; before, it was one of its own; a rename is no handoff."""

from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from streams.journeys.team_names import TeamNames
from tests.unit.streams.journeys import Desk

OLD, NEW = "Network", "Network Operations"


def renamed(desk: Desk, hour: float, name: str = OLD, team: str = NEW, **more: Any) -> None:
    """From ``hour`` on ``name`` means ``team``."""
    body = None if more.get("deleted") else {"teams": {name: team}}
    desk.event("teams.set", f"team {name}", hour, body, **{"id": f"{name}@{hour}", **more})


def working(desk: Desk, item: str, hour: float) -> None:
    """Work on an item."""
    desk.event("item.status", item, hour, {"status": "working"})


def pairs(desk: Desk) -> list[tuple[str, str]]:
    """Supplier and customer of all handoffs, in order."""
    return [(h.supplier, h.customer) for h in sorted(desk.of("handoff"), key=lambda h: h.offers[0].offered_at)]


def test_a_rename_is_no_handoff() -> None:
    """Open items carry the new name from its day on: nothing is handed over; the item knows its team by the first name."""
    desk = Desk()
    renamed(desk, 10)
    desk.moved("X", 0, OLD)
    working(desk, "X", 1)
    desk.moved("X", 11, NEW)
    desk.tick(20)
    assert pairs(desk) == []
    assert desk.facts["item", "X", "", ""].path == [OLD]
    assert not [key for key in desk.contributions if key[0] in {"pair", "both"}]


def test_without_the_map_it_is_one() -> None:
    """Negative control: nobody says that the names are one team; and one that comes back under its new name is no return."""
    desk = Desk()
    desk.moved("X", 0, OLD)
    desk.moved("X", 11, NEW)
    desk.tick(20)
    assert pairs(desk) == [(OLD, NEW)]


def test_past_numbers_stay_as_they_were_named() -> None:
    """Handed over before the day: the old name; after it: the new one, whichever name the tool still uses."""
    desk = Desk()
    renamed(desk, 10)
    for item, hour, name in (("A", 1, OLD), ("B", 11, OLD), ("C", 12, NEW)):
        desk.moved(item, hour - 1, "Desk", id="d")
        desk.moved(item, hour, name, id="n")
    desk.tick(20)
    assert pairs(desk) == [("Desk", OLD), ("Desk", NEW), ("Desk", NEW)]


def test_before_its_day_an_alias_is_a_team_of_its_own() -> None:
    """Two teams that merge later hand over to each other until then, and not from then on."""
    desk = Desk()
    renamed(desk, 10)
    for item, hour in (("A", 1), ("B", 11)):
        desk.moved(item, hour, OLD, id="o")
        desk.moved(item, hour + 1, NEW, id="n")
    desk.tick(20)
    assert pairs(desk) == [(OLD, NEW)]


def offered_to_itself(desk: Desk, hour: float) -> None:
    """One explicit handoff between the two names, accepted an hour later."""
    names = {"supplier": OLD, "customer": NEW, "deliverable": "work"}
    desk.event("handoff.offered", f"X{hour}", hour, {"handoff": "h"} | names)
    desk.event("handoff.accepted", f"X{hour}", hour + 1, {"handoff": "h"})


@pytest.mark.guard("team names")
def test_a_handoff_between_two_names_of_a_team_is_none() -> None:
    """From the day on on which both mean it: a verdict, and nothing of a pair; before that day they were two teams."""
    desk = Desk()
    renamed(desk, 10)
    offered_to_itself(desk, 11)
    offered_to_itself(desk, 5)
    desk.tick(20)
    assert pairs(desk) == [(OLD, NEW)]
    assert {key[1] for key in desk.facts if key[0] == "handoff"} == {"X5"}
    assert {key[1:3] for key in desk.contributions if key[0] == "pair"} == {(OLD, NEW)}
    reasons = {key[1:]: body.reason for key, body in desk.facts.items() if key[0] == "anomaly"}
    assert reasons == {
        ("X11", "desk", "handoff.offered@11"): "self_handoff",
        ("X11", "desk", "handoff.accepted@12"): "decision_without_offer",
    }


@pytest.mark.control("team names")
def test_without_the_map_it_is_a_handoff() -> None:
    """Negative control: nobody says that the names are one team."""
    desk = Desk()
    offered_to_itself(desk, 11)
    desk.tick(20)
    assert pairs(desk) == [(OLD, NEW)]


def test_what_comes_back_under_the_new_name_is_sent_back() -> None:
    """The supplier was renamed meanwhile: a move to its new name returns the delivery, and the path bounces."""
    desk = Desk()
    renamed(desk, 10)
    for hour, team in ((0, OLD), (1, "Mail"), (11, NEW)):
        desk.moved("X", hour, team, id=f"m{hour}")
    desk.tick(20)
    (handoff,) = desk.of("handoff")
    assert handoff.state == "returned"
    assert (desk.facts["item", "X", "", ""].path, desk.facts["item", "X", "", ""].bounces) == ([OLD, "Mail", OLD], 1)


def test_a_rejection_to_the_new_name_returns_what_came_under_the_old_one() -> None:
    """A status that sends back to a named team means the team, whatever it is called by then."""
    desk = Desk()
    renamed(desk, 10)
    for hour, team in ((0, OLD), (1, "Mail"), (2, "Ops")):
        desk.moved("X", hour, team, id=f"m{hour}")
    desk.event("item.status", "X", 11, {"status": "returned", "to": NEW})
    desk.tick(20)
    states = {handoff.customer: handoff.state for handoff in desk.of("handoff")}
    assert states["Mail"] == "returned"


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("explicit", [False, True])
def test_a_map_that_comes_later_folds_again_who_holds_the_name(restarted: bool, explicit: bool) -> None:
    """Applied afterwards, corrected and retracted: each time all that hold the names are what they would have been."""
    desk = Desk()
    if explicit:
        desk.event("handoff.offered", "X", 11, {"handoff": "h", "supplier": "Desk", "customer": OLD, "deliverable": "work"})
    else:
        desk.moved("X", 0, "Desk")
        desk.moved("X", 11, OLD, id="o")
    desk.moved("other", 11, "Mail")
    desk.tick(12)
    changes: list[tuple[dict[str, Any], str]] = [({}, NEW), ({"team": "NOC"}, "NOC"), ({"deleted": True}, OLD)]
    for revision, (change, customer) in enumerate(changes):
        if restarted:
            desk.restart()
        renamed(desk, 10, revision=revision, **change)
        desk.tick(13 + revision)
        assert pairs(desk) == [("Desk", customer)]
        assert not any(b"other" in key for key in desk.sent)
        assert {key[1:3] for key in desk.contributions if key[0] == "pair"} == {("Desk", customer)}


def test_a_map_waits_for_its_day() -> None:
    """Before W has passed its time it changes nothing; then it does, without another event."""
    desk = Desk()
    desk.moved("X", 0, "Desk")
    desk.moved("X", 11, OLD, id="o")
    renamed(desk, 15)
    desk.tick(14)
    assert pairs(desk) == [("Desk", OLD)]
    desk.moved("X", 16, NEW, id="n")
    desk.tick(17)
    assert pairs(desk) == [("Desk", OLD)]  # the rename, and nothing else


def test_names_follow_each_other_and_come_back() -> None:
    """A chain of renames is followed; a name that becomes a team's again is that team; a circle ends."""
    desk = Desk()
    for hour, name, team in ((10, "A", "B"), (20, "B", "C"), (30, "C", "A"), (40, "P", "Q"), (40, "Q", "P")):
        renamed(desk, hour, name, team)
    desk.tick(50)
    teams: TeamNames = desk.fold._agreements.teams
    at = [int(1_772_442_000_000 + hour * 3_600_000) for hour in (9, 15, 25, 35, 45)]
    assert [[teams.team(name, moment) for moment in at] for name in "ABC"] == [list("ABCAA"), list("BBCAA"), list("CCCAA")]
    assert teams.known_as("A", at[2]) == ["A", "B", "C"]
    assert teams.team("P", at[4]) in {"P", "Q"}


def test_an_agreement_holds_for_the_team_by_whatever_name() -> None:
    """Agreed with the old name, asked for by the new one, in either order of arrival."""
    due = []
    for first in (True, False):
        desk = Desk()
        lines = [{"deliverable": "work", "sla_hours": 5}]
        body = {"supplier": "Desk", "customer": OLD, "deliverables": lines, "valid_from": "2026-01-01T00:00:00Z"}
        if first:
            desk.event("agreement.set", "a", -1, body)
        renamed(desk, 10)
        desk.moved("X", 11, "Desk")
        desk.moved("X", 12, NEW, id="n")
        desk.tick(20)
        if not first:
            desk.event("agreement.set", "a", -1, body)
            desk.tick(21)
        (handoff,) = desk.of("handoff")
        due.append((handoff.customer, handoff.due_from))
    assert due == [(NEW, "agreement")] * 2


def test_a_vote_is_for_the_team_of_its_time() -> None:
    """Votes of one subject before and after the day are for the pair as it was named then."""
    desk = Desk()
    renamed(desk, 10, "A", "Alpha")
    desk.rated(1, "ann")
    desk.rated(11, "bob")
    desk.tick(20)
    assert sorted((vote.rater, vote.supplier) for vote in desk.of("vote")) == [("ann", "A"), ("bob", "Alpha")]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.guard("team names")
def test_any_order_of_arrival_gives_the_same(seed: int) -> None:
    """Events and maps in any order, ticks and restarts between them: what stands at the end is the same."""
    rng = Random(seed)
    teams = ("A", "B", "C", "D")
    steps: list[Any] = [("name", hour, *rng.sample(teams, 2)) for hour in rng.sample(range(40), 3)]
    steps += [("move", rng.randrange(40), f"item{rng.randrange(3)}", rng.choice((*teams, None))) for _ in range(30)]
    steps += [("work", rng.randrange(40), f"item{rng.randrange(3)}", None) for _ in range(10)]
    stands = []
    for shuffled in (False, True):
        desk, w = Desk(), 0
        order = list(enumerate(steps))
        if shuffled:
            rng.shuffle(order)
        for number, (kind, hour, subject, team) in order:
            if kind == "name":
                renamed(desk, hour, subject, team)
            elif kind == "move":
                desk.moved(subject, hour, team, id=f"e{number}")
            else:
                desk.event("item.status", subject, hour, {"status": "working"}, id=f"e{number}")
            if shuffled and rng.random() < 0.3:
                w += rng.randrange(3)
                desk.tick(w)
            if shuffled and rng.random() < 0.2:
                desk.restart()
        desk.tick(100)
        stands.append((desk.facts, desk.contributions))
    (facts, given), (other_facts, other_given) = stands
    arrived = "intake"
    assert {k: v for k, v in facts.items() if k[0] != arrived} == {k: v for k, v in other_facts.items() if k[0] != arrived}
    assert {k: v for k, v in given.items() if k[0] != "source"} == {k: v for k, v in other_given.items() if k[0] != "source"}


def test_a_rename_unpacks_some_items_at_a_time() -> None:
    """A name that many items' bytes hold by chance concerns them for nothing: they are looked at in chunks and let go."""
    desk = Desk()
    for number in range(5):
        desk.moved(f"item-{number}", 0, "Desk", source="jira-HR")
    desk.tick(1)
    desk.restart()
    seen: list[int] = []
    load = desk.fold._items.load

    def watched(subjects: Iterable[str]) -> None:
        listed = list(subjects)
        seen.append(len(listed))
        load(listed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.journeys.fold._CHUNK", 2)
        patch.setattr(desk.fold._items, "load", watched)
        desk.event("teams.set", "t", 0, {"teams": {"HR": "People"}}, id="t")
        desk.tick(2)
    assert seen == [2, 2, 1] and desk.sent == []
