"""Sorting more than fits in memory: sorted runs on disk, merged. Stable when the keys are unique."""

import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

_MOST_RUNS = 64
_BUFFER = 1 << 18
Entry = tuple[tuple[Any, ...], bytes]
"""What is sorted: a key (texts and numbers, unique) and bytes that travel with it."""


class ExternalSort:
    """Takes entries, gives them back by key. Holds about ``run_bytes`` in memory, the rest in files below ``folder``."""

    def __init__(self, folder: Path | None = None, run_bytes: int = 64 << 20) -> None:
        self._limit = run_bytes
        self._run: list[Entry] = []
        self._bytes = 0
        self._files: list[Path] = []
        self._made = 0
        self._temporary = TemporaryDirectory(prefix="baton-sort-", dir=folder)
        self._encode = msgspec.msgpack.Encoder().encode_into
        self._decode = msgspec.msgpack.Decoder(tuple[tuple[str | int, ...], bytes]).decode

    def __enter__(self) -> "ExternalSort":
        return self

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()

    def add(self, key: tuple[Any, ...], blob: bytes) -> None:
        """Take one entry."""
        self._run.append((key, blob))
        self._bytes += len(blob) + 200
        if self._bytes >= self._limit:
            self._spill()

    def sorted(self) -> Iterator[Entry]:
        """All entries by key. Call it once, after the last ``add``."""
        self._run.sort()
        return heapq.merge(*map(self._read, self._files), self._run) if self._files else iter(self._run)

    def _spill(self) -> None:
        self._run.sort()
        self._files.append(self._write(self._run))
        self._run, self._bytes = [], 0
        if len(self._files) >= _MOST_RUNS:
            merged = self._write(heapq.merge(*map(self._read, self._files)))
            for path in self._files:
                path.unlink()
            self._files = [merged]

    def _write(self, entries: Iterable[Entry]) -> Path:
        self._made += 1
        path = Path(self._temporary.name) / f"run-{self._made}"
        one = bytearray()
        with path.open("wb", _BUFFER) as file:
            for entry in entries:
                self._encode(entry, one)
                file.write(len(one).to_bytes(4, "little"))
                file.write(one)
        return path

    def _read(self, path: Path) -> Iterator[Entry]:
        with path.open("rb", _BUFFER) as file:
            while head := file.read(4):
                yield self._decode(file.read(int.from_bytes(head, "little")))
