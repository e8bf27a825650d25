"""Solved tickets of an agent who leaves are given to another group (case 29), and what else may happen after the end."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from producers.importers.mapping import load
from tests.oracles.folding import Folded, everything, imported

Real = Callable[[str], Path]
SOLVED = "Desk New;Desk Work;Desk Solved"


class Case(NamedTuple):
    """What a tool says (rows, a day between them), and what follows.

    ``handoffs``: with state and first pass; ``reopened``: the teams charged with a reopen.
    """

    rows: str
    path: list[str]
    handoffs: list[tuple[str, str, bool | None]]
    reopened: list[str]


CASES = {
    "given away, nothing done": Case(f"{SOLVED};Network Solved", ["Desk", "Network"], [], []),
    "given away twice, and closed": Case(
        f"{SOLVED};Network Solved;Apps Solved;Apps Closed", ["Desk", "Network", "Apps"], [], []
    ),
    "to nobody, then to another group": Case(f"{SOLVED};- Solved;Network Solved", ["Desk", "Network"], [], []),
    "there and back": Case(f"{SOLVED};Network Solved;Desk Solved", ["Desk", "Network", "Desk"], [], []),
    "given away and worked on: a reopen of who had solved it, and a handoff": Case(
        f"{SOLVED};Network Solved;Network Work;Network Solved",
        ["Desk", "Network"],
        [("Desk > Network", "accepted", True)],
        ["Desk"],
    ),
    "given away, asked again, not begun": Case(
        f"{SOLVED};Network Solved;Network New", ["Desk", "Network"], [("Desk > Network", "offered", None)], ["Desk"]
    ),
    "given away twice, then worked on: the one between passed it on": Case(
        f"{SOLVED};Network Solved;- Solved;Apps Solved;Apps Work",
        ["Desk", "Network", "Apps"],
        [("Desk > Network", "passed_on", None), ("Network > Apps", "accepted", True)],
        ["Desk"],
    ),
    "worked on by its old team, given away after the second end": Case(
        f"{SOLVED};Desk Work;Desk Solved;Network Solved", ["Desk", "Network"], [], ["Desk"]
    ),
    "negative control: given away while it is open": Case(
        "Desk New;Desk Work;Network Work;Network Solved", ["Desk", "Network"], [("Desk > Network", "accepted", True)], []
    ),
}


def handoffs(found: Folded) -> list[tuple[str, str, bool | None]]:
    """Every handoff in order, with state and first pass."""
    facts = sorted(found.of("handoff"), key=lambda fact: fact.offers[0].offered_at)
    return [(f"{fact.supplier} > {fact.customer}", fact.state, fact.first_pass) for fact in facts]


@pytest.mark.guard("moves")
def test_case_29(real_logs: Real) -> None:
    """Six solved tickets change hands, nothing is done: six paths of two teams, no handoff, nothing of a pair."""
    found = everything(imported([real_logs("cases/29.csv")], load(real_logs("cases/29.yaml"))))
    assert [(item.path, item.holder, item.reopens) for item in found.of("item")] == [(["Desk", "Network"], "Network", 0)] * 6
    assert found.of("handoff") == []
    scopes = [key[0] for key in found.contributions]
    assert (scopes.count("pair"), scopes.count("route"), scopes.count("both")) == (0, 0, 6)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.guard("moves")
def test_others_of_its_kind(real_logs: Real, tmp_path: Path, name: str) -> None:
    """Read with the mapping of case 29, each gives its path, handoffs with first pass, and who is charged with a reopen."""
    case = CASES[name]
    rows = [line.split() for line in case.rows.split(";")]
    lines = [f"T1;2026-11-{day:02} 09:00;{team};{state}" for day, (team, state) in enumerate(rows, 1)]
    log = tmp_path / "log.csv"
    log.write_text("\n".join(["id;changed;team;state", *lines]) + "\n", encoding="utf-8")
    found = everything(imported([log], load(real_logs("cases/29.yaml"))))
    (item,) = found.of("item")
    assert (item.path, handoffs(found), item.reopened_teams) == (case.path, case.handoffs, case.reopened)
