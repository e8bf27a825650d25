"""The real logs through importer and journeys fold: the facts say what the logs' own counters and SOURCES.md say."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from producers.importers.mapping import Mapping, load
from schemas.events import TICK
from schemas.topics import EVENTS
from tests.oracles.case_logs import BPIC, UCI, case_log
from tests.oracles.counts import (
    BPIC_BY_LINE,
    BPIC_COUNTS,
    BPIC_ITEMS,
    UCI_COUNTS,
    UCI_ITEMS,
    UCI_REASSIGNMENT_COUNTS,
    Both,
    Counts,
)
from tests.oracles.folding import Facts, folded, imported, items_of
from tests.oracles.known import MAPPINGS, all_of, log_of

pytestmark = pytest.mark.real
Real = Callable[[str], Path]
EVERY_LOG = pytest.mark.parametrize("name", [UCI, BPIC], ids=["uci", "bpic"])


def once(path: Path, name: str) -> Facts:
    """The facts of the file as it is; folded once for all tests."""
    return items_of(all_of(path, name))


def both(facts: Facts, field: str) -> Both:
    """(sum over all items, items with at least one)."""
    counts = [getattr(fact, field) for fact in facts.values()]
    return sum(counts), sum(count > 0 for count in counts)


def counted(facts: Facts, wanted: Counts) -> Counts:
    """The figures that ``wanted`` has."""
    return wanted._replace(**{field: both(facts, field) for field, own in wanted._asdict().items() if own is not None})


def differing(facts: Facts, others: Facts) -> list[str]:
    """Items whose facts differ in anything but version and W."""
    return [item for item in facts.keys() | others.keys() if facts.get(item) != others.get(item)]


def last_rows(path: Path) -> dict[str, tuple[int, int]]:
    """Of each incident's last row ServiceNow's own (reopen_count, reassignment_count)."""
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[-1]) as packed:
        rows = csv.DictReader(io.TextIOWrapper(packed, "utf-8", newline=""))
        return {row["number"]: (int(row["reopen_count"]), int(row["reassignment_count"])) for row in rows}


def test_uci_has_its_own_counts(real_logs: Real) -> None:
    """All ten figures of SOURCES.md for UCI 498, those with ``?`` as a place included, are those of the facts."""
    facts = once(real_logs(UCI), UCI)
    assert len(facts) == UCI_ITEMS
    assert counted(facts, UCI_COUNTS) == UCI_COUNTS


def test_bpic_has_its_own_counts(real_logs: Real) -> None:
    """All eight figures of SOURCES.md for BPIC 2013 by team are those of the facts."""
    facts = once(real_logs(BPIC), BPIC)
    assert len(facts) == BPIC_ITEMS
    assert counted(facts, BPIC_COUNTS) == BPIC_COUNTS


def by_line() -> Mapping:
    """BPIC read by organisation line instead of team."""
    preset = load(MAPPINGS[BPIC])
    return preset.model_copy(update={"team": preset.team.model_copy(update={"column": ("organization involved",)})})


def test_bpic_by_organisation_line_has_its_own_counts(real_logs: Real) -> None:
    """With another column as the team the facts have SOURCES.md's figures for that reading."""
    facts = folded(imported([real_logs(BPIC)], by_line()))
    assert counted(facts, BPIC_BY_LINE) == BPIC_BY_LINE


def test_servicenow_counted_the_same_reopens(real_logs: Real) -> None:
    """In every one of the 24,918 incidents the fact's reopens are ServiceNow's own reopen_count."""
    facts, last = once(real_logs(UCI), UCI), last_rows(real_logs(UCI))
    assert {item: fact.reopens for item, fact in facts.items()} == {item: counts[0] for item, counts in last.items()}


def test_servicenow_counted_nearly_the_same_reassignments(real_logs: Real) -> None:
    """ServiceNow's reassignment_count is the fact's assignment_changes in 99.6 % of the incidents and nowhere smaller."""
    facts, last = once(real_logs(UCI), UCI), last_rows(real_logs(UCI))
    changes = {item: fact.assignment_changes for item, fact in facts.items()}
    assert [item for item, count in changes.items() if count > last[item][1]] == []
    assert sum(last[item][1] for item in changes) == UCI_REASSIGNMENT_COUNTS
    assert sum(last[item][1] == count for item, count in changes.items()) >= 0.996 * UCI_ITEMS


@EVERY_LOG
def test_three_overlapping_pieces_give_the_same_facts(real_logs: Real, tmp_path: Path, name: str) -> None:
    """A log in three exports that overlap, the newest imported first, gives the very same facts as in one."""
    whole = once(real_logs(name), name)
    pieces = case_log(real_logs(name)).pieces(tmp_path)
    assert differing(folded(imported(pieces, load(MAPPINGS[name]))), whole) == []


@EVERY_LOG
def test_importing_twice_gives_the_same_facts(real_logs: Real, name: str) -> None:
    """The same file imported a second time changes no fact."""
    path = real_logs(name)
    again = imported([path], load(MAPPINGS[name]), behind=log_of(path, name))
    assert differing(folded(again), once(path, name)) == []


@EVERY_LOG
def test_shuffled_cases_give_the_same_facts(real_logs: Real, tmp_path: Path, name: str) -> None:
    """The order of the cases in the file means nothing."""
    shuffled = case_log(real_logs(name)).shuffled(tmp_path, 498)
    assert differing(folded(imported(shuffled, load(MAPPINGS[name]))), once(real_logs(name), name)) == []


def test_without_trusting_the_rows_the_counts_differ(real_logs: Real) -> None:
    """Negative control: UCI sorted by time alone has one reopen more than ServiceNow counted, and other facts."""
    facts = folded(imported([real_logs(UCI)], load(MAPPINGS[UCI]).model_copy(update={"order": "time"})))
    assert both(facts, "reopens") == (332, 276)
    assert differing(facts, once(real_logs(UCI), UCI))


def test_without_places_in_the_source_the_counts_differ(real_logs: Real) -> None:
    """Negative control: with every sequence 0, so that ids decide among rows of one minute, every figure is another."""
    log = copy(log_of(real_logs(UCI), UCI))
    unplaced = [[record._replace(value=_unplaced(record.value or b"")) for record in part] for part in log.topics[EVENTS]]
    log.topics = {**log.topics, EVENTS: unplaced}
    found = counted(folded(log), UCI_COUNTS)
    assert not any(figure == own for figure, own in zip(found, UCI_COUNTS, strict=True))


def _unplaced(value: bytes) -> bytes:
    event: dict[str, Any] = json.loads(value)
    if event["type"] != TICK:
        event["sequence"] = 0
    return json.dumps(event).encode()
