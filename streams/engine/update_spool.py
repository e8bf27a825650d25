"""Updates that wait on disk: unnamed files of a directory, appended to and read by position.

Nothing here outlives the process: what waits is read again from the log after a restart.
"""

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

_SEGMENT_SHIFT = 32
_LENGTH_BYTES = 4
SEGMENT_BYTES = 64 << 20
"""A file this large gets nothing more; it goes once everything in it has been taken."""


class UpdateSpool:
    """Encoded updates by position. ``directory`` is made when the first update comes."""

    def __init__(self, directory: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._directory = directory
        self._most = segment_bytes
        self._files: dict[int, IO[bytes]] = {}
        # Whoever lets go of a partition lets go of its spool, and has nothing to wait for.
        weakref.finalize(self, _close_all, self._files)
        self._awaited: dict[int, int] = {}
        self._newest = -1
        self._size = segment_bytes

    def add(self, value: bytes) -> int:
        """Keep an update; the position to take it from, once."""
        if self._size >= self._most or self._newest not in self._files:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._newest, self._size = self._newest + 1, 0
            # Without a name: whatever ends the process, nothing is left behind.
            self._files[self._newest] = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115  # closed when all was taken
            self._awaited[self._newest] = 0
        position = self._newest << _SEGMENT_SHIFT | self._size
        self._size += self._files[self._newest].write(len(value).to_bytes(_LENGTH_BYTES, "big") + value)
        self._awaited[self._newest] += 1
        return position

    def take(self, positions: Iterable[int]) -> Iterator[bytes]:
        """The updates at these positions, in their order; a file of which nothing is awaited any more goes."""
        for file in self._files.values():
            file.flush()  # read by descriptor, past the buffer
        for position in positions:
            segment, at = position >> _SEGMENT_SHIFT, position & ((1 << _SEGMENT_SHIFT) - 1)
            descriptor = self._files[segment].fileno()
            length = int.from_bytes(os.pread(descriptor, _LENGTH_BYTES, at), "big")
            yield os.pread(descriptor, length, at + _LENGTH_BYTES)
            self._awaited[segment] -= 1
            if not self._awaited[segment]:
                self._files.pop(segment).close()
                del self._awaited[segment]

    @property
    def files(self) -> int:
        """How many are open."""
        return len(self._files)


def _close_all(files: dict[int, IO[bytes]]) -> None:
    for file in files.values():
        file.close()
