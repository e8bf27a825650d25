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

MAPPING = "sample"
"""Name of the preset that reads what ``write_log`` writes."""
TEAMS = ("Service Desk", "Workplace", "Network", "Database", "Applications", "Cloud", "Security", "Field Service")
KINDS = ("incident", "access request", "change", "order")
REASONS = ("wrong team", "needs specialist", "information missing", "for approval")
STATES = {"New": "queued", "In progress": "working", "Pending": "waiting", "Solved": "resolved", "Closed": "closed"}
COLUMNS = ("ticket", "changed_at", "group", "state", "kind", "reason", "due")
START_MS = to_ms(datetime(2026, 1, 5, 6, tzinfo=UTC))
_MINUTE = 60_000
_BETWEEN = 11 * _MINUTE
_OPENING = 133 * 24 * 60 * _MINUTE
"""All tickets are opened within it, however many they are: the log ends before June 2026, far from the future."""


class TicketChange(NamedTuple):
    """One row of the log: a ticket after something happened to it."""

    time_ms: int
    ticket: str
    place: int
    team: str | None
    state: str
    kind: str
    reason: str | None
    due_ms: int


def ticket_changes(items: int, seed: int) -> Iterator[TicketChange]:
    """The history of ``items`` tickets, ascending by time. Memory grows with the tickets open at once only."""
    chance = Random(seed)
    soon: list[TicketChange] = []
    between = min(_BETWEEN, _OPENING / max(items, 1))
    opens = float(START_MS)
    for number in range(1, items + 1):
        gap = chance.expovariate(1 / between)
        opens += gap // _MINUTE * _MINUTE if between == _BETWEEN else gap  # rounded, a large log's gaps would be nothing
        opens_ms = int(opens) // _MINUTE * _MINUTE
        while soon and soon[0].time_ms < opens_ms:
            yield heappop(soon)
        for change in _ticket(f"T-{number:07d}", opens_ms, chance):
            heappush(soon, change)
    while soon:
        yield heappop(soon)


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
        common = {"source": "sample", "subject": c.ticket, "time_ms": c.time_ms, "sequence": c.place}
        move = {"to": c.team, "deliverable": c.kind, "due": from_ms(c.due_ms)} | ({"reason": c.reason} if c.reason else {})
        key, identity = c.ticket.encode(), f"{c.ticket}-{c.place}"
        yield key, make(MOVED, id=identity + ":moved", body=move, **common)  # type: ignore[arg-type]  # a dict of mixed kinds
        status = {"status": STATES[c.state], "word": c.state}
        yield key, make(STATUS_SET, id=identity + ":status", body=status, **common)  # type: ignore[arg-type]  # as above


def _ticket(name: str, opened_ms: int, chance: Random) -> list[TicketChange]:
    """One ticket from New to Closed: some are passed on, some come back at once, some are opened again."""
    kind = chance.choices(KINDS, (6, 3, 2, 1))[0]
    due_ms = opened_ms + chance.choice((1, 2, 5)) * 24 * 60 * _MINUTE
    now, place, found = opened_ms, 0, list[TicketChange]()

    def note(team: str | None, state: str, reason: str | None = None) -> None:
        nonlocal now, place
        found.append(TicketChange(now, name, place, team, state, kind, reason, due_ms))
        place += 1
        now += int(chance.lognormvariate(3.2, 1.0) + 1) * _MINUTE

    team = TEAMS[0] if chance.random() < 0.8 else chance.choice(TEAMS)
    note(team if chance.random() < 0.9 else None, "New")
    note(team, "In progress")
    for _ in range(chance.choices((0, 1, 2, 3, 4), (45, 30, 14, 7, 4))[0]):
        before, team = team, chance.choice([other for other in TEAMS if other != team])
        note(team, "New", chance.choice(REASONS))
        if chance.random() < 0.18:  # sent back untouched, and often handed over once more
            note(before, "New", "information missing")
            note(before, "In progress")
            team = team if chance.random() < 0.7 else before
            if team != before:
                note(team, "New", "needs specialist")
        note(team, "In progress")
        if chance.random() < 0.2:
            note(team, "Pending")
            note(team, "In progress")
    note(team, "Solved")
    if chance.random() < 0.06:
        note(team, "In progress")
        note(team, "Solved")
    note(team, "Closed")
    return found


def _text(ms: int) -> str:
    return f"{from_ms(ms):%Y-%m-%d %H:%M}"
