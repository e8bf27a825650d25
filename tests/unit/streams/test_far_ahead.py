"""Case 02 at the worker: a log whose years were moved to 2100 and beyond is parked, and counted against its source alone."""

import asyncio
import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from schemas import ticks
from schemas.dead_letters import DeadLetter
from schemas.event_codec import make
from schemas.fields import parse_time, to_ms
from streams.engine.checkpoint import StateIdentity, fresh
from streams.engine.dead_letter_limit import DeadLetterLimit
from streams.engine.memory_outbox import MemoryOutbox
from streams.engine.memory_store import MemoryStore
from streams.engine.partition_run import PartitionRun
from streams.journeys.fold import VERSION, Journeys
from streams.stages import events_run
from tests.laws.histories import Rec, tick

NOW = to_ms(parse_time("2026-11-27T22:00:00Z"))
SOURCE = "import/case-02"
Real = Callable[[str], Path]


def moved(item: str, number: int, time_ms: int, team: str, source: str) -> tuple[str, bytes]:
    """One move."""
    parts = {"id": f"{item}-{number}", "source": source, "subject": item, "time_ms": time_ms}
    return item, make("baton.item.moved.v1", body={"to": team}, **parts)  # type: ignore[arg-type]  # texts and a number


def case_02(real_logs: Real) -> Iterator[tuple[str, bytes]]:
    """A move for each row of the file."""
    with real_logs("cases/02.csv").open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter=";")):
            time_ms = to_ms(parse_time(row["changed"].replace(" ", "T") + ":00Z"))
            yield moved(row["id"], number, time_ms, row["team"], SOURCE)


def run(records: list[tuple[str, bytes]], limit: DeadLetterLimit, batch: int = 100) -> tuple[PartitionRun[Any], MemoryOutbox]:
    """A partition's run through records, all appended ``NOW``, and a tick behind them."""
    log = [*records, (ticks.KEY.decode(), tick(NOW))]
    store, outbox = MemoryStore(), MemoryOutbox()
    head = fresh(StateIdentity("journeys", 1, "t", 0, 1, VERSION, "UTC", 400), 0)
    found = events_run("e", head, Journeys(store, 0, 1, 400, 100), store, outbox, limit)

    async def through() -> None:
        recs = [Rec(n, NOW, key.encode(), value) for n, (key, value) in enumerate(log)]
        for first in range(0, len(recs), batch):
            await found.handle(recs[first : first + batch])
        await found.landed()

    asyncio.run(through())
    return found, outbox


def test_case_02_is_parked_with_a_word_of_its_own(real_logs: Real) -> None:
    """Every row whose year lies too far ahead is a dead letter ``too_far_ahead``; a handful of them is no trouble."""
    events = list(case_02(real_logs))
    found, outbox = run(events, DeadLetterLimit(0.5, 500))
    letters = [letter for kind, _, letter in outbox.log if kind == "letter" and isinstance(letter, DeadLetter)]
    assert [letter.value for letter in letters] == [value for _, value in events]
    assert {letter.reason for letter in letters} == {"too_far_ahead"}
    assert found.sources_in_trouble == []


def flood() -> list[tuple[str, bytes]]:
    """3,000 moves in the year 2150 and later, and behind each hundred of them two of a desk's, of now."""
    found = []
    for n in range(3_000):
        found.append(moved(f"DC{n // 2}", n, NOW + (n % 100 + 124) * 365 * 86_400_000, "Ward", SOURCE))
        if n % 100 == 99:
            found += [moved(f"D{n}", m, NOW - 60_000 + m, team, "desk") for m, team in enumerate(("Desk", "Network"))]
    return found


def test_a_large_one_stops_nothing_and_the_desk_counts() -> None:
    """All of it is parked, its source is in trouble and the desk is not; the desk's items are published."""
    found, outbox = run(flood(), DeadLetterLimit(0.5, 500))
    (trouble,) = found.sources_in_trouble
    assert (trouble.sender, trouble.parked, trouble.reason) == (SOURCE, 3_000, "too_far_ahead")
    assert found.counters["source_in_trouble"] == 1 and found.counters["parked_too_far_ahead"] == 3_000
    items = {key for kind, key, _ in outbox.log if kind == "fact" and isinstance(key, bytes) and key.startswith(b"item\x1f")}
    assert len(items) == 30


def test_the_count_shapes_neither_state_nor_output() -> None:
    """Whatever the limit and the batches, what was published and saved is the same: a restart may count from nothing."""
    tight, loose = DeadLetterLimit(0.5, 500), DeadLetterLimit(1.0, 10**9)
    (_, one), (_, other) = run(flood(), tight, batch=7), run(flood(), loose, batch=999)
    assert sorted(map(repr, one.log)) == sorted(map(repr, other.log))
