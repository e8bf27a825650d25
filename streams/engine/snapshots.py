"""Snapshots of a worker's state at a URL, so that a worker on another host starts from the newest and replays the tail.

A snapshot is a folder of files, then a marker ``COMPLETE`` that lists them with their sizes: one without the marker does not
count, and one in which something listed is missing or of another size is not used. Each upload has a folder of its own,
because two workers keep the same state in files of different names.
"""

import re
import secrets
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import fsspec
import msgspec
import structlog

from runtime.daemon_thread import within
from runtime.wall_clock import now_ms
from schemas.errors import Retry
from schemas.timestamps import DAY_MS
from streams.engine.ports import StateStore

_log = structlog.get_logger("snapshots")
_MARKER = "COMPLETE"
_STARTED = "STARTED"
# Two, so that a worker which is fetching the newest one keeps it while the next arrives.
KEPT = 2
UNFINISHED_MS = DAY_MS
"""An upload that began so long ago and has no marker was cut short; a younger one may be another worker's that goes on."""
LIST_SECONDS, FETCH_SECONDS = 60.0, 240.0
"""Copies that take longer to be listed, or one to arrive, count as away. Below what the broker lets a worker be silent."""
_FOLDER = re.compile(r"(\d{20})-[0-9a-f]{8}")


class Manifest(msgspec.Struct, frozen=True):
    """What a marker says: the offset of the state, and its files with their sizes in bytes."""

    offset: int
    files: dict[str, int]


class Damaged(Exception):
    """A snapshot that is marked complete is not."""


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

    def __init__(self, url: str, name: str, now: Callable[[], int] = now_ms) -> None:
        self._fs, root = fsspec.core.url_to_fs(url)
        self._root = f"{root.rstrip('/')}/{name}"
        self._now = now

    def offsets(self) -> list[int]:
        """Offsets of the complete snapshots, newest first."""
        return sorted({_offset(name) for name in self._complete()}, reverse=True)

    def _complete(self) -> list[str]:
        return [name for name in self._names() if self._fs.exists(f"{self._root}/{name}/{_MARKER}")]

    def _names(self) -> list[str]:
        self._fs.invalidate_cache()  # another host may have written since
        if not self._fs.exists(self._root):
            return []
        names = {str(path).rstrip("/").rsplit("/", 1)[-1] for path in self._fs.ls(self._root, detail=False)}
        return sorted(name for name in names if _FOLDER.fullmatch(name))

    def put(self, store: StateStore, offset: int, scratch: Path) -> None:
        """Freeze the last save, which is at ``offset``, and upload it. ``scratch``: a directory on the store's disk."""
        frozen = freeze(store, scratch)
        try:
            self.upload(frozen, offset)
        finally:
            shutil.rmtree(frozen.parent)

    def upload(self, frozen: Path, offset: int) -> None:
        """Copy a frozen state, which is at ``offset``; afterwards older snapshots beyond ``KEPT`` go, and what was cut short.

        Raises ``Damaged`` when not everything has arrived; then there is no marker.
        """
        # Of one generation a state at an offset is always the same, whichever worker wrote it.
        if offset in self.offsets():
            return
        # 1 when it began   2 files   3 marker   4 older ones go. A crash before 3 leaves a folder without the marker, which no
        # reader takes and some later upload removes.
        folder = f"{offset:020d}-{secrets.token_hex(4)}"
        target = f"{self._root}/{folder}"
        files = {path.relative_to(frozen).as_posix(): path.stat().st_size for path in frozen.rglob("*") if path.is_file()}
        self._fs.makedirs(target, exist_ok=True)
        self._fs.pipe(f"{target}/{_STARTED}", str(self._now()).encode())
        self._fs.put(f"{frozen}/", f"{target}/", recursive=True)
        self._fs.invalidate_cache()
        # One listing, and not a question for each file.
        found = self._fs.find(target, detail=True)
        arrived = {str(path).split(f"/{folder}/", 1)[1]: int(info["size"]) for path, info in found.items()}
        _check(folder, files, arrived)
        self._fs.pipe(f"{target}/{_MARKER}", msgspec.json.encode(Manifest(offset, files)))
        self._remove_old()

    def _remove_old(self) -> None:
        """Complete snapshots beyond ``KEPT``, and what was begun long ago and never finished. Never what is being uploaded."""
        complete = self._complete()
        kept = sorted({_offset(name) for name in complete}, reverse=True)[:KEPT]
        old = [name for name in complete if _offset(name) not in kept]
        for name in [*old, *(name for name in self._names() if name not in complete and self._cut_short(name))]:
            with suppress(FileNotFoundError):  # another worker removes the same
                self._fs.rm(f"{self._root}/{name}", recursive=True)

    def _cut_short(self, name: str) -> bool:
        try:
            began = int(self._fs.cat_file(f"{self._root}/{name}/{_STARTED}"))
        except (FileNotFoundError, ValueError):  # its worker is just writing it, or removes it
            return False
        return began < self._now() - UNFINISHED_MS

    def fetch(self, offset: int, directory: Path) -> None:
        """Bring the snapshot at ``offset`` into ``directory``, which it replaces when all of it has arrived and was checked.

        Raises ``Damaged`` when something that the marker lists is missing or of another size; ``directory`` is as it was.
        """
        folders = [name for name in self._complete() if _offset(name) == offset]
        problem = f"there is no complete snapshot at offset {offset}"
        for folder in folders:  # mostly one; more where two workers copied the same at once
            try:
                # Only what has arrived in time is put in place, here: a fetch that hung and goes on later touches no state.
                arriving = within(FETCH_SECONDS, partial(self._arrived, folder, directory))
            except Damaged as damaged:
                problem = str(damaged)
                continue
            except FileNotFoundError:  # another worker has newer ones and removed it
                problem = f"snapshot {folder} is no longer there"
                continue
            _replace(directory, arriving)
            _log.info("state fetched from a snapshot", offset=offset, snapshot=self._root)
            return
        raise Damaged(problem)

    def _arrived(self, folder: str, directory: Path) -> Path:
        """A folder with all files of a snapshot, beside the directory, whatever an earlier attempt left there."""
        for earlier in _made(directory.parent).glob(f"{directory.name}.arriving*"):
            shutil.rmtree(earlier, ignore_errors=True)
        arriving = Path(tempfile.mkdtemp(prefix=f"{directory.name}.arriving-", dir=directory.parent))
        try:
            files = msgspec.json.decode(self._fs.cat_file(f"{self._root}/{folder}/{_MARKER}"), type=Manifest).files
        except msgspec.MsgspecError as error:
            raise Damaged(f"snapshot {folder}: its marker can't be read: {error}") from error
        self._fs.get(f"{self._root}/{folder}/", f"{arriving}/", recursive=True)
        found = {path.relative_to(arriving).as_posix(): path for path in arriving.rglob("*") if path.is_file()}
        _check(folder, files, {name: path.stat().st_size for name, path in found.items()})
        # The marker, and whatever else nobody has listed.
        for name in found.keys() - files.keys():
            found[name].unlink()
        return arriving


def offsets_of(snapshots: Snapshots, needed: bool) -> list[int]:
    """Offsets of the complete snapshots, newest first; none while they can't be read, but ``Retry`` where one is needed."""
    try:
        return within(LIST_SECONDS, snapshots.offsets)
    except Exception as error:  # file systems of fsspec raise errors of their own libraries
        _give_up(error, "the snapshots can't be read", needed)
        return []


def fetch_newest(snapshots: Snapshots, offsets: list[int], directory: Path, needed: bool) -> list[str]:
    """Bring the first of these snapshots that is whole into ``directory``; gives what was wrong with those before it.

    Where none can be brought ``directory`` stays as it was; raises ``Retry`` where one is needed and the copies are away.
    """
    damaged: list[str] = []
    for offset in offsets:
        try:
            snapshots.fetch(offset, directory)
        except Damaged as error:
            damaged.append(str(error))
            _log.warning("a snapshot is damaged and not used; the one before it is tried", error=str(error))
        except Exception as error:  # as above
            _give_up(error, "no snapshot can be fetched", needed)
            break
        else:
            break
    return damaged


def _give_up(error: Exception, problem: str, needed: bool) -> None:
    if needed:
        raise Retry(f"no state of its own, the log is cut, and {problem}: {error!r}") from error
    _log.warning(f"{problem}; going on without", error=repr(error))


def _offset(folder: str) -> int:
    return int(folder.partition("-")[0])


def _check(folder: str, listed: dict[str, int], arrived: dict[str, int]) -> None:
    for name, size in sorted(listed.items()):
        if arrived.get(name) != size:
            is_there = f"has {arrived[name]} bytes" if name in arrived else "is missing"
            raise Damaged(f"snapshot {folder}: {name} {is_there}, its marker says {size} bytes")


def _replace(directory: Path, arriving: Path) -> None:
    """Put a checked state in the place of another. A crash between leaves the one or the other, or fetches again."""
    replaced = directory.with_name(directory.name + ".replaced")
    shutil.rmtree(replaced, ignore_errors=True)
    if directory.exists():
        directory.rename(replaced)
    arriving.rename(directory)
    shutil.rmtree(replaced, ignore_errors=True)
