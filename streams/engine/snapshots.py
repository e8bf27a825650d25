"""Snapshots of a worker's state at a URL, so that a worker on another host starts from the newest and replays the tail.

A snapshot is a directory of files, then a marker ``COMPLETE`` with its offset: one without the marker does not count.
"""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import fsspec
import structlog

from streams.engine.ports import StateStore

_log = structlog.get_logger("snapshots")
_MARKER = "COMPLETE"
# Two, so that a worker which is fetching the newest one keeps it while the next arrives.
KEPT = 2


def freeze(store: StateStore, scratch: Path) -> Path:
    """The last save in a new directory below ``scratch``, by hard links where the store can: quick, and no longer moving."""
    # On the store's own disk: hard links do not cross file systems.
    frozen = Path(tempfile.mkdtemp(dir=_made(scratch))) / "copy"
    store.copy_to(frozen)
    return frozen


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def forget(url: str, name: str, which: Callable[[list[str]], list[str]]) -> list[str]:
    """Remove what ``which`` chooses among the folders below ``url``/``name``, with all snapshots in them; their names."""
    fs, root = fsspec.core.url_to_fs(url)
    # fsspec remembers listings for as long as the process lives.
    fs.invalidate_cache()
    folder = f"{root.rstrip('/')}/{name}"
    if not fs.exists(folder):
        return []
    found = sorted({str(path).rstrip("/").rsplit("/", 1)[-1] for path in fs.ls(folder, detail=False)})
    chosen = which(found)
    for folder_name in chosen:
        with suppress(FileNotFoundError):  # another worker removes the same
            fs.rm(f"{folder}/{folder_name}", recursive=True)
    return chosen


class Snapshots:
    """Snapshots of one partition's state below ``url``/``name`` (any fsspec URL; a plain path is a local one)."""

    def __init__(self, url: str, name: str) -> None:
        self._fs, root = fsspec.core.url_to_fs(url)
        self._root = f"{root.rstrip('/')}/{name}"

    def offsets(self) -> list[int]:
        """Offsets of the complete snapshots, newest first."""
        found = [int(name) for name in self._names() if self._fs.exists(f"{self._root}/{name}/{_MARKER}")]
        return sorted(found, reverse=True)

    def _names(self) -> set[str]:
        self._fs.invalidate_cache()  # another host may have written since
        if not self._fs.exists(self._root):
            return set()
        names = {str(path).rstrip("/").rsplit("/", 1)[-1] for path in self._fs.ls(self._root, detail=False)}
        return {name for name in names if name.isdigit()}

    def put(self, store: StateStore, offset: int, scratch: Path) -> None:
        """Freeze the last save, which is at ``offset``, and upload it. ``scratch``: a directory on the store's disk."""
        frozen = freeze(store, scratch)
        try:
            self.upload(frozen, offset)
        finally:
            shutil.rmtree(frozen.parent)

    def upload(self, frozen: Path, offset: int) -> None:
        """Copy a frozen state, which is at ``offset``; afterwards older snapshots beyond ``KEPT`` go, and unfinished ones."""
        # Of one generation a state at an offset is always the same, whichever worker wrote it.
        if offset in self.offsets():
            return
        # 1 files   2 marker   3 older ones go. A crash after 1 leaves a folder without the marker, which no reader takes and
        # the next upload removes. Padded names sort as offsets do.
        target = f"{self._root}/{offset:020d}"
        self._fs.makedirs(target, exist_ok=True)
        self._fs.put(f"{frozen}/", f"{target}/", recursive=True)
        self._fs.pipe(f"{target}/{_MARKER}", str(offset).encode())
        kept = {f"{offset:020d}" for offset in self.offsets()[:KEPT]}
        for name in self._names() - kept:
            self._fs.rm(f"{self._root}/{name}", recursive=True)

    def fetch(self, offset: int, directory: Path) -> None:
        """Bring the snapshot at ``offset`` into ``directory``, which it replaces when all of it has arrived."""
        arriving = directory.with_name(directory.name + ".arriving")
        # 1 all of it beside the directory, whatever an earlier attempt left   2 swap. A crash between removing and renaming
        # leaves no state, and the next start fetches again.
        shutil.rmtree(arriving, ignore_errors=True)
        arriving.mkdir(parents=True)
        self._fs.get(f"{self._root}/{offset:020d}/", f"{arriving}/", recursive=True)
        (arriving / _MARKER).unlink(missing_ok=True)
        shutil.rmtree(directory, ignore_errors=True)
        arriving.rename(directory)
        _log.info("state fetched from a snapshot", offset=offset, snapshot=self._root)
