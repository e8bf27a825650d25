"""What the engine needs of a stage (cuts, a fold) and from outside (a state store, an outbox, which have twins in memory)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeVar

from broker.records import Record
from schemas.counters import Counters
from schemas.dead_letters import DeadLetter

Input = TypeVar("Input")
"""What a stage's fold takes: of journeys events as they are kept, of scores contributions."""
_Input_contra = TypeVar("_Input_contra", contravariant=True)


class Tick(NamedTuple):
    """An accepted tick: W (ms), its offset and append time (ms)."""

    w: int
    offset: int
    append_ms: int


class Outgoing(NamedTuple):
    """A record to publish. ``partition_key`` chooses its partition (``broker.partitioner.output_partition``)."""

    topic: str
    partition_key: bytes
    key: bytes
    value: bytes


class Cut(NamedTuple, Generic[Input]):
    """What ``tick`` closes: the stage's ``taken`` inputs, in order.

    After a save at that tick reading goes on at offset ``resume``, with ``marks`` (as in ``Checkpoint``).
    """

    tick: Tick
    taken: list[Input]
    # Not always behind the tick: contributions that still wait are read again after a restart.
    resume: int
    marks: dict[int, int]


class CutBuilder(Protocol[Input]):
    """Collects a stage's records, one by one, into cuts. It saves nothing: after a restart it reads the same records again."""

    source: str
    """Who sent the record that was taken last; empty for the clock's broadcasts, which say nothing of any source."""
    witnesses: int
    """So many sources, all of them refused, are everybody: then it is this process that can't read what they write."""

    def source_of(self, record: Record) -> str:
        """Who sent a record that was parked; empty where it can't be read."""

    @property
    def counters(self) -> Counters:
        """What it has counted since it was made: an operational metric that nothing is decided by."""

    @property
    def trouble(self) -> str:
        """What keeps it from closing cuts now, as a message; empty when nothing does."""

    def take(self, record: Record) -> Cut[Input] | None:
        """Keep a record for its cut; gives the cut that it closes. Raises ``Park``, ``Stop``."""


class Fold(Protocol[_Input_contra]):
    """A pure stage over one partition. It reads nothing but the cuts given and its own saved state."""

    counters: Counters
    """What it has counted since it was made: an operational metric that the fold never reads."""

    def close(self, cut: Sequence[_Input_contra], tick: Tick) -> Iterator[Outgoing]:
        """Take in a cut; gives what must be published for W.

        The state is that of W once the iterator is exhausted.
        """

    def changes(self) -> dict[bytes, bytes | None]:
        """Writes since the last call; None deletes. They are saved together with the tick's offset."""


class StateStore(Protocol):
    """Keys and values of one partition, and a checkpoint, saved in one atomic step."""

    def checkpoint(self) -> bytes | None:
        """The checkpoint of the last save; None for a new store."""

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The saved values, in the order of ``keys``."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Saved pairs whose key begins with ``prefix``, in key order."""

    def save(self, changes: Mapping[bytes, bytes | None], checkpoint: bytes) -> None:
        """Write changes and checkpoint, all or nothing."""

    def copy_to(self, directory: Path) -> None:
        """A consistent copy of the last save, in a directory that does not exist yet."""

    def close(self) -> None:
        """Let go of files. What was not saved is gone."""


class Spool(Protocol):
    """Bytes that wait on disk while the process lives; after a restart they are read again from the log."""

    def add(self, value: bytes) -> int:
        """Keep a value; the position to take it from, once."""

    def take(self, positions: Iterable[int]) -> Iterator[bytes]:
        """The values at these positions, in their order."""


class Outbox(Protocol):
    """Publishes for one source partition. Every call returns only when the broker has acknowledged everything."""

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Publish records, each to the partition that its ``partition_key`` gives; in no order among each other."""

    async def watermark(self, partition: int, ticks: Sequence[Tick]) -> None:
        """One watermark for each tick, in order, to every partition of every topic the stage writes."""

    async def dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Publish parked records, each to the dead-letter topic."""
