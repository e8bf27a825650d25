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
SPELLINGS = (COMPOSED, DECOMPOSED, f" {COMPOSED}", f"{DECOMPOSED}\N{NO-BREAK SPACE}\t")


def test_the_form_is_nfc_without_outer_blanks() -> None:
    """All spellings are the composed one; letter case and blanks inside are the source's; blanks alone stay what they are."""
    assert set(map(one_form, SPELLINGS)) == {COMPOSED}
    assert [one_form(name) for name in ("IT  Ops", "it ops", "  ", "")] == ["IT  Ops", "it ops", "  ", ""]


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
    for hour, team in enumerate(SPELLINGS):
        desk.moved("W", hour, team, id=f"m{hour}")
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
    assert len(spelled_by_several(Desk())) == 4


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
