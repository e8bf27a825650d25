"""What the engine needs from outside: a state store, an outbox, a fold. Each has a shipped twin in memory."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from schemas.deadletters import DeadLetter


class Tick(NamedTuple):
    """An accepted tick: W (ms), its offset and append time (ms)."""

    w: int
    offset: int
    append_ms: int


class Fold(Protocol):
    """A pure stage over one partition. It reads nothing but the records given and its own saved state."""

    counters: Counter[str]
    """What it has seen since it was made; for people, never for the fold."""

    def admit(self, event: Any, append_ms: int) -> Any | None:
        """What the fold keeps of a decoded event until its cut closes; None when it has no use for it. Raises ``Park``."""

    def close(self, cut: Sequence[Any], tick: Tick) -> Iterator[tuple[bytes, bytes]]:
        """Take in what was admitted since the last tick; gives the fact records (key, value) that changed, as of W.

        The state is that of W once the iterator is exhausted; meanwhile only ``admit`` may be called.
        """

    def changes(self) -> dict[bytes, bytes | None]:
        """Writes since the last call; None deletes. They are saved together with the tick's offset."""


class StateStore(Protocol):
    """Keys and values of one partition, and a head, saved in one atomic step."""

    def head(self) -> bytes | None:
        """The head of the last save; None for a new store."""

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The saved values, in the order of ``keys``."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Saved pairs whose key begins with ``prefix``, in key order."""

    def save(self, changes: Mapping[bytes, bytes | None], head: bytes) -> None:
        """Write changes and head, all or nothing."""

    def copy_to(self, directory: Path) -> None:
        """A consistent copy of the last save, in a directory that does not exist yet."""

    def close(self) -> None:
        """Let go of files. What was not saved is gone."""


class Outbox(Protocol):
    """Publishes for one source partition. Every call returns only when the broker has acknowledged everything."""

    async def facts(self, records: Sequence[tuple[bytes, bytes]]) -> None:
        """Fact records, spread by key."""

    async def watermark(self, partition: int, ticks: Sequence[Tick]) -> None:
        """One watermark for each tick, in order, to every facts partition."""

    async def dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Parked records."""
