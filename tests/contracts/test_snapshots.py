"""Contract of the copies of a state: whole or not counted, few, and the same on any file system."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from streams.engine.rocksdb_store import RocksStore
from streams.engine.snapshots import KEPT, Snapshots, forget

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


def test_a_copy_without_its_mark_does_not_count(url: str, store: RocksStore, tmp_path: Path) -> None:
    """A copy that was cut short does not count; made again, it is whole."""
    copies = Snapshots(url, "journeys/g1/p0")
    copies.put(store, 5, tmp_path / "scratch")
    copies.put(store, 8, tmp_path / "scratch")
    fs, root = fsspec.core.url_to_fs(url)
    fs.rm_file(f"{root.rstrip('/')}/journeys/g1/p0/{8:020d}/COMPLETE")
    assert copies.offsets() == [5]
    copies.put(store, 8, tmp_path / "scratch")
    assert copies.offsets() == [8, 5]
    copies.fetch(8, tmp_path / "again")
    assert read(tmp_path / "again")[0] == b"1"


class _NoMark(Snapshots):
    """Wrong on purpose: every directory counts."""

    def offsets(self) -> list[int]:
        names = [str(path).rsplit("/", 1)[-1] for path in self._fs.ls(self._root, detail=False)]
        return sorted(map(int, names), reverse=True)


def test_counting_unmarked_copies_is_caught(url: str, store: RocksStore, tmp_path: Path) -> None:
    """Negative control: where unmarked copies count, half a copy would be taken for the newest."""
    Snapshots(url, "journeys/g1/p0").put(store, 5, tmp_path / "scratch")
    fs, root = fsspec.core.url_to_fs(url)
    half = f"{root.rstrip('/')}/journeys/g1/p0/{8:020d}"
    fs.makedirs(half)
    fs.pipe(f"{half}/CURRENT", b"MANIFEST-000001")
    assert Snapshots(url, "journeys/g1/p0").offsets() == [5]
    assert _NoMark(url, "journeys/g1/p0").offsets() == [8, 5]


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
