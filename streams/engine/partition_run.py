"""One partition's run: records in, cuts closed at ticks, and after each the three steps in their order.

    1 publish  each accepted tick separately: changed facts and dead letters, acknowledged; then its watermark, acknowledged
    2 save     changes and the tick's offset, one atomic step; it may follow the last tick of a batch
    3 commit   the caller reads the saved offset, for Kafka; there it only shows lag

State moves only at ticks. A crash between any two steps repeats steps with the same records, versions and values.
The steps of one tick run beside the reading of the next one's records, but the next one is closed only after them: the
state they save is exactly that tick's.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Generic

from broker.records import Record
from schemas.counters import PARKED, Counters
from schemas.dead_letters import DeadLetter, parked
from schemas.errors import Park, Stop
from streams.engine.checkpoint import Checkpoint, save
from streams.engine.dead_letter_limit import DeadLetterLimit
from streams.engine.parked_sources import ParkedSources, Trouble
from streams.engine.ports import Cut, CutBuilder, Fold, Input, Outbox, Outgoing, StateStore, Tick

BREATH = 100
"""Records or facts between two looks at the event loop, so that heartbeats and other partitions go on."""


CHUNK = 10_000
"""Records published at once; more of one cut follow when these are acknowledged."""


class Gap(Exception):
    """Records are missing between what was handled and what was fetched: read again from ``expected``."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"expected offset {expected}, fetched {found}")
        self.expected = expected


class PartitionRun(Generic[Input]):
    """State, fold and offset in the log of one partition, from assignment to revocation."""

    def __init__(
        self,
        topic: str,
        checkpoint: Checkpoint,
        cuts: CutBuilder[Input],
        fold: Fold[Input],
        store: StateStore,
        outbox: Outbox,
        limit: DeadLetterLimit,
    ) -> None:
        self.partition = checkpoint.identity.partition
        self.next_offset = checkpoint.offset
        self.saved = checkpoint
        self._topic = topic
        self._cuts = cuts
        self._fold = fold
        self._store = store
        self._outbox = outbox
        self._parked = ParkedSources(limit, topic, self.partition, cuts.witnesses)
        # By source, what could be used since something was parked last.
        self._usable: dict[str, int] = {}
        self._interrupted = False
        self._letters: list[DeadLetter] = []
        # Ticks that are published and whose watermarks are not sent yet, in order.
        self._unmarked: list[Tick] = []
        # The newest step under way. Each begins by waiting for the one before, so waiting for this one is waiting for all.
        self._steps: asyncio.Task[None] | None = None
        self._counted: Counters = Counter()
        self._published = 0

    async def handle(self, records: Sequence[Record]) -> None:
        """Take records that follow each other. ``saved`` moves when the steps of the batch's last tick are done: ``landed``.

        Records below ``next_offset`` are skipped. Raises ``Gap`` when some are missing (those before it are taken),
        ``Stop`` when whoever writes is refused, and what the steps of an earlier tick failed with.
        """
        if self._interrupted:
            raise RuntimeError("a batch of this run failed half way: open the partition again from its save")
        self._interrupted = True  # until this batch is through: what was taken but not published must not be forgotten
        last: Cut[Input] | None = None
        gap: Gap | None = None
        for number, record in enumerate(records):
            # Seen already: the client seeks back after a rebalance, and scores read again from the oldest record that waits.
            if record.offset < self.next_offset:
                continue
            if record.offset > self.next_offset:
                gap = Gap(self.next_offset, record.offset)
                break
            try:
                # Nothing of the state is touched here, so records are read while the tick before is still published and saved.
                cut = self._take(record)
            except Stop:
                await self.landed()
                await self._outbox.dead_letters(self._letters)  # so that they can be read; parked again they are the same
                raise
            self.next_offset = record.offset + 1
            if cut is not None:
                # 1 begins here: the tick's step runs as a task, and reading goes on.
                await self._close(cut)
                last = cut
            elif number % BREATH == BREATH - 1:
                await asyncio.sleep(0)
        self._count_usable()
        if records:
            self._parked.pass_time(records[-1].timestamp)
        # 2 once a batch, after its last tick: saving at each tick would cost a disk write each. A crash before it repeats the
        # batch's ticks with the same records and versions.
        if last is not None:
            self._steps = asyncio.create_task(self._mark_and_save(self._steps, last))
        self._interrupted = False
        if gap is not None:
            # Only now: those before the gap are taken, and a tick among them has its steps.
            raise gap

    async def landed(self) -> None:
        """Wait for the steps under way. Raises what they failed with."""
        if self._steps is not None:
            # Faust may cancel the one who waits; publishing and saving must not be cut between.
            await asyncio.shield(self._steps)

    @property
    def failed(self) -> bool:
        """Whether steps failed beside the reading; ``landed`` raises with what."""
        steps = self._steps
        return steps is not None and steps.done() and (steps.cancelled() or steps.exception() is not None)

    @property
    def counters(self) -> Counters:
        """What was received, refused, parked, corrected …, since the partition was opened."""
        return self._counted + self._parked.counters + self._cuts.counters + self._fold.counters

    @property
    def busy(self) -> bool:
        """Whether steps are under way."""
        return self._steps is not None and not self._steps.done()

    @property
    def done(self) -> tuple[int, ...]:
        """Something that changes with whatever it has done: records taken, folded, published, saved."""
        return self.next_offset, self.counters.total(), self._published, self.saved.offset

    @property
    def trouble(self) -> str:
        """What keeps it from publishing now; empty when nothing does."""
        return self._cuts.trouble

    @property
    def sources_in_trouble(self) -> list[Trouble]:
        """Whose records are mostly parked now; the others' count."""
        return self._parked.troubles

    def skip_to(self, offset: int) -> None:
        """The log holds nothing between ``next_offset`` and ``offset`` (a transaction's marker): go on there."""
        self.next_offset = offset

    def _take(self, record: Record) -> Cut[Input] | None:
        try:
            cut = self._cuts.take(record)
        except Park as park:
            self._park(park, record)
            return None
        if source := self._cuts.source:
            self._usable[source] = self._usable.get(source, 0) + 1
        return cut

    def _count_usable(self) -> None:
        if self._usable:
            self._parked.use(self._usable)
            self._usable = {}

    def _park(self, park: Park, record: Record) -> None:
        self._counted[PARKED[park.reason]] += 1
        self._count_usable()
        by = self.saved.identity.stage
        place = (self._topic, self.partition, record.offset)
        self._letters.append(parked(park, record.key, record.value, *place, by, record.headers))
        # The letter is kept first: where this stops the worker, it is published before the end.
        self._parked.park(self._cuts.source_of(record), park, record.timestamp)

    async def _close(self, cut: Cut[Input]) -> None:
        await self.landed()  # the state moves now, so what the tick before published and saves must be over
        letters, self._letters = self._letters, []
        self._steps = asyncio.create_task(self._step(cut, letters))

    async def _step(self, cut: Cut[Input], letters: list[DeadLetter]) -> None:
        # 1 publish: records and letters acknowledged before the watermark, the watermark before the next tick's records. Ticks
        # that change nothing share a round trip; their watermarks stay separate and in order. When anything below raises, the
        # state has moved in memory and not on disk: the run is over, its save still is a cut's.
        changed: list[Outgoing] = []
        # The fold is a generator so that heartbeats and other partitions get their turn within a large cut.
        for record in self._fold.close(cut.taken, cut.tick):
            changed.append(record)
            if len(changed) % BREATH == 0:
                await asyncio.sleep(0)
            if len(changed) == CHUNK:
                # What a cut publishes may be a multiple of what it holds.
                await self._publish(changed, letters)
                changed, letters = [], []
        if changed or letters:
            await self._publish(changed, letters)
        # Only after the acknowledgement: its watermark promises that everything before it is there.
        self._unmarked.append(cut.tick)

    async def _publish(self, changed: list[Outgoing], letters: list[DeadLetter]) -> None:
        ticks, self._unmarked = self._unmarked, []
        # Watermarks of the empty ticks before go first: a reader that sees this tick's records must have theirs.
        await self._mark(ticks)
        await asyncio.gather(self._outbox.publish(changed), self._outbox.dead_letters(letters))
        self._published += len(changed)

    async def _mark(self, ticks: list[Tick]) -> None:
        if ticks:
            await self._outbox.watermark(self.partition, ticks)

    async def _mark_and_save(self, before: asyncio.Task[None] | None, last: Cut[Input]) -> None:
        if before is not None:
            await before
        ticks, self._unmarked = self._unmarked, []
        await self._mark(ticks)
        # In a thread, for encoding and writing block. No fold runs meanwhile: the next tick's step waits for this task.
        await asyncio.to_thread(self._save, last)

    def _save(self, cut: Cut[Input]) -> None:
        checkpoint = Checkpoint(cut.resume, cut.tick.w, self.saved.identity, cut.marks)
        save(self._store, self._fold.changes(), checkpoint)
        # Last: whoever reads ``saved`` to commit or to take a snapshot must find it on disk.
        self.saved = checkpoint
