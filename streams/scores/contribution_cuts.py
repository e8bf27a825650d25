"""Cuts of the contributions topic: contributions of all source partitions wait until every source has published a common W.

Updates wait in groups per (source, W), beyond a bound on disk. Nothing that waits is saved: reading goes on at the oldest
record that still waits, and of what lies behind it the checkpoint's marks tell what was applied already.
"""

from array import array
from collections import Counter, deque
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from broker.partitioner import output_partition
from broker.records import Record
from schemas.counters import Counters
from schemas.errors import Park
from schemas.keys import scope_partition_key
from schemas.record_codec import decode_contribution, decode_contribution_or_watermark
from schemas.structs.contributions import Contribution
from schemas.structs.watermarks import Watermark
from schemas.topics import CONTRIBUTIONS, EVENTS
from schemas.watermarks import GENERATION_SHIFT, version_of
from streams.engine.checkpoint import Checkpoint
from streams.engine.ports import Cut, Spool, Tick

SILENT_MS = 660_000
"""A source that has published nothing for so long, in append time, while another has, is trouble. An idle clock ticks each
five minutes; two of its ticks and a minute must have gone by."""
OPEN_UPDATES = 50_000
"""So many updates wait in memory; more, of a source far ahead of another, wait on disk."""


class Waiting:
    """The updates of one source and version that wait: the first of them in memory, the others in the spool.

    ``offset``: of the first record in the log; ``version``: of all of them.
    """

    __slots__ = ("_spooled", "decoded", "offset", "version")

    def __init__(self, offset: int, version: int) -> None:
        self.offset, self.version = offset, version
        self.decoded: list[Contribution] = []
        # Eight bytes an update: a list of records would grow with how far the source is ahead.
        self._spooled = array("Q")

    def __len__(self) -> int:
        return len(self.decoded) + len(self._spooled)

    def add(self, update: Contribution) -> None:
        """Keep an update in memory."""
        self.decoded.append(update)

    def add_to(self, spool: Spool, value: bytes) -> None:
        """Keep an encoded update on disk."""
        self._spooled.append(spool.add(value))

    def taken(self, spool: Spool) -> Iterator[Contribution]:
        """All of them."""
        yield from self.decoded
        yield from map(decode_contribution, spool.take(self._spooled))


class Group(NamedTuple):
    """What one source published for W. ``offset``: of its first record in the log; ``version``: of its watermark."""

    w: int
    version: int
    offset: int
    updates: list[Waiting]


class ContributionCuts:
    """The cuts of one partition, of one generation. All updates but ``in_memory`` wait in ``spool``."""

    def __init__(self, checkpoint: Checkpoint, spool: Spool, in_memory: int = OPEN_UPDATES) -> None:
        # Only Baton's workers write there: where most of it is parked, that is everybody.
        self.source, self.witnesses = EVENTS, 1
        self._spool = spool
        self._in_memory = in_memory
        self._generation = checkpoint.identity.generation
        self._partition, self._partitions = checkpoint.identity.partition, checkpoint.identity.partitions
        # By source the version of the last watermark whose updates are in the state: what the next checkpoint says.
        self._applied = dict(checkpoint.marks)
        # By source the version of the last watermark read, which may still wait for the other sources.
        self._newest: dict[int, int] = dict(checkpoint.marks)
        self._w = checkpoint.w
        # Updates whose watermark has not come; then in groups, which wait for a W that all sources have published.
        self._open: dict[int, list[Waiting]] = {}
        self._groups: dict[int, deque[Group]] = {}
        # W → how many sources have published it.
        self._published: Counter[int] = Counter()
        self._held = 0
        # By source the append time of its last watermark; a clock of ours would call a backlog silent.
        self._heard: dict[int, int] = {}
        self.counters: Counters = Counter()

    @property
    def trouble(self) -> str:
        """Which source partitions publish nothing while others do: without them there is no common W."""
        # Compared with each other and not with now: where all are silent there may be nothing to say.
        newest = max(self._heard.values(), default=0)
        silent = [source for source, heard in sorted(self._heard.items()) if newest - heard > SILENT_MS]
        if not silent:
            return ""
        return (
            f"waits for partitions {', '.join(map(str, silent))} of {EVENTS}: no watermark of theirs for over eleven minutes"
        )

    def source_of(self, record: Record) -> str:
        """Whoever it was, no other should have written it."""
        del record
        return self.source

    def take(self, record: Record) -> Cut[Contribution] | None:
        """Keep an update or a watermark; gives the cut when the last source has published its W.

        Raises ``Park`` for what Baton did not write, and for what it wrote to another partition.
        """
        try:
            taken = decode_contribution_or_watermark(record.value or b"")
        except msgspec.MsgspecError as error:
            malformed = isinstance(error, msgspec.ValidationError)
            detail = f"neither contribution nor watermark: {error}"
            raise Park("invalid_field" if malformed else "invalid_json", detail) from error
        generation = taken.generation if isinstance(taken, Watermark) else taken.version >> GENERATION_SHIFT
        # An older one's are a rebuild's past; a newer one's from a worker that was started after it.
        if generation != self._generation:
            self.counters["other_generation"] += 1
            return None
        self._check_place(taken)
        if isinstance(taken, Watermark):
            tick = self._mark(taken, record)
            return None if tick is None else self._cut(tick)
        # Written again after a crash, or by a zombie: at a version the value is always the same, so nothing is lost with it.
        if taken.version <= self._newest.get(taken.partition, -1):
            self.counters["duplicate"] += 1
        else:
            self.counters["received"] += 1
            self._held += 1
            waiting = self._waiting(taken, record.offset)
            # One source far ahead of another would fill the memory.
            if self._held <= self._in_memory or record.value is None:
                waiting.add(taken)
            else:
                waiting.add_to(self._spool, record.value)
        return None

    def _waiting(self, update: Contribution, offset: int) -> Waiting:
        """Where an update waits: with those of its source and version."""
        of_source = self._open.setdefault(update.partition, [])
        # From behind: mostly the last one, and only a zombie and its successor write two versions at a time.
        found = next((waiting for waiting in reversed(of_source) if waiting.version == update.version), None)
        if found is None:
            found = Waiting(offset, update.version)
            of_source.append(found)
        return found

    def _check_place(self, taken: Contribution | Watermark) -> None:
        """Raises ``Park`` for a record that a worker would have written to another partition: a stray copy."""
        if isinstance(taken, Watermark):
            right, partitions = taken.target, taken.targets
        else:
            right = output_partition(scope_partition_key(taken.scope, taken.parts), self._partitions)
            partitions = self._partitions
        if (right, partitions) != (self._partition, self._partitions):
            raise Park(
                "wrong_partition",
                f"stands in partition {self._partition} of {self._partitions}; workers write it to partition {right} of "
                f"{partitions}, by CRC-32 of its scope. Mend: nothing but Baton's workers may write to {CONTRIBUTIONS}",
            )

    def _mark(self, mark: Watermark, record: Record) -> Tick | None:
        source, version = mark.partition, version_of(mark.generation, mark.offset)
        # A source repeats its watermarks after a crash, and a zombie repeats its successor's.
        if mark.w <= self._w or version <= self._newest.get(source, -1):
            self.counters["duplicate_watermark"] += 1
            return None
        self._newest[source] = version
        # The first watermark tells how many sources there are; from it on each must be heard.
        if not self._heard:
            self._heard = dict.fromkeys(range(mark.partitions), record.timestamp)
        self._heard[source] = record.timestamp
        waiting = self._open.pop(source, [])
        # By version and not by position: a zombie and its successor write into one partition at the same time.
        updates = sorted((of_tick for of_tick in waiting if of_tick.version <= version), key=lambda w: w.version)
        if len(updates) < len(waiting):  # a zombie further on, whose watermark is still to come
            self._open[source] = [of_tick for of_tick in waiting if of_tick.version > version]
        # Where a restart must read again if this group still waits then.
        first = min((of_tick.offset for of_tick in updates), default=record.offset)
        self._groups.setdefault(source, deque()).append(Group(mark.w, version, first, updates))
        self._published[mark.w] += 1
        # Waits for all sources that there are, not for all seen so far: one that starts late would change what W showed.
        if self._published[mark.w] < mark.partitions:
            return None
        return Tick(mark.w, record.offset, record.timestamp)

    def _cut(self, tick: Tick) -> Cut[Contribution]:
        """Every source's updates up to W, in its order; Ws that some source lacks are merged into this one."""
        taken: list[Contribution] = []
        # In the order of sources, then of their own Ws: arrival order between sources must not show.
        for source, groups in sorted(self._groups.items()):
            # A W that some source skipped (a clock's broadcast it has not, or an idle one) is taken with the next common one.
            while groups and groups[0].w <= tick.w:
                group = groups.popleft()
                self._applied[source] = group.version
                for waiting in group.updates:
                    self._held -= len(waiting)
                    taken.extend(waiting.taken(self._spool))
        self._w = tick.w
        # Smaller Ws can't become common any more: every source has gone past them.
        self._published = Counter({w: n for w, n in self._published.items() if w > tick.w})
        # Nothing that waits is saved, so reading goes on at the oldest of it; what is read twice is below a mark.
        first = [groups[0].offset for groups in self._groups.values() if groups]
        first += [waiting.offset for of_source in self._open.values() for waiting in of_source]
        return Cut(tick, taken, min(first, default=tick.offset + 1), dict(self._applied))
