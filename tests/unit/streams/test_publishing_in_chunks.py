"""What a cut publishes goes out in chunks, each acknowledged, and its watermark behind the last of them."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest

from schemas.topics import FACTS
from streams.engine import partition_run
from streams.engine.dead_letter_limit import DeadLetterLimit
from streams.engine.memory_outbox import MemoryOutbox
from streams.engine.memory_store import MemoryStore
from streams.engine.partition_run import PartitionRun
from streams.engine.ports import Cut, Outgoing, Tick
from tests.laws.histories import Rec
from tests.unit.scores.records import head

RECORDS = 25


class EveryRecordCloses:
    """Cuts of a log in which every record is a tick."""

    source, witnesses = "", 2
    trouble = ""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()

    def take(self, record: Rec) -> Cut[int]:
        """The cut of a record."""
        return Cut(Tick(record.offset, record.offset, record.timestamp), [], record.offset + 1, {})


class ManyRecords:
    """A fold that publishes much for a little; ``alive``: the most records of it that were made and not yet published."""

    def __init__(self, outbox: "CountingOutbox") -> None:
        self.counters: Counter[str] = Counter()
        self._outbox = outbox
        self.alive = 0

    def close(self, cut: Sequence[int], tick: Tick) -> Iterator[Outgoing]:
        """``RECORDS`` for each tick."""
        del cut
        for number in range(RECORDS):
            key = f"{tick.offset}-{number}".encode()
            self.alive = max(self.alive, tick.offset * RECORDS + number + 1 - len(self._outbox.published))
            yield Outgoing(FACTS, key, key, b"")

    def changes(self) -> dict[bytes, bytes | None]:
        """Nothing."""
        return {}


class CountingOutbox(MemoryOutbox):
    """Keeps the keys it has acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[bytes] = []

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Acknowledge them a moment later."""
        await asyncio.sleep(0)
        self.published += [record.key for record in records]
        await super().publish(records)


def _run(ticks: int) -> tuple[CountingOutbox, ManyRecords]:
    outbox = CountingOutbox()
    fold = ManyRecords(outbox)
    run: PartitionRun[int] = PartitionRun(
        "t", head(), cast(Any, EveryRecordCloses()), cast(Any, fold), MemoryStore(), outbox, DeadLetterLimit(1.0, 100)
    )

    async def all_of_it() -> None:
        await run.handle([Rec(offset, 0, b"", b"") for offset in range(ticks)])
        await run.landed()

    asyncio.run(all_of_it())
    return outbox, fold


@pytest.mark.guard("bounded cuts")
@pytest.mark.control("bounded cuts")
def test_a_cut_is_published_in_chunks(monkeypatch: Any) -> None:
    """No more than a chunk waits in memory, every record goes out once, and each watermark stands behind its records.

    Negative control: a chunk as large as what the cut publishes lets all of it wait."""
    monkeypatch.setattr(partition_run, "CHUNK", 10)
    outbox, fold = _run(3)
    assert fold.alive == 10
    assert outbox.published == [f"{tick}-{number}".encode() for tick in range(3) for number in range(RECORDS)]
    kinds = [kind for kind, _, _ in outbox.log]
    assert kinds == (["fact"] * RECORDS + ["mark"]) * 3
    monkeypatch.setattr(partition_run, "CHUNK", RECORDS)
    _, whole = _run(3)
    assert whole.alive == RECORDS
