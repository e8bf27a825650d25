"""The partitions a worker holds: each opened from its newest saved state, and let go when it is revoked.

Every worker keeps its states in its own directory, so a zombie can't lock out its successor. What a state lacks is read
again from the log; writing it again changes nothing.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from schemas.installation import Installation
from schemas.settings import Settings
from streams.engine.copies import Copies
from streams.engine.head import Head, Identity, checked, decoded, fresh
from streams.engine.limits import DeadLetterLimit
from streams.engine.ports import Fold, Outbox, StateStore
from streams.engine.rocks import RocksStore
from streams.engine.run import PartitionRun

_log = structlog.get_logger("assignment")
FoldOf = Callable[[StateStore, int], Fold]
"""Makes a stage's fold from a partition's store and number."""


@dataclass(frozen=True)
class Stage:
    """What a stage is made of, the same for all its partitions."""

    name: str
    topic: str
    topic_id: str
    partitions: int
    fold_version: int
    fold_of: FoldOf
    installation: Installation

    def identity(self, partition: int) -> Identity:
        """What a partition's saved state must have been made with."""
        fold = self.installation.fold
        return Identity(
            self.name,
            self.installation.generation,
            self.topic_id,
            partition,
            self.partitions,
            self.fold_version,
            fold.time_zone,
            fold.horizon_days,
        )


@dataclass
class _Held:
    run: PartitionRun
    store: StateStore
    copies: Copies
    copied_at: float
    turn: asyncio.Lock


class Assignment:
    """The runs of the partitions held now."""

    def __init__(self, stage: Stage, settings: Settings, outbox: Outbox) -> None:
        self._stage = stage
        self._outbox = outbox
        self._root = settings.home / "state" / settings.worker / f"g{stage.installation.generation}"
        self._copies_url = settings.state_url or str((settings.home / "copies").resolve())
        self._copy_seconds = settings.copy_seconds
        self._limit = DeadLetterLimit(settings.dead_letter_share, settings.dead_letter_run)
        self._held: dict[int, _Held] = {}

    def open(self, partition: int, start: int, end: int) -> int:
        """Open a partition whose log holds offsets ``start`` to ``end``; gives the offset to read from.

        Raises ``Stop`` when its saved state does not fit this installation or the log. A partition that is open already
        goes on where it is.
        """
        held = self._held.get(partition)
        if held is None:
            held = self._held[partition] = self._restore(partition, start, end)
            _log.info("partition opened", stage=self._stage.name, partition=partition, offset=held.run.next_offset, end=end)
        return held.run.next_offset

    async def handle(self, partition: int, records: Sequence[Any]) -> int | None:
        """Give records to the partition's run; see ``PartitionRun.handle``. None as well when it is not held any more."""
        held = self._held.get(partition)
        if held is None:
            return None
        # Faust cancels who waits here when it stops fetching; the steps themselves are never cut short.
        return await asyncio.shield(self._steps(held, records))

    async def _steps(self, held: _Held, records: Sequence[Any]) -> int | None:
        async with held.turn:
            offset = await held.run.handle(records)
            if offset is not None and time.monotonic() - held.copied_at > self._copy_seconds:
                held.copied_at = time.monotonic()
                await asyncio.to_thread(held.copies.put, held.store, offset, self._root / "scratch")
            return offset

    def skip_to(self, partition: int, offset: int) -> None:
        """The log holds nothing before ``offset``; go on there."""
        self._held[partition].run.skip_to(offset)

    async def close(self, partition: int) -> int | None:
        """Let a partition go once its running batch is done. Gives the saved offset; what came after is in the log."""
        held = self._held.pop(partition, None)
        if held is None:
            return None
        async with held.turn:
            held.store.close()
        _log.info("partition closed", stage=self._stage.name, partition=partition, saved=held.run.saved.offset)
        return held.run.saved.offset

    def counters(self) -> dict[int, dict[str, int]]:
        """What each partition held has counted since it was opened."""
        return {partition: dict(held.run.counters) for partition, held in self._held.items()}

    def _restore(self, partition: int, start: int, end: int) -> _Held:
        directory = self._root / f"{self._stage.name}-{partition}"
        generation = self._stage.installation.generation
        copies = Copies(self._copies_url, f"{self._stage.name}/g{generation}/p{partition}")
        identity = self._stage.identity(partition)
        store = RocksStore(directory)
        saved = store.head()
        newest = next(iter(copies.offsets()), -1)
        if newest > (decoded(saved, identity).offset if saved else 0):
            store.close()
            copies.fetch(newest, directory)
            store = RocksStore(directory)
            saved = store.head()
        head: Head = checked(saved, identity, start, end) if saved else fresh(identity, start)
        until = self._stage.installation.rebuilt_until.get(partition, -1)
        fold = self._stage.fold_of(store, partition)
        run = PartitionRun(self._stage.topic, head, fold, store, self._outbox, self._limit, until)
        return _Held(run, store, copies, time.monotonic(), asyncio.Lock())
