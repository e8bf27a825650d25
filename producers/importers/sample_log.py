"""A small made-up log: the same seed gives the same tickets. For the demonstration, and in any size for benchmarks."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import NamedTuple

from producers.importers.case_events import MOVED, STATUS_SET
from schemas.event_codec import make
from schemas.fields import from_ms, to_ms
from schemas.timestamps import DAY_MS, MINUTE_MS

MAPPING = "sample"
"""Name of the preset that reads what ``write_log`` writes."""
TEAMS = ("Service Desk", "Workplace", "Network", "Database", "Applications", "Cloud", "Security", "Field Service")
KINDS = ("incident", "access request", "change", "order")
REASONS = ("wrong team", "needs specialist", "information missing", "for approval")
STATES = {"New": "queued", "In progress": "working", "Pending": "waiting", "Solved": "resolved", "Closed": "closed"}
COLUMNS = ("ticket", "changed_at", "group", "state", "kind", "reason", "due")
START_MS = to_ms(datetime(2026, 1, 5, 6, tzinfo=UTC))
_USUAL_GAP_MS = 11 * MINUTE_MS
_OPENING_MS = 133 * DAY_MS
"""All tickets are opened within it, however many they are: the log ends before June 2026, far from the future."""


class TicketChange(NamedTuple):
    """One row of the log: a ticket after something happened to it."""

    time_ms: int
    ticket: str
    sequence: int
    team: str | None
    state: str
    kind: str
    reason: str | None
    due_ms: int


def ticket_changes(items: int, seed: int) -> Iterator[TicketChange]:
    """The history of ``items`` tickets, ascending by time. Memory grows with the tickets open at once only."""
    rng = Random(seed)
    upcoming: list[TicketChange] = []
    between = min(_USUAL_GAP_MS, _OPENING_MS / max(items, 1))
    opens = float(START_MS)
    for number in range(1, items + 1):
        gap = rng.expovariate(1 / between)
        opens += (
            gap // MINUTE_MS * MINUTE_MS if between == _USUAL_GAP_MS else gap
        )  # rounded, a large log's gaps would be nothing
        opens_ms = int(opens) // MINUTE_MS * MINUTE_MS
        while upcoming and upcoming[0].time_ms < opens_ms:
            yield heappop(upcoming)
        for change in _ticket(f"T-{number:07d}", opens_ms, rng):
            heappush(upcoming, change)
    while upcoming:
        yield heappop(upcoming)


def write_log(path: Path, items: int = 2000, seed: int = 1) -> int:
    """Write the history as CSV, for the mapping ``sample``; the number of rows."""
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for c in ticket_changes(items, seed):
            out.writerow((c.ticket, _text(c.time_ms), c.team or "", c.state, c.kind, c.reason or "", _text(c.due_ms)))
            rows += 1
    return rows


def ticket_events(items: int, seed: int = 1) -> Iterator[tuple[bytes, bytes]]:
    """The same history as (key, value) of events, ascending by time, to fill a topic with."""
    for c in ticket_changes(items, seed):
        move: dict[str, object] = {"to": c.team, "deliverable": c.kind, "due": from_ms(c.due_ms)}
        if c.reason:
            move["reason"] = c.reason
        yield c.ticket.encode(), _event(MOVED, "moved", c, move)
        yield c.ticket.encode(), _event(STATUS_SET, "status", c, {"status": STATES[c.state], "word": c.state})


def _event(event_type: str, suffix: str, change: TicketChange, body: dict[str, object]) -> bytes:
    return make(
        event_type,
        id=f"{change.ticket}-{change.sequence}:{suffix}",
        source="sample",
        subject=change.ticket,
        time_ms=change.time_ms,
        body=body,
        sequence=change.sequence,
    )


def _ticket(name: str, opened_ms: int, rng: Random) -> list[TicketChange]:
    """One ticket from New to Closed: some are passed on, some come back at once, some are opened again."""
    kind = rng.choices(KINDS, (6, 3, 2, 1))[0]
    due_ms = opened_ms + rng.choice((1, 2, 5)) * DAY_MS
    now, found = opened_ms, list[TicketChange]()

    def note(team: str | None, state: str, reason: str | None = None) -> None:
        nonlocal now
        found.append(TicketChange(now, name, len(found), team, state, kind, reason, due_ms))
        now += int(rng.lognormvariate(3.2, 1.0) + 1) * MINUTE_MS

    team = TEAMS[0] if rng.random() < 0.8 else rng.choice(TEAMS)
    note(team if rng.random() < 0.9 else None, "New")
    note(team, "In progress")
    for _ in range(rng.choices((0, 1, 2, 3, 4), (45, 30, 14, 7, 4))[0]):
        before, team = team, rng.choice([other for other in TEAMS if other != team])
        note(team, "New", rng.choice(REASONS))
        if rng.random() < 0.18:  # sent back untouched, and often handed over once more
            note(before, "New", "information missing")
            note(before, "In progress")
            team = team if rng.random() < 0.7 else before
            if team != before:
                note(team, "New", "needs specialist")
        note(team, "In progress")
        if rng.random() < 0.2:
            note(team, "Pending")
            note(team, "In progress")
    note(team, "Solved")
    if rng.random() < 0.06:
        note(team, "In progress")
        note(team, "Solved")
    note(team, "Closed")
    return found


def _text(ms: int) -> str:
    return f"{from_ms(ms):%Y-%m-%d %H:%M}"
