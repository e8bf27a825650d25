"""The guide to activity logs: its log, read with its mapping, gives what the page says."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from producers.importers.mapping import parse
from schemas.timestamps import HOUR_MS
from tests.house.metrics_page import Row, block, tables
from tests.oracles.folding import Folded, everything, imported

PAGE = Path(__file__).parents[2] / "docs" / "activity-logs.md"
HANDOFFS = ("item", "handoff", "offered", "what became of it", "at", "reason")
TIMES = ("item", "team", "touch", "queue")


@cache
def folded(folder: Path, row: str = "finished") -> Folded:
    """All that stands after the page's log, its rows read as ``row``."""
    page = PAGE.read_text(encoding="utf-8")
    log = folder / "approvals.csv"
    log.write_text(block(page, "approvals.csv"), encoding="utf-8")
    mapping = block(page, "approvals.yaml")
    assert "row: finished" in mapping
    return everything(imported([log], parse(mapping.replace("row: finished", f"row: {row}"), "approvals.yaml")))


def when(at: int | None) -> str:
    """A moment in ms as the page writes it."""
    return "" if at is None else f"{datetime.fromtimestamp(at / 1000, UTC):%m-%d %H:%M}"


def handoffs(found: Folded) -> list[Row]:
    """Each offer, and each thing that became of it: a row of the page."""
    told: list[tuple[str, int, Row]] = []
    for item, fact in ((key[1], body) for key, body in found.facts.items() if key[0] == "handoff"):
        for offer in fact.offers:
            fates = [(word, getattr(offer, f"{word.replace(' ', '_')}_at")) for word in ("accepted", "passed on", "returned")]
            for word, at in [(word, at) for word, at in fates if at is not None] or [("open", None)]:
                reason = (offer.reason or "") if word == "returned" else ""
                row = (item, f"{fact.supplier} > {fact.customer}", when(offer.offered_at), word, when(at), reason)
                told.append((item, offer.offered_at, row))
    return [row for *_, row in sorted(told)]


def times(found: Folded) -> list[Row]:
    """How many hours each team of an item had it, with and without work."""
    return [
        (item, team, *(f"{spent.get(team, 0) / HOUR_MS:g} h" for spent in (fact.touch_ms, fact.queue_ms)))
        for item, fact in sorted((key[1], body) for key, body in found.facts.items() if key[0] == "item")
        for team in sorted({*fact.touch_ms, *fact.queue_ms})
    ]


def on_page(header: Row) -> list[Row]:
    """The rows of the page's table with that header."""
    (table,) = [table for table in tables(PAGE.read_text(encoding="utf-8")) if table.header == header]
    return table.rows


def test_the_page_says_what_comes_out(tmp_path: Path) -> None:
    """Every handoff, what became of it and why, and who had each item how long: as the page's tables have it."""
    found = folded(tmp_path)
    assert handoffs(found) == on_page(HANDOFFS)
    assert times(found) == on_page(TIMES)
    assert [key for key in found.facts if key[0] == "anomaly"] == []
    assert {fact.reopens for fact in found.of("item")} == {0}


@pytest.mark.guard("moves")
def test_a_rejection_onward_is_no_first_pass(tmp_path: Path) -> None:
    """The team whose delivery was incomplete fails, whoever found out; the one between neither passes nor fails."""
    passes: dict[tuple[str, str], list[bool | None]] = {}
    for fact in folded(tmp_path).of("handoff"):
        passes.setdefault((fact.supplier, fact.customer), []).append(fact.first_pass)
    assert sorted(passes["EMPLOYEE", "ADMINISTRATION"], key=str) == [False, False, False, True]
    assert sorted(passes["ADMINISTRATION", "SUPERVISOR"], key=str) == [None, True, True, True]


@pytest.mark.control("moves")
def test_read_as_changes_nobody_waits(tmp_path: Path) -> None:
    """Negative control: with ``row: changed`` no offer waits at all, and each team's time is charged to the one before."""
    found = folded(tmp_path, "changed")
    waits = [
        offer.accepted_at - offer.offered_at for fact in found.of("handoff") for offer in fact.offers if offer.accepted_at
    ]
    assert set(waits) == {0}
    assert times(found) != times(folded(tmp_path))
    assert ("D1", "EMPLOYEE", "2 h", "0 h") in times(found)


def xes(rows: list[list[str]]) -> str:
    """The page's rows as an XES log, its keys those that the page names."""
    cases: dict[str, list[str]] = {}
    for case, finished, team, activity, why in rows:
        texts = {"concept:name": activity, "org:group": team, "why": why}
        cells = "".join(f'<string key="{key}" value="{text}"/>' for key, text in texts.items())
        cases.setdefault(case, []).append(
            f'<event>{cells}<date key="time:timestamp" value="{finished.replace(" ", "T")}Z"/></event>'
        )
    traces = (f'<trace><string key="concept:name" value="{case}"/>{"".join(events)}</trace>' for case, events in cases.items())
    return f"<log>{''.join(traces)}</log>"


def test_the_same_log_in_xes(tmp_path: Path) -> None:
    """As XES, with the columns the page names for it, the log gives the same handoffs and the same times."""
    page = PAGE.read_text(encoding="utf-8")
    keys = dict(re.findall(r"`(case|time|team|status): (?:\{column: )?([\w:]+)\}?`", page))
    mapping = (
        block(page, "approvals.yaml")
        .replace("format: csv", "format: xes")
        .replace("case: declaration", f"case: {keys['case']}")
    )
    for column, key in (("finished", keys["time"]), ("role", keys["team"]), ("activity", keys["status"])):
        mapping = mapping.replace(f"column: {column}\n", f"column: {key}\n")
    mapping = mapping.replace('  formats: "%Y-%m-%d %H:%M"\n', "")
    log = tmp_path / "approvals.xes"
    log.write_text(xes([line.split(";") for line in block(page, "approvals.csv").splitlines()[1:]]), encoding="utf-8")
    found = everything(imported([log], parse(mapping, "approvals.yaml")))
    assert handoffs(found) == on_page(HANDOFFS)
    assert times(found) == on_page(TIMES)
