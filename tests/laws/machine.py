"""Drives partition runs over a log with random batches and crashes, and reads what a warehouse would hold."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Self

from schemas.dead_letters import DeadLetter
from schemas.keys import SEPARATOR
from schemas.record_codec import decode_contribution, decode_fact
from schemas.structs.fact_records import VerdictRecord
from schemas.watermarks import version_of
from streams.engine.checkpoint import Checkpoint, StateIdentity, checked, fresh
from streams.engine.dead_letter_limit import DeadLetterLimit
from streams.engine.memory_outbox import MemoryOutbox
from streams.engine.memory_store import MemoryStore
from streams.engine.partition_run import PartitionRun
from streams.engine.ports import Outgoing, StateStore, Tick
from streams.journeys.fold import VERSION, Journeys
from streams.stages import events_run
from tests.laws.histories import Rec
from tests.laws.scratch import CONTRIBUTION, ZONE, Published, giver, in_order

GENERATION = 1
LIMIT = DeadLetterLimit(1.0, 1_000_000)


class Crash(Exception):
    """``kill -9``: everything in memory is gone."""


class Fuse:
    """Blows at the n-th step, before or after its effect."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def burn(self) -> None:
        """One step; raises ``Crash`` when it is the one."""
        self.left -= 1
        if self.left == 0:
            raise Crash


class CrashingOutbox(MemoryOutbox):
    """Acknowledges records one by one; a crash may come between any two, so any prefix can stand."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self.fuse = fuse

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Facts, one at a time."""
        for record in records:
            await asyncio.sleep(0)
            self.fuse.burn()
            await super().publish([record])
        self.fuse.burn()

    async def watermark(self, partition: int, ticks: Sequence[Tick]) -> None:
        """Watermarks, one at a time."""
        for tick in ticks:
            await asyncio.sleep(0)
            self.fuse.burn()
            await super().watermark(partition, [tick])
        self.fuse.burn()

    async def dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Letters, one at a time."""
        for letter in letters:
            await asyncio.sleep(0)
            self.fuse.burn()
            await super().dead_letters([letter])


class CrashingStore(MemoryStore):
    """Saves all or nothing; a crash may come just before or just after."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self.fuse = fuse

    def save(self, changes: Mapping[bytes, bytes | None], head: bytes) -> None:
        """One atomic step."""
        self.fuse.burn()
        super().save(changes, head)
        self.fuse.burn()


RunOf = type[PartitionRun[Any]]
FoldOf = Callable[[StateStore, int], Journeys]


def journeys(store: StateStore, partition: int) -> Journeys:
    """The fold under test, with a tiny memory so that items come and go; see ``roomy``."""
    return Journeys(store, partition, GENERATION, 400, 1, time_zone=ZONE)


def roomy(store: StateStore, partition: int) -> Journeys:
    """The fold under test, with memory for all items, so that folds go on where the last one stood."""
    return Journeys(store, partition, GENERATION, 400, 1000, time_zone=ZONE)


class Driven(ABC):
    """One partition of a stage through crashes: ``drive`` to the end of its log, then read ``outbox.log``."""

    farthest = 40
    """Steps until a crash, at most."""

    def __init__(self, log: list[Rec], rng: Random, crashes: int, identity: StateIdentity) -> None:
        self.log, self.rng, self.crashes, self.identity = log, rng, crashes, identity
        self.fuse = Fuse(0)
        self.outbox = CrashingOutbox(self.fuse)
        self.store = CrashingStore(self.fuse)

    def drive(self) -> Self:
        """Through the whole log, restarted after each crash."""
        for _ in range(self.crashes):
            self.fuse.left = self.rng.randrange(1, self.farthest)
            try:
                asyncio.run(self._once())
            except Crash:
                continue
            return self
        self.fuse.left = -1
        asyncio.run(self._once())
        return self

    def restarted(self) -> PartitionRun[Any]:
        """A run as after ``kill -9``: nothing but the last save."""
        saved = self.store.checkpoint()
        return self.run_from(checked(saved, self.identity, 0, len(self.log)) if saved else fresh(self.identity, 0))

    @abstractmethod
    def run_from(self, head: Checkpoint) -> PartitionRun[Any]:
        """The stage's run, from a head."""

    async def _once(self) -> None:
        run = self.restarted()
        at = max(run.next_offset - self.rng.randrange(3), 0)  # what lies below is skipped
        while at < len(self.log):
            size = self.rng.choice((1, 2, 5, 100))
            await run.handle(self.log[at : at + size])
            if self.rng.random() < 0.5:  # or read on while the steps are under way
                await run.landed()
            at += size
        await run.landed()


class Machine(Driven):
    """A partition of journeys."""

    def __init__(
        self, log: list[Rec], rng: Random, crashes: int, *, run_of: RunOf = PartitionRun, fold_of: FoldOf | None = None
    ) -> None:
        super().__init__(log, rng, crashes, StateIdentity("journeys", GENERATION, "topic", 0, 1, VERSION, "UTC", 400))
        self.run_of, self.fold_of = run_of, fold_of or rng.choice((journeys, roomy))

    def run_from(self, head: Checkpoint) -> PartitionRun[Any]:
        """The run under test."""
        return events_run("events", head, self.fold_of(self.store, 0), self.store, self.outbox, LIMIT, kind=self.run_of)


def as_of(log: list[tuple[str, Any, Any]], offset: int) -> Published:
    """What holds at a tick's offset: of each id the highest version not above it."""
    limit = version_of(GENERATION, offset)
    newest: Published = {}
    for what, key, value in log:
        if what not in {"fact", CONTRIBUTION}:
            continue
        record = decode_fact(value) if what == "fact" else decode_contribution(value)
        place = (what, key)
        if record.version <= limit and (place not in newest or newest[place].version <= record.version):
            newest[place] = record
    return dict(_told(what, key, record) for (what, key), record in newest.items() if _stands(what, record))  # type: ignore[arg-type]  # keys are bytes


def _stands(what: str, record: Any) -> bool:
    return bool(record.live) if what == CONTRIBUTION else not record.deleted


def _told(what: str, key: bytes, record: Any) -> tuple[tuple[str, ...], Any]:
    if what == CONTRIBUTION:
        of = giver(record.subject, record.source, record.id, record.group)
        return (CONTRIBUTION, record.scope, *record.parts, of), in_order(record.entries)
    body = record.body.reason if isinstance(record, VerdictRecord) else record.body
    return tuple(key.decode().split(SEPARATOR)), body


def published(machine: Machine) -> dict[int, Published]:
    """For each W, what a reader finds who reads at the moment its watermark first stands."""
    seen: dict[int, Published] = {}
    for position, (what, _, tick) in enumerate(machine.outbox.log):
        if what == "mark" and tick.w not in seen:  # type: ignore[attr-defined]  # a mark's third is its tick
            seen[tick.w] = as_of(machine.outbox.log[:position], tick.offset)  # type: ignore[attr-defined]  # a mark's third is its tick
    return seen


def final(machine: Machine) -> dict[int, Published]:
    """For each W, what a reader finds who asks for it at the very end."""
    log = machine.outbox.log
    return {tick.w: as_of(log, tick.offset) for what, _, tick in log if what == "mark"}  # type: ignore[attr-defined]  # a mark's third is its tick
