"""The partitions a worker holds: each opened from its newest saved state, and let go when it is revoked.

Every worker keeps its states in its own directory, so a zombie can't lock out its successor. What a state lacks is read
again from the log; writing it again changes nothing.
"""

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from broker.records import Record
from runtime.daemon_thread import in_daemon_thread
from runtime.shutdown import StopRequested
from schemas.counters import CounterName
from schemas.errors import Stop
from schemas.settings import Settings
from streams.engine.checkpoint import decoded, restored
from streams.engine.dead_letter_limit import DeadLetterLimit
from streams.engine.parked_sources import report
from streams.engine.partition_run import Gap
from streams.engine.ports import Outbox, StateStore
from streams.engine.retention import drop_old_generations
from streams.engine.rocksdb_store import RocksStore
from streams.engine.snapshots import Snapshots, fetch_newest, freeze, offsets_of
from streams.engine.stage import AnyRun, Stage, copies_url, snapshots_of

_log = structlog.get_logger("assignment")
_SNAPSHOT_SECONDS = 10.0
"""So long a partition that is let go waits for a copy of its state that is under way."""


@dataclass
class _Held:
    run: AnyRun
    store: StateStore
    snapshots: Snapshots
    snapshot_at: float
    lock: asyncio.Lock
    committable: int
    snapshotting: asyncio.Task[None] | None = None


class Assignment:
    """The runs of the partitions held now. To make one removes what generations before the previous one left."""

    def __init__(self, stage: Stage, settings: Settings, outbox: Outbox) -> None:
        self._stage = stage
        self._outbox = outbox
        states = settings.home / "state" / settings.worker
        # Before any state is opened, and only in this worker's own directory: what another worker keeps is its own to remove.
        drop_old_generations(stage.name, stage.installation.generation, states, copies_url(settings), stage.directory)
        self._root = states / f"g{stage.installation.generation}"
        self._settings = settings
        self._snapshot_seconds = settings.copy_seconds
        self._limit = DeadLetterLimit(settings.dead_letter_share, settings.dead_letter_run)
        self._held: dict[int, _Held] = {}
        self.failed_snapshots = 0
        self.rounds = 0

    def open(self, partition: int, start: int, end: int) -> int:
        """Open a partition whose log holds offsets ``start`` to ``end``; gives the offset to read from.

        Raises ``Stop`` when its saved state does not fit this installation or the log. A partition that is open already
        goes on where it is.
        """
        # Blocks the event loop while RocksDB opens or a snapshot arrives. Heartbeats go on: Faust's client has its own thread.
        held = self._held.get(partition)
        if held is None:
            try:
                held = self._held[partition] = self._restore(partition, start, end)
            except Stop as stop:  # a checkpoint knows its partition; only here is it known of which topic
                raise Stop(f"{self._stage.topic}: {stop.problem}", stop.mend) from stop
            _log.info("partition opened", stage=self._stage.name, partition=partition, offset=held.run.next_offset, end=end)
        return held.run.next_offset

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Give records to the partition's run; see ``PartitionRun.handle``. Nothing happens when it is not held any more."""
        held = self._held.get(partition)
        if held is None:
            return
        # Faust cancels who waits here when it stops fetching; the steps themselves are never cut short.
        steps = asyncio.create_task(self._steps(partition, held, records))
        try:
            await asyncio.shield(steps)
        except asyncio.CancelledError:
            steps.add_done_callback(partial(_log_failure, partition))
            raise

    async def _steps(self, partition: int, held: _Held, records: Sequence[Record]) -> None:
        # One batch of a partition at a time. ``close`` takes the same lock, so a revocation waits for the batch under way.
        async with held.lock:
            await held.run.handle(records)
            idle = held.snapshotting is None or held.snapshotting.done()
            if idle and time.monotonic() - held.snapshot_at > self._snapshot_seconds:
                # Saves run in a thread: none may run while files are linked, or ``saved.offset`` would be of another one.
                await held.run.landed()
                # Set before the upload, so that one that fails is tried again an interval later and not with the next batch.
                held.snapshot_at = time.monotonic()
                frozen = await asyncio.to_thread(freeze, held.store, self._root / "scratch")
                copying = self._snapshot(partition, held.snapshots, frozen, held.run.saved.offset)
                held.snapshotting = asyncio.create_task(copying)

    async def committable(self) -> dict[int, int]:
        """Saved offsets that moved since the last call. Raises what a partition's steps failed with."""
        self.rounds += 1  # asked after every poll
        moved: dict[int, int] = {}
        for partition, held in self._held.items():
            # Where no further batch arrives, this is the only place that notices failed steps and stops the worker.
            if held.run.failed:
                await held.run.landed()
            if held.run.saved.offset != held.committable:
                moved[partition] = held.committable = held.run.saved.offset
        return moved

    async def _snapshot(self, partition: int, snapshots: Snapshots, frozen: Path, offset: int) -> None:
        """Upload beside the work. A snapshot is a convenience: whatever the file system says, the log still has everything."""
        try:
            await in_daemon_thread(partial(snapshots.upload, frozen, offset))
        except Exception as error:  # file systems of fsspec raise errors of their own libraries
            self.failed_snapshots += 1
            _log.warning(
                "no snapshot of the state; the next try is later",
                partition=partition,
                error=repr(error),
                failed=self.failed_snapshots,
            )
        finally:
            shutil.rmtree(frozen.parent, ignore_errors=True)

    def skip_to(self, partition: int, offset: int) -> None:
        """The log holds nothing before ``offset``; go on there."""
        self._held[partition].run.skip_to(offset)

    async def close(self, partition: int) -> int | None:
        """Let a partition go once its running batch is done. Gives the saved offset; what came after is in the log."""
        # Taken out before the wait: a batch that Faust still hands over finds no run and is dropped; it is in the log.
        held = self._held.pop(partition, None)
        if held is None:
            return None
        async with held.lock:
            try:
                await held.run.landed()
            except StopRequested:  # the broker is away and this process ends: the next start repeats the steps
                _log.info("stopped before the last steps were acknowledged", partition=partition)
            except Exception as error:  # whoever opens the partition next repeats the step, and meets the same
                _log.error("the last steps failed", partition=partition, error=repr(error))
            # RocksDB's lock file goes with it, and only then can this process open the directory again.
            held.store.close()
        if held.snapshotting is not None:
            # The upload reads frozen files of its own, so it may outlast the store. It is waited for so that none is cut off,
            # but not for ever, for the group waits for this worker. One that is cut off has no marker.
            await asyncio.wait({held.snapshotting}, timeout=_SNAPSHOT_SECONDS)
            if not held.snapshotting.done():
                _log.warning("a snapshot is still being copied and is not waited for", partition=partition)
        _log.info("partition closed", stage=self._stage.name, partition=partition, saved=held.run.saved.offset)
        return held.run.saved.offset

    def counters(self) -> dict[int, dict[CounterName, int]]:
        """What each partition held has counted since it was opened."""
        return {partition: dict(held.run.counters) for partition, held in self._held.items()}

    def runs(self) -> list[AnyRun]:
        """The runs of the partitions held."""
        return [held.run for held in self._held.values()]

    def trouble(self) -> str:
        """What keeps partitions from publishing now, a line each; empty when nothing does."""
        troubles = {partition: held.run.trouble for partition, held in self._held.items()}
        return "\n".join(f"partition {partition}: {words}" for partition, words in sorted(troubles.items()) if words)

    def parked_sources(self) -> str:
        """Which sources are mostly parked now, a line each, and what to do; empty when none is."""
        return report({partition: held.run.sources_in_trouble for partition, held in self._held.items()})

    def _restore(self, partition: int, start: int, end: int) -> _Held:
        directory = self._root / f"{self._stage.name}-{partition}"
        snapshots = snapshots_of(self._stage, self._settings, partition)
        identity = self._stage.identity(partition)
        begins = self._stage.begins.get(partition, 0)
        # 1 own state   2 a snapshot, where one is further: less of the log is read again   3 checked against the log's ends
        store = RocksStore(directory)
        saved = store.checkpoint()
        # ``decoded`` refuses a state of another identity here, before a snapshot could replace it unseen.
        own = decoded(saved, identity).offset if saved else 0
        # Listing and fetching need the object store. Only without own state and with a cut log is there no way on without it.
        needed = saved is None and start > begins
        damaged: list[str] = []
        if further := [offset for offset in offsets_of(snapshots, needed) if offset > own]:
            store.close()
            damaged = fetch_newest(snapshots, further, directory, needed)
            store = RocksStore(directory)
        try:
            checkpoint = restored(store, identity, start, end, begins)
        except Stop as stop:
            store.close()
            raise Stop("; ".join([stop.problem, *damaged]), stop.mend) from stop
        run = self._stage.run_of(checkpoint, store, self._outbox, self._limit)
        return _Held(run, store, snapshots, time.monotonic(), asyncio.Lock(), checkpoint.offset)


def _log_failure(partition: int, steps: asyncio.Task[None]) -> None:
    if not steps.cancelled() and (error := steps.exception()) is not None and not isinstance(error, Gap | StopRequested):
        _log.error("a batch nobody waited for failed", partition=partition, error=repr(error))
