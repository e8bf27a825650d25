"""The made-up log."""

import json
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from producers.importers.import_log import import_log
from producers.importers.mapping import load
from producers.importers.sample_log import MAPPING, START_MS, STATES, TEAMS, ticket_changes, ticket_events, write_log
from schemas.event_codec import decode
from schemas.fields import to_ms


def test_the_same_seed_gives_the_same_log(tmp_path: Path) -> None:
    """A seed decides every byte; another seed gives another log."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_log(tmp_path / name, 100, seed)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()


def test_the_sample_is_wholly_usable_and_has_everything(tmp_path: Path) -> None:
    """Every row can be used, every word is mapped, all teams take part, and work comes back and is opened again."""
    rows = write_log(tmp_path / "sample.csv", 500)
    result = import_log(tmp_path / "sample.csv", load(MAPPING), None, dry_run=True)
    seen = result.counts
    assert (result.rows, result.bad_rows, seen.items, set(seen.teams)) == (rows, 0, 500, set(TEAMS))
    assert (dict(seen.unmapped), dict(seen.not_due), seen.time_clamped) == ({}, {}, 0)
    listed = list(ticket_changes(500, 1))
    assert {c.state for c in listed} == set(STATES)
    assert any(c.team is None for c in listed)
    paths: dict[str, list[str | None]] = {}
    for c in listed:
        if paths.setdefault(c.ticket, [])[-1:] != [c.team]:
            paths[c.ticket].append(c.team)
    assert any(a == c for path in paths.values() for a, c in zip(path, path[2:], strict=False))


def test_events_ascend_and_decode() -> None:
    """Events for a topic come in the order of time, with their subject as key, and any number can be taken."""
    found = [decode(key, value) for key, value in islice(ticket_events(10**9), 3000)]
    assert [e.time for e in found] == sorted(e.time for e in found)
    assert len({e.id for e in found}) == 3000
    assert len([*ticket_events(20)]) == 2 * len([*ticket_changes(20, 1)])
    assert json.loads(next(ticket_events(20))[1])["data"]["deliverable"]


@pytest.mark.parametrize("items", [2000, 30_000])
def test_a_log_of_any_size_is_of_the_past(items: int) -> None:
    """Many tickets stand closer together instead of running into the future; few keep their eleven minutes."""
    opened = last = 0
    for change in ticket_changes(items, 1):
        opened, last = (change.time_ms if change.sequence == 0 else opened), change.time_ms
    assert (opened - START_MS) / items / 60_000 == pytest.approx(min(10.5, 133 * 24 * 60 / items), rel=0.1)
    assert last < to_ms(datetime(2026, 6, 1, tzinfo=UTC))
