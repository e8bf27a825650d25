"""`baton report`: what is told of a span, of an empty home and of one whose facts are still on their way."""

import json
from dataclasses import replace
from datetime import datetime

from baton.report.report_lines import as_json, lines
from baton.report.whole_span import BackAndForth, Item, Pair, Totals, WholeSpan

THEN = datetime(2016, 2, 29, 1, 16)
TOTALS = Totals(datetime(2016, 6, 1), THEN, datetime(2016, 5, 31), 1200, 300, 1412, 40, 90, 120, 7)
MANY = Pair("Desk", "Network", 900, 850, 800, 0.9412, 30, 12, 0.25, 30.0, 0.5)
POOR = Pair("Desk", "Cloud", 40, 25, 10, 0.4, 14, 0, 3.5, 9.0, None)
FEW = Pair("Desk", "Field", 4, 3, 0, None, 3, 0, 90.0, 99.0, None)
SPAN = WholeSpan(
    TOTALS,
    5000,
    [MANY, POOR, FEW],
    [BackAndForth("Cloud", "Desk", 20, 9, 3, 31)],
    [Item("T-7", 4, 1, ["Desk", "Cloud", "Desk"])],
)


def test_a_span_is_told() -> None:
    """Totals with their span; pairs; the worst and the slowest of those that have twenty decided handoffs; ping-pong."""
    told = "\n".join(lines(SPAN))
    head, _, rest = told.partition("\n\nMost handoffs")
    assert "1,200 work items from 2016-02-29 to 2016-05-31, 944 handoffs of 3 pairs" in head
    assert "1,412 reassignments of 300 items, 90 bounces of 40" in head
    _, _, worst = rest.partition("Worst first pass")
    worst, _, slowest = worst.partition("Slowest to decide")
    assert [line.split("  ")[0] for line in worst.splitlines()[2:4]] == ["Desk > Cloud", "Desk > Network"]
    assert "40% of 25" in worst and "15 min" in worst and "Field" not in worst
    assert [line.split("  ")[0] for line in slowest.splitlines()[2:4]] == ["Desk > Network", "Desk > Cloud"]
    assert "Cloud and Desk" in slowest and slowest.endswith("T-7         4        1  Desk > Cloud > Desk")


def test_an_empty_home_says_what_to_do() -> None:
    """Without events: import something; with events and no facts: wait."""
    nothing = replace(SPAN, totals=replace(TOTALS, w=None, items=0), events=0, pairs=[])
    assert "baton import FILE" in "\n".join(lines(nothing))
    waiting = "\n".join(lines(replace(nothing, events=7)))
    assert "7 events have arrived" in waiting and "`baton wait`" in waiting and "import" not in waiting


def test_json_has_the_same() -> None:
    """One object, times with their zone."""
    told = json.loads(as_json(SPAN))
    assert told["totals"]["first_at"] == "2016-02-29T01:16:00+00:00" and told["events"] == 5000
    assert [pair["customer"] for pair in told["worst_first_pass"]] == ["Cloud", "Network"]
    assert told["ping_pong_items"] == [{"item": "T-7", "bounces": 4, "reopens": 1, "path": ["Desk", "Cloud", "Desk"]}]
