"""The real logs, imported: what the emitted events say equals what the logs' own counters and SOURCES.md say.

The fold here is a few lines of its own on purpose: it shares nothing with the pipeline's.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from broker.memory_broker import MemoryBroker
from producers.importers.import_log import import_log
from producers.importers.import_result import ImportResult
from producers.importers.mapping import Mapping, load
from schemas.topics import DEAD_LETTERS, EVENTS

pytestmark = pytest.mark.real
UCI, BPIC = "uci-498/incident_event_log.zip", "bpic2013/incidents.xes.gz"
Real = Callable[[str], Path]


class ItemEvents:
    """What the events of one item say: where it was, and in which statuses, in their order."""

    def __init__(self) -> None:
        self.teams: list[str | None] = []
        self.statuses: list[str] = []

    def path(self, unassigned: str | None = None) -> list[str]:
        steps: list[str] = []
        for holder in self.teams:
            team = holder or unassigned
            if team and steps[-1:] != [team]:
                steps.append(team)
        return steps

    def reopens(self) -> int:
        held, count = False, 0
        for status in self.statuses:
            if status in {"resolved", "closed"}:
                held = True
            elif held:
                held, count = False, count + 1
        return count


def imported(path: Path, mapping: Mapping) -> tuple[ImportResult, dict[str, ItemEvents]]:
    """The result and, of the events in the log, each item's story, sorted by time and sequence as every reader does."""
    log = MemoryBroker({EVENTS: 3, DEAD_LETTERS: 1}, lambda: 0)
    result = import_log(path, mapping, log)
    events = [json.loads(record.value or b"") for part in log.topics[EVENTS] for record in part]
    found = sorted(
        (e["subject"], e["time"], e.get("sequence", 0), "status" in e["data"], e["data"].get("status", e["data"].get("to")))
        for e in events
    )
    items: dict[str, ItemEvents] = {}
    for subject, _, _, is_status, word in found:
        item = items.setdefault(subject, ItemEvents())
        (item.statuses if is_status else item.teams).append(word)
    return result, items


def both(counts: Iterator[int]) -> tuple[int, int]:
    """(sum, items with at least one)."""
    listed = list(counts)
    return sum(listed), sum(count > 0 for count in listed)


def reassignments(path: list[str]) -> int:
    return max(len(path) - 1, 0)


def bounces(path: list[str]) -> int:
    return sum(a == c for a, c in zip(path, path[2:], strict=False))


def revisits(path: list[str]) -> int:
    return len(path) - len(set(path))


def counts(items: dict[str, ItemEvents], unassigned: str | None = None) -> tuple[tuple[int, int], ...]:
    paths = [item.path(unassigned) for item in items.values()]
    return tuple(both(measure(path) for path in paths) for measure in (reassignments, bounces, revisits))


def test_bpic_by_team_has_the_logs_own_counts(real_logs: Real) -> None:
    """By support team, paths and reopens of the emitted events are SOURCES.md's, all eight figures."""
    result, items = imported(real_logs(BPIC), load("bpic-2013"))
    assert counts(items) == ((9454, 3820), (2394, 1177), (3286, 1258))
    assert both(item.reopens() for item in items.values()) == (580, 514)
    assert (result.rows, result.counts.items, len(result.counts.teams)) == (65_533, 7_554, 649)
    assert (result.bad_rows, dict(result.counts.unmapped)) == (0, {})


def test_bpic_by_organisation_line_has_the_logs_own_counts(real_logs: Real) -> None:
    """With the team's key changed to the organisation line the paths are SOURCES.md's for that reading."""
    preset = load("bpic-2013")
    lines = preset.model_copy(update={"team": preset.team.model_copy(update={"column": ("organization involved",)})})
    _, items = imported(real_logs(BPIC), lines)
    assert counts(items) == ((4350, 2034), (1876, 883), (2058, 891))


def test_uci_has_the_logs_own_counts(real_logs: Real) -> None:
    """Paths with and without the unassigned queue, and reopens, are SOURCES.md's; and ServiceNow's own counters agree:
    reopen_count in every incident, reassignment_count never below the steps and equal in 99.63 %."""
    result, items = imported(real_logs(UCI), load("uci-498"))
    assert (result.rows, result.counts.items, len(result.counts.teams)) == (141_712, 24_918, 78)
    assert (result.bad_rows, dict(result.counts.unmapped), result.counts.words["-100"]) == (0, {}, 5)
    assert counts(items) == ((19_087, 9_575), (3_675, 2_216), (4_973, 2_628))
    assert counts(items, "unassigned") == ((23_321, 11_344), (3_726, 2_330), (5_725, 2_971))
    assert both(item.reopens() for item in items.values()) == (331, 275)
    last = last_rows(real_logs(UCI))
    assert {case: item.reopens() for case, item in items.items()} == {case: row[0] for case, row in last.items()}
    steps = {case: reassignments(item.path("unassigned")) for case, item in items.items()}
    assert all(last[case][1] >= count for case, count in steps.items())
    assert sum(last[case][1] for case in steps) == 23_414
    assert round(100 * sum(last[case][1] == count for case, count in steps.items()) / len(steps), 2) == 99.63


def test_uci_without_lifting_times_would_differ(real_logs: Real) -> None:
    """Negative control: sorted by time alone, without lifting what runs backwards, UCI gives 332 reopens."""
    uci = load("uci-498")
    _, items = imported(real_logs(UCI), uci.model_copy(update={"order": "time"}))
    assert both(item.reopens() for item in items.values())[0] == 332


def last_rows(path: Path) -> dict[str, tuple[int, int]]:
    """Of each incident's last row: (reopen_count, reassignment_count)."""
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[-1]) as packed:
        rows = csv.DictReader(io.TextIOWrapper(packed, "utf-8", newline=""))
        return {row["number"]: (int(row["reopen_count"]), int(row["reassignment_count"])) for row in rows}
