"""Sorting more than fits in memory: sorted runs on disk, merged. Stable when the keys are unique."""

import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

_MAX_RUNS = 64
_BUFFER_BYTES = 1 << 18
_ENTRY_OVERHEAD_BYTES = 200
SortKey = tuple[Any, ...]  # Any: mypy has no type for texts and numbers that are compared element by element
Entry = tuple[SortKey, bytes]
"""What is sorted: a key (texts and numbers, unique) and bytes that travel with it."""


class ExternalSort:
    """Takes entries, gives them back by key. Holds about ``run_bytes`` in memory, the rest in files below ``folder``."""

    def __init__(self, folder: Path | None = None, run_bytes: int = 64 << 20) -> None:
        self._run_bytes = run_bytes
        self._run: list[Entry] = []
        self._bytes = 0
        self._run_files: list[Path] = []
        self._files_written = 0
        self._temporary = TemporaryDirectory(prefix="baton-sort-", dir=folder)
        self._encode_into = msgspec.msgpack.Encoder().encode_into
        self._decode = msgspec.msgpack.Decoder(tuple[tuple[str | int, ...], bytes]).decode

    def __enter__(self) -> "ExternalSort":
        return self

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()

    def add(self, key: SortKey, blob: bytes) -> None:
        """Take one entry."""
        self._run.append((key, blob))
        self._bytes += len(blob) + _ENTRY_OVERHEAD_BYTES
        if self._bytes >= self._run_bytes:
            self._spill()

    def sorted(self) -> Iterator[Entry]:
        """All entries by key. Call it once, after the last ``add``."""
        self._run.sort()
        return heapq.merge(*map(self._read, self._run_files), self._run) if self._run_files else iter(self._run)

    def _spill(self) -> None:
        self._run.sort()
        self._run_files.append(self._write(self._run))
        self._run, self._bytes = [], 0
        if len(self._run_files) >= _MAX_RUNS:  # a merge opens every file, and a process may open only so many
            merged = self._write(heapq.merge(*map(self._read, self._run_files)))
            for path in self._run_files:
                path.unlink()
            self._run_files = [merged]

    def _write(self, entries: Iterable[Entry]) -> Path:
        """A file of entries, each with its length in four bytes before it."""
        self._files_written += 1
        path = Path(self._temporary.name) / f"run-{self._files_written}"
        encoded = bytearray()
        with path.open("wb", _BUFFER_BYTES) as file:
            for entry in entries:
                self._encode_into(entry, encoded)
                file.write(len(encoded).to_bytes(4, "little"))
                file.write(encoded)
        return path

    def _read(self, path: Path) -> Iterator[Entry]:
        with path.open("rb", _BUFFER_BYTES) as file:
            while length := file.read(4):
                yield self._decode(file.read(int.from_bytes(length, "little")))
