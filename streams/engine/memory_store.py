"""The state store in memory: the shipped twin of RocksDB's, for laws and oracles."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec


class MemoryStore:
    """A state store that lives as long as the object; reopening it is a restart after ``kill -9``."""

    def __init__(self) -> None:
        self.pairs: dict[bytes, bytes] = {}
        self._checkpoint: bytes | None = None

    def checkpoint(self) -> bytes | None:
        """The checkpoint of the last save."""
        return self._checkpoint

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The saved values, in the order of ``keys``."""
        return [self.pairs.get(key) for key in keys]

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Saved pairs by prefix, in key order."""
        # RocksDB gives keys in byte order, so its twin must, too: folds rely on it.
        yield from sorted((k, v) for k, v in self.pairs.items() if k.startswith(prefix))

    def save(self, changes: Mapping[bytes, bytes | None], checkpoint: bytes) -> None:
        """Write changes and checkpoint."""
        # Atomic only because nothing is awaited in between and a crash loses the object.
        for key, value in changes.items():
            if value is None:
                self.pairs.pop(key, None)
            else:
                self.pairs[key] = value
        self._checkpoint = checkpoint

    def copy_to(self, directory: Path) -> None:
        """Write the last save into one file of a new directory."""
        directory.mkdir(parents=True)
        (directory / "memory").write_bytes(msgspec.msgpack.encode((self._checkpoint, self.pairs)))

    def close(self) -> None:
        """Nothing is held open."""
