"""Contract of the copies of a state: whole or not counted, few, and the same on any file system."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import fsspec
import pytest

from schemas.errors import Retry, Stop
from streams.engine import snapshots
from streams.engine.rocksdb_store import RocksStore
from streams.engine.snapshots import KEPT, Damaged, Snapshots, fetch_newest, forget, freeze

_numbers = itertools.count()


@pytest.fixture(params=["file", "file-url", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for copies: a plain path, a file URL, and a file system that is no directory."""
    if request.param == "memory":
        root = f"/copies-{next(_numbers)}"
        yield f"memory://{root}"
        fs = fsspec.filesystem("memory")
        if fs.exists(root):
            fs.rm(root, recursive=True)
    else:
        yield str(tmp_path / "copies") if request.param == "file" else f"file://{tmp_path / 'copies'}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RocksStore]:
    """A store with a first save."""
    found = RocksStore(tmp_path / "state")
    found.save({b"a": b"1" * 1000, b"b": b"1"}, b"1")
    yield found
    found.close()


def read(directory: Path) -> tuple[bytes | None, list[bytes | None]]:
    """Checkpoint and values of the state in a directory."""
    found = RocksStore(directory)
    try:
        return found.checkpoint(), found.get_many([b"a", b"b"])
    finally:
        found.close()


def test_without_copies_there_are_none(url: str) -> None:
    """A place where nothing was ever copied has no copies, and asking makes nothing."""
    assert Snapshots(url, "journeys/g1/p0").offsets() == []
    fs, root = fsspec.core.url_to_fs(url)
    assert not fs.exists(root)


def test_a_copy_gives_the_state_back(url: str, store: RocksStore, tmp_path: Path) -> None:
    """What is fetched is the state as it was copied, whatever was saved since; it replaces what was there."""
    copies = Snapshots(url, "journeys/g1/p0")
    copies.put(store, 7, tmp_path / "scratch")
    store.save({b"a": None, b"b": b"2"}, b"2")
    target = tmp_path / "elsewhere" / "state"
    target.mkdir(parents=True)
    (target / "rubbish").write_text("old", encoding="utf-8")
    Snapshots(url, "journeys/g1/p0").fetch(7, target)
    assert read(target) == (b"1", [b"1" * 1000, b"1"])
    assert not (target / "rubbish").exists()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_fetched_copy_goes_on(url: str, store: RocksStore, tmp_path: Path) -> None:
    """A state that came from a copy can be saved and copied again."""
    copies = Snapshots(url, "journeys/g1/p0")
    copies.put(store, 7, tmp_path / "scratch")
    copies.fetch(7, tmp_path / "second")
    second = RocksStore(tmp_path / "second")
    second.save({b"b": b"3"}, b"3")
    copies.put(second, 9, tmp_path / "scratch")
    second.close()
    copies.fetch(9, tmp_path / "third")
    assert read(tmp_path / "third") == (b"3", [b"1" * 1000, b"3"])


def test_only_the_newest_are_kept(url: str, store: RocksStore, tmp_path: Path) -> None:
    """Of many copies the newest few stay, newest first, by number and not by spelling."""
    copies = Snapshots(url, "journeys/g1/p0")
    for offset in (3, 20, 100, 9):
        copies.put(store, offset, tmp_path / "scratch")
    assert KEPT == 2
    assert copies.offsets() == [100, 20]


def folder_of(url: str, offset: int, name: str = "journeys/g1/p0") -> tuple[Any, str]:
    """The file system, and the folder of the only copy at that offset."""
    fs, root = fsspec.core.url_to_fs(url)
    fs.invalidate_cache()
    found = [str(path).rstrip("/") for path in fs.ls(f"{root.rstrip('/')}/{name}", detail=False)]
    (folder,) = [path for path in found if path.rsplit("/", 1)[-1].startswith(f"{offset:020d}-")]
    return fs, folder


def largest(fs: Any, folder: str) -> str:
    """The largest file of a copy that holds values."""
    sizes: dict[str, int] = {
        path: size for path, size in fs.du(folder, total=False).items() if path.endswith((".sst", ".log"))
    }
    return max(sizes, key=sizes.__getitem__)


def test_a_copy_without_its_mark_does_not_count(url: str, store: RocksStore, tmp_path: Path) -> None:
    """A copy that was cut short does not count; made again, it is whole."""
    copies = Snapshots(url, "journeys/g1/p0")
    copies.put(store, 5, tmp_path / "scratch")
    copies.put(store, 8, tmp_path / "scratch")
    fs, folder = folder_of(url, 8)
    fs.rm_file(f"{folder}/COMPLETE")
    assert copies.offsets() == [5]
    copies.put(store, 8, tmp_path / "scratch")
    assert copies.offsets() == [8, 5]
    copies.fetch(8, tmp_path / "again")
    assert read(tmp_path / "again")[0] == b"1"


class _NoMark(Snapshots):
    """Wrong on purpose: every folder counts."""

    def _complete(self) -> list[str]:
        return self._names()


def test_counting_unmarked_copies_is_caught(url: str, store: RocksStore, tmp_path: Path) -> None:
    """Negative control: where unmarked copies count, half a copy would be taken for the newest."""
    Snapshots(url, "journeys/g1/p0").put(store, 5, tmp_path / "scratch")
    fs, root = fsspec.core.url_to_fs(url)
    half = f"{root.rstrip('/')}/journeys/g1/p0/{8:020d}-00000000"
    fs.makedirs(half)
    fs.pipe(f"{half}/CURRENT", b"MANIFEST-000001")
    assert Snapshots(url, "journeys/g1/p0").offsets() == [5]
    assert _NoMark(url, "journeys/g1/p0").offsets() == [8, 5]


HARM: dict[str, Callable[[Any, str], None]] = {
    "a file is missing": lambda fs, folder: fs.rm_file(largest(fs, folder)),
    "a file is cut short": lambda fs, folder: fs.pipe(largest(fs, folder), b"half"),
    "the mark lists nothing": lambda fs, folder: fs.pipe(f"{folder}/COMPLETE", b"8"),
}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.guard("snapshots")
def test_a_damaged_copy_is_not_used(url: str, store: RocksStore, tmp_path: Path, harm: str) -> None:
    """What is marked complete and is not is refused by name, and nothing that was there before has gone; the older one is."""
    copies = Snapshots(url, "journeys/g1/p0")
    copies.put(store, 5, tmp_path / "scratch")
    store.save({b"b": b"2"}, b"2")
    copies.put(store, 8, tmp_path / "scratch")
    HARM[harm](*folder_of(url, 8))
    own = RocksStore(tmp_path / "own")
    own.save({b"a": b"own", b"b": b"own"}, b"own")
    own.close()
    with pytest.raises(Damaged, match=r"snapshot 0+8-"):
        copies.fetch(8, tmp_path / "own")
    assert read(tmp_path / "own") == (b"own", [b"own", b"own"])
    (problem,) = fetch_newest(copies, copies.offsets(), tmp_path / "own", needed=True)
    assert "snapshot 0" in problem
    assert read(tmp_path / "own") == (b"1", [b"1" * 1000, b"1"])


@pytest.mark.control("snapshots")
def test_unchecked_a_damaged_copy_replaces_the_state(
    url: str, store: RocksStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: without the check of what has arrived a damaged copy takes the place of a whole state."""
    copies = Snapshots(url, "journeys/g1/p0")
    copies.put(store, 8, tmp_path / "scratch")
    HARM["a file is cut short"](*folder_of(url, 8))
    own = RocksStore(tmp_path / "own")
    own.save({b"a": b"own", b"b": b"own"}, b"own")
    own.close()
    monkeypatch.setattr(snapshots, "_check", lambda *_: None)
    copies.fetch(8, tmp_path / "own")
    try:
        found = read(tmp_path / "own")
    except Stop:
        return
    # Worse than a state that can't be opened: one that opens, and has lost what was in that file.
    assert found not in ((b"own", [b"own", b"own"]), (b"1", [b"1" * 1000, b"1"]))


def test_two_copies_at_once_do_not_mix(url: str, store: RocksStore, tmp_path: Path) -> None:
    """Two workers whose files have other names copy one state at the same time: each copy is whole, and either serves."""
    other = RocksStore(tmp_path / "other")
    for number in range(3):
        other.save({b"a": b"1" * 1000, b"b": b"1", f"gone-{number}".encode(): b"x" * 50}, b"1")
    first, second = freeze(store, tmp_path / "scratch"), freeze(other, tmp_path / "scratch")
    copies = Snapshots(url, "journeys/g1/p0")

    class Late(Snapshots):
        """Looked before the other one was complete."""

        looked = False

        def offsets(self) -> list[int]:
            if self.looked:
                return super().offsets()
            self.looked = True
            return []

    copies.upload(first, 5)
    Late(url, "journeys/g1/p0").upload(second, 5)
    other.close()
    fs, root = fsspec.core.url_to_fs(url)
    folders = sorted(str(path).rstrip("/") for path in fs.ls(f"{root.rstrip('/')}/journeys/g1/p0", detail=False))
    assert len(folders) == 2
    for gone in folders:
        fs.rm_file(largest(fs, gone))
        if gone == folders[0]:
            copies.fetch(5, tmp_path / "again")
            assert read(tmp_path / "again") == (b"1", [b"1" * 1000, b"1"])
    with pytest.raises(Damaged):
        copies.fetch(5, tmp_path / "again")


@pytest.mark.parametrize(("hours", "stays"), [(0, True), (23, True), (25, False)])
@pytest.mark.guard("snapshots")
def test_another_workers_unfinished_copy_stays(url: str, store: RocksStore, tmp_path: Path, hours: int, stays: bool) -> None:
    """What another worker is copying is never removed; what was begun more than a day ago and never finished is."""
    now = 1_800_000_000_000
    fs, root = fsspec.core.url_to_fs(url)
    theirs = f"{root.rstrip('/')}/journeys/g1/p0/{3:020d}-00000000"
    fs.makedirs(theirs)
    fs.pipe(f"{theirs}/STARTED", str(now - hours * 3_600_000).encode())
    fs.pipe(f"{theirs}/CURRENT", b"MANIFEST-000001")
    copies = Snapshots(url, "journeys/g1/p0", now=lambda: now)
    for offset in (5, 6, 7):
        copies.put(store, offset, tmp_path / "scratch")
    fs.invalidate_cache()
    assert (copies.offsets(), fs.exists(theirs)) == ([7, 6], stays)


@pytest.mark.guard("snapshots")
def test_what_did_not_arrive_gets_no_mark(
    url: str, store: RocksStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of which a file was lost on its way is never marked complete."""
    copies = Snapshots(url, "journeys/g1/p0")
    whole = copies._fs.put

    def losing(source: str, target: str, **more: Any) -> None:
        whole(source, target, **more)
        copies._fs.rm_file(largest(copies._fs, target.rstrip("/")))

    monkeypatch.setattr(copies._fs, "put", losing)
    with pytest.raises(Damaged, match="is missing, its marker says"):
        copies.put(store, 5, tmp_path / "scratch")
    assert copies.offsets() == []


class Away:
    """Copies that can be listed and not fetched."""

    def offsets(self) -> list[int]:
        """One."""
        return [5]

    def fetch(self, offset: int, directory: Path) -> None:
        """Away."""
        raise PermissionError("no")


def test_copies_that_do_not_answer_are_waited_for_only_where_needed(tmp_path: Path) -> None:
    """Without own state and with a cut log there is no way on but to wait; otherwise the log has everything."""
    away: Any = Away()
    assert fetch_newest(away, [5], tmp_path / "own", needed=False) == []
    with pytest.raises(Retry, match="no snapshot can be fetched"):
        fetch_newest(away, [5], tmp_path / "own", needed=True)


def test_copies_that_hang_are_away(url: str, store: RocksStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fetch that gets no answer is given up, and what arrives of it later replaces nothing."""
    copies, answered = Snapshots(url, "journeys/g1/p0"), Event()
    copies.put(store, 8, tmp_path / "scratch")
    own = RocksStore(tmp_path / "own")
    own.save({b"a": b"own", b"b": b"own"}, b"own")
    own.close()
    whole, came = Snapshots._arrived, Event()

    def hanging(self: Snapshots, folder: str, directory: Path) -> Path:
        answered.wait()
        try:
            return whole(self, folder, directory)
        finally:
            came.set()

    monkeypatch.setattr(Snapshots, "_arrived", hanging)
    monkeypatch.setattr(snapshots, "FETCH_SECONDS", 0.05)
    assert fetch_newest(copies, [8], tmp_path / "own", needed=False) == []
    with pytest.raises(Retry, match="no answer within"):
        fetch_newest(copies, [8], tmp_path / "own", needed=True)
    answered.set()
    assert came.wait(60)
    assert read(tmp_path / "own") == (b"own", [b"own", b"own"])


def test_a_copy_is_made_once(url: str, store: RocksStore, tmp_path: Path) -> None:
    """A second copy at the same offset changes nothing: the value at an offset is always the same."""
    copies = Snapshots(url, "journeys/g1/p0")
    copies.put(store, 5, tmp_path / "scratch")
    store.save({b"b": b"2"}, b"2")
    copies.put(store, 5, tmp_path / "scratch")
    copies.fetch(5, tmp_path / "again")
    assert read(tmp_path / "again") == (b"1", [b"1" * 1000, b"1"])


def test_partitions_do_not_meet(url: str, store: RocksStore, tmp_path: Path) -> None:
    """Snapshots of another partition or generation are not seen."""
    Snapshots(url, "journeys/g1/p0").put(store, 5, tmp_path / "scratch")
    assert Snapshots(url, "journeys/g1/p1").offsets() == []
    assert Snapshots(url, "journeys/g2/p0").offsets() == []
    assert Snapshots(url, "journeys/g1/p0").offsets() == [5]


def test_what_is_chosen_is_forgotten(url: str, store: RocksStore, tmp_path: Path) -> None:
    """Of the folders below a name those chosen go with every copy in them, the others keep theirs; nowhere is nothing."""
    for generation in (1, 2, 3):
        Snapshots(url, f"i/journeys/g{generation}/p0").put(store, 7, tmp_path / "scratch")
    assert forget(url, "i/journeys", lambda names: [name for name in names if name != "g2"]) == ["g1", "g3"]
    assert [Snapshots(url, f"i/journeys/g{generation}/p0").offsets() for generation in (1, 2, 3)] == [[], [7], []]
    assert forget(url, "i/nobody", lambda names: names) == []
