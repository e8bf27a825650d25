"""Two spellings of a team's name are one team: moves, handoffs, votes and agreements are compared in one form of Unicode."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.names import one_form, one_person
from sinks.event_rows import rows_of_events
from streams.journeys import event_conversion
from tests.unit.sinks.sink_logs import moved, placed
from tests.unit.streams.journeys import Desk

COMPOSED, DECOMPOSED = "R\N{LATIN SMALL LETTER E WITH ACUTE}seau", "Re\N{COMBINING ACUTE ACCENT}seau"
UNSEEN = (
    *("\N{ZERO WIDTH SPACE}", "\N{ZERO WIDTH NO-BREAK SPACE}", "\N{WORD JOINER}", "\N{SOFT HYPHEN}", "\N{LEFT-TO-RIGHT MARK}"),
    *("\N{MONGOLIAN VOWEL SEPARATOR}", "\N{LINE SEPARATOR}", "\0", "\x85"),
)
SPELLINGS = (
    *(COMPOSED, DECOMPOSED, f" {COMPOSED}", f"{DECOMPOSED}\N{NO-BREAK SPACE}\t"),
    *(f"{COMPOSED}{unseen}" for unseen in UNSEEN),
    *(f"{unseen} {DECOMPOSED}" for unseen in UNSEEN),
)
NOBODY = ("  ", "\N{ZERO WIDTH SPACE}", " \N{WORD JOINER}\N{NO-BREAK SPACE}", "\0")
"""Names in which nothing can be seen."""


def test_the_form_is_nfc_without_what_cannot_be_seen_around_it() -> None:
    """All spellings are the composed one; letter case and what stands inside are the source's; of nothing seen it is empty."""
    assert set(map(one_form, SPELLINGS)) == {COMPOSED}
    inside = ("IT  Ops", "it ops", "IT\N{SOFT HYPHEN}Ops", "IT\N{NO-BREAK SPACE}Ops")
    assert [one_form(name) for name in inside] == list(inside)
    assert set(map(one_form, (*NOBODY, ""))) == {""}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_name_in_its_form_stays(name: str) -> None:
    """Once is enough."""
    assert one_form(one_form(name)) == one_form(name)


def test_persons_are_told_apart_by_what_can_be_seen() -> None:
    """Case, invisible characters anywhere and blanks around it don't count; blanks inside and accents do."""
    same = (COMPOSED, DECOMPOSED.upper(), f"{COMPOSED}\N{SOFT HYPHEN} ", f"\N{ZERO WIDTH SPACE} {DECOMPOSED}", f"{COMPOSED}\0")
    assert len(set(map(one_person, same))) == 1
    assert len(set(map(one_person, ("anna b", "annab", "ann\u00e4", "anna")))) == 4


def spelled_by_several(desk: Desk) -> list[Any]:
    """Moves to one team by all its spellings, an offer and a vote by another; gives handoff facts and pairs."""
    for minute, team in enumerate(SPELLINGS):
        desk.moved("W", minute / 60, team, id=f"m{minute}")
    desk.event("handoff.offered", "H", 1, {"handoff": "h", "supplier": DECOMPOSED, "customer": "B", "deliverable": " work"})
    desk.tick(10)
    return desk.of("handoff")


@pytest.mark.guard("team names")
def test_spellings_of_one_team_are_one_team() -> None:
    """No handoff between them; path, handoff and contributions show the one form."""
    desk = Desk()
    (handoff,) = spelled_by_several(desk)
    assert (handoff.supplier, handoff.deliverable) == (COMPOSED, "work")
    assert desk.facts["item", "W", "", ""].path == [COMPOSED]
    assert {key[1] for key in desk.contributions if key[0] == "pair"} == {COMPOSED}


@pytest.mark.control("team names")
def test_without_the_form_each_spelling_is_a_team(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: compared as they came, the moves are handoffs of a team to itself."""
    monkeypatch.setattr(event_conversion, "one_form", lambda name: name)
    assert len(spelled_by_several(Desk())) == len(SPELLINGS)


def test_an_agreement_holds_for_every_spelling() -> None:
    """What is agreed with one spelling is due for a handoff by another."""
    desk = Desk()
    lines = [{"deliverable": DECOMPOSED, "sla_hours": 5}]
    body = {"supplier": f"{DECOMPOSED} ", "customer": "B", "deliverables": lines, "valid_from": "2026-01-01T00:00:00Z"}
    desk.event("agreement.set", "x", -1, body)
    desk.event("handoff.offered", "H", 1, {"handoff": "h", "supplier": COMPOSED, "customer": "B", "deliverable": COMPOSED})
    desk.tick(2)
    assert desk.of("handoff")[0].due_from == "agreement"


def test_the_tables_show_the_same_form() -> None:
    """Columns of raw events, over which SQL computes paths again, hold the form; the value holds what was written."""
    block, _ = rows_of_events(placed([moved("W", str(n), team, origin=team) for n, team in enumerate(SPELLINGS)]))
    columns = dict(zip(block.columns, block.values, strict=True))
    assert set(columns["to_team"]) == set(columns["from_team"]) == {COMPOSED}
    assert len(set(columns["value"])) == len(SPELLINGS)


@pytest.mark.parametrize("blank", NOBODY)
@pytest.mark.guard("team names")
def test_who_has_no_name_is_nobody(blank: str) -> None:
    """A move to such a name is one to nobody, one from it says nothing, a rejection to it goes to the team before."""
    told, meant = Desk(), Desk()
    for desk, nobody in ((told, blank), (meant, None)):
        desk.event("item.moved", "W", 1, {"to": "A", "from": nobody, "deliverable": nobody}, id="a")
        desk.moved("W", 2, nobody, id="n")
        desk.moved("W", 3, "B", id="b")
        desk.event("item.status", "W", 4, {"status": "returned", "to": nobody})
        desk.tick(10)
    assert told.facts == meant.facts and told.contributions == meant.contributions
    assert told.of("handoff")[0].state == "returned"
    block, _ = rows_of_events(placed([moved("W", "1", blank, origin=blank)]))
    columns = dict(zip(block.columns, block.values, strict=True))
    assert (columns["to_team"], columns["from_team"]) == ([""], [""])


@pytest.mark.parametrize("missing", ["supplier", "customer", "deliverable"])
def test_where_a_name_must_stand_a_blank_one_is_a_verdict(missing: str) -> None:
    """Of a handoff and of a vote, and nothing is published that names nobody."""
    desk = Desk()
    names = {"supplier": "A", "customer": "B", "deliverable": "work"} | {missing: " "}
    desk.event("handoff.offered", "H", 1, {"handoff": "h"} | names)
    vote = {"rater": "r", "team": "B", "effectiveness": 3, "consistency": 3}
    desk.event("rating.given", f"{names['supplier']} > {names['customer']}", 1, vote | names)
    desk.tick(10)
    assert [body.reason for key, body in desk.facts.items() if key[0] == "anomaly"] == ["without_name"] * 2
    assert desk.of("handoff") == desk.of("vote") == []
    assert not [key for key in desk.contributions if key[0] == "pair"]


def test_a_map_of_blank_names_says_nothing() -> None:
    """Written past the clock, which refuses it: nobody becomes a team, and no team nobody."""
    desk = Desk()
    desk.event("teams.set", "team x", 0, {"teams": {" ": "A", "B": "\N{ZERO WIDTH SPACE}", "C": "D "}}, id="x")
    desk.moved("W", 1, "B", id="b")
    desk.moved("W", 2, " ", id="n")
    desk.moved("W", 3, "C", id="c")
    desk.tick(10)
    assert desk.facts["item", "W", "", ""].path == ["B", "D"]
