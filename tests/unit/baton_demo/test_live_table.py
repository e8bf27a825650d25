"""The live table: what it asks for, and how a pair reads."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from baton.demo.live_numbers import (
    LATEST,
    NOW,
    PING_PONG,
    TOTALS,
    WEEKS,
    HandoffStep,
    LiveNumbers,
    PairScores,
    compared,
    read_numbers,
)
from baton.demo.live_table import COLUMNS, cells, drawn, headline, plain
from baton.report.text_table import hours

W = datetime(2026, 11, 22, 20, 0, 5, tzinfo=UTC)
PAIR = PairScores("Logistics", "Sales", 60, 8, 0.75, 0.65, -0.25, True, 0.3, 0.9, 0.5, 3.04, 12)


class Answers:
    """A warehouse that answers these queries so."""

    def __init__(self, answers: Mapping[str, list[tuple[Any, ...]]]) -> None:
        self._answers = answers

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self._answers[query]


def asked(**more: list[tuple[Any, ...]]) -> LiveNumbers:
    answers = {TOTALS: [(1000, 100, 70, W)], NOW: [], WEEKS: [], PING_PONG: [], LATEST: []}
    named = {"now": NOW, "weeks": WEEKS, "ping_pong": PING_PONG, "totals": TOTALS, "latest": LATEST}
    return read_numbers(Answers(answers | {named[name]: rows for name, rows in more.items()}))


def test_a_pair_is_put_together_from_its_scores_and_weeks() -> None:
    """Measures come from the window they belong to, the trend from the counts of two weeks; busy pairs stand first."""
    found = asked(
        now=[
            ("A", "B", "7d", "fpy", 0.8, 10),
            ("A", "B", "7d", "rework_rate", 0.1, 12),
            ("A", "B", "1h", "fpy", None, 3),
            ("A", "B", "30d", "rating", 3.5, 9),
            ("C", "D", "7d", "fpy", None, 4),
            ("E", "F", "7d", "fpy", 1.0, 50),
            ("E", "F", "30d", "rating", None, 0),
            ("E", "F", "30d", "team_rating", 4.0, 1),
        ],
        weeks=[("A", "B", 8, 10, 5, 10), ("C", "D", 4, 4, 9, 9)],
    )
    by_pair = {(pair.supplier, pair.customer): pair for pair in found.pairs}
    first = by_pair["A", "B"]
    assert (first.decided, first.hour, first.first_pass, first.rework, first.rating, first.votes) == (10, 3, 0.8, 0.1, 3.5, 9)
    assert first.trend == pytest.approx(0.3)
    assert by_pair["C", "D"].trend is None
    assert (by_pair["E", "F"].rating, by_pair["E", "F"].votes) == (4.0, 1)
    assert [pair.decided for pair in found.pairs] == [50, 10, 4]
    assert found.has_numbers


def test_before_the_first_score_there_are_no_numbers() -> None:
    """A warehouse without scores gives an empty moment, and one whose sources are not complete no W."""
    assert not asked().has_numbers
    half_written = asked(totals=[(5, 1, 1, None)], now=[("A", "B", "7d", "fpy", 0.8, 10)])
    assert half_written.pairs and not half_written.has_numbers
    assert asked(totals=[]).w is None
    assert "nothing complete yet" in headline(asked(totals=[(5, 0, 0, None)]))


def test_a_difference_is_certain_only_beyond_chance() -> None:
    """Few handoffs give no trend, equal shares none that is certain, and a large difference of large counts is certain."""
    assert compared(4, 4, 9, 10) == (None, False)
    assert compared(8, 10, 4, 5) == (0.0, False)
    assert compared(6, 10, 8, 10)[1] is False
    fall, certain = compared(50, 100, 80, 100)
    assert fall == pytest.approx(-0.3) and certain
    assert compared(10, 10, 10, 10) == (0.0, False)


def test_a_row_reads_as_a_person_would_say_it() -> None:
    """Shares are per cent, a fall has its arrow and its star, short waits are minutes, a rating shows its votes."""
    assert cells(PAIR) == ("Logistics > Sales", "60", "65%", "▼ 25*", "75% of 8", "30%", "90%", "30 min", "3.0 (12)")
    assert cells(replace(PAIR, trend=0.02, certain=False))[3] == "▲ 2 "
    assert (hours(0.25), hours(30.0)) == ("15 min", "30.0 h")


def test_what_is_not_known_is_a_dash_and_never_zero() -> None:
    """A pair with too few handoffs shows its n and dashes."""
    unknown = PairScores("A", "B", 3, 0, None, None, None, False, None, None, None, None, 0)
    assert cells(unknown) == ("A > B", "3", "–", "–", "–", "–", "–", "–", "–")


def moment(pairs: int = 3) -> LiveNumbers:
    made = tuple(replace(PAIR, supplier=f"Team {number}") for number in range(pairs))
    return LiveNumbers(W, 1000, 100, 70, made, (("Engineering", "Support", 0.4, 30),))


def test_plain_lines_hold_columns_in_line() -> None:
    """Every row is as wide as the head, the moment stands above, and what is left out is said."""
    lines = list(plain(moment(5), most=3))
    assert lines[0] == "as of 2026-11-22 20:00:05 UTC: 1,000 events, 100 work items, 70 handoffs"
    assert [line.index("%") for line in lines[2:5]] == [lines[2].index("%")] * 3
    assert "and 2 more pairs" in lines
    assert any("Engineering and Support, 40% of 30 items" in line for line in lines)


def test_what_happened_last_stands_below() -> None:
    """Each of the newest steps is a line with its time, pair and deliverable, a return with its reason."""
    found = asked(latest=[(W, "A", "B", "leads", "sent back", "incomplete"), (W, "C", "D", "fix", "accepted", "")])
    assert found.latest[1] == HandoffStep(W, "C", "D", "fix", "accepted", "")
    assert list(plain(found))[-2:] == [
        "20:00:05  A > B: leads sent back (incomplete)",
        "20:00:05  C > D: fix accepted",
    ]


def test_the_terminal_shows_the_same_cells() -> None:
    """Drawn for a terminal, each column's name and each cell are there."""
    console = Console(file=StringIO(), width=160, force_terminal=False)
    console.print(drawn(moment()))
    text = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert all(name in text for name in COLUMNS)
    assert all(cell.strip() in text for cell in cells(moment().pairs[0]))
