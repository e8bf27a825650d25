"""One contract for every state store: the shipped twin in memory and RocksDB."""

import itertools
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import Stop
from streams.engine.memory_store import MemoryStore
from streams.engine.ports import StateStore
from streams.engine.rocksdb_store import RocksStore
from tests.contracts.state.writer import whole

ROOT = Path(__file__).parents[2]


@dataclass
class Place:
    """Where stores of one kind are opened; closed at the end of the test."""

    kind: str
    directory: Path
    opened: list[StateStore] = field(default_factory=list)
    remembered: dict[Path, MemoryStore] = field(default_factory=dict)

    def open(self, name: str = "state") -> StateStore:
        """The store below ``name``, as a worker opens it; the twin lives as long as its object."""
        directory = self.directory / name
        store = RocksStore(directory) if self.kind == "rocks" else self.remembered.setdefault(directory, MemoryStore())
        self.opened.append(store)
        return store

    def close(self, store: StateStore) -> None:
        """Close a store before the test ends."""
        self.opened.remove(store)
        store.close()


@pytest.fixture(params=["memory", "rocks"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place for stores of each kind."""
    found = Place(request.param, tmp_path)
    yield found
    for store in found.opened:
        store.close()


Gap = Callable[[str, str], None]


@pytest.fixture
def gap(request: pytest.FixtureRequest) -> Gap:
    """Marks what one kind does not do: the test must fail for it, and says so when it no longer does."""

    def mark(kind: str, reason: str) -> None:
        if request.getfixturevalue("place").kind == kind:
            request.applymarker(pytest.mark.xfail(strict=True, raises=AssertionError, reason=reason))

    return mark


def test_a_new_store_is_empty(place: Place) -> None:
    """A store that was never saved has no head and no keys."""
    store = place.open()
    assert store.checkpoint() is None
    assert store.get_many([b"a", b"b"]) == [None, None]
    assert list(store.scan(b"")) == []


def test_what_is_saved_is_read(place: Place) -> None:
    """Values come back byte for byte and in the order asked, absent ones as None, repeated ones twice."""
    store = place.open()
    store.save({b"a": b"", b"b": bytes(range(256)), b"\xff\x00": b"x" * 100_000}, b"1")
    assert store.get_many([b"b", b"none", b"a", b"\xff\x00", b"b"]) == [
        bytes(range(256)),
        None,
        b"",
        b"x" * 100_000,
        bytes(range(256)),
    ]
    assert store.get_many([]) == []
    assert store.checkpoint() == b"1"


def test_a_save_changes_only_what_it_names(place: Place) -> None:
    """None deletes, also what was never there; everything else stays."""
    store = place.open()
    store.save({b"a": b"1", b"b": b"1"}, b"1")
    store.save({b"a": None, b"c": b"2", b"never": None}, b"2")
    assert store.get_many([b"a", b"b", b"c", b"never"]) == [None, b"1", b"2", None]
    store.save({}, b"3")
    assert (store.checkpoint(), store.get_many([b"b"])) == (b"3", [b"1"])


def test_scan_gives_the_prefix_in_key_order(place: Place) -> None:
    """A scan gives the keys that begin with the prefix, in order of their bytes, and no other; never the head."""
    store = place.open()
    store.save({b"t\x00\x02": b"2", b"t\x00\x01": b"1", b"t\xff": b"4", b"t\x01": b"3", b"s\xff": b"0", b"u": b"5"}, b"head")
    assert list(store.scan(b"t")) == [(b"t\x00\x01", b"1"), (b"t\x00\x02", b"2"), (b"t\x01", b"3"), (b"t\xff", b"4")]
    assert [key for key, _ in store.scan(b"t\x00")] == [b"t\x00\x01", b"t\x00\x02"]
    assert list(store.scan(b"z")) == []


def test_scan_ends_where_the_prefix_does(place: Place) -> None:
    """Also where the prefix ends with the highest byte, and where nothing can stand behind it."""
    store = place.open()
    store.save({b"t\xff": b"1", b"t\xff\xff": b"2", b"u": b"3", b"\xff": b"4", b"\xff\xff\x00": b"5"}, b"head")
    assert [value for _, value in store.scan(b"t\xff")] == [b"1", b"2"]
    assert [value for _, value in store.scan(b"\xff")] == [b"4", b"5"]
    assert [value for _, value in store.scan(b"\xff\xff")] == [b"5"]
    assert list(store.scan(b"t\xff\xff\xff")) == []


def test_scan_without_prefix_gives_no_head(place: Place, gap: Gap) -> None:
    """A scan of everything gives the keys, not the head."""
    store = place.open()
    store.save({b"a": b"1"}, b"head")
    assert list(store.scan(b"")) == [(b"a", b"1")]


def test_what_was_saved_outlives_closing(place: Place) -> None:
    """A store that is closed and opened again holds the last save, head and all."""
    store = place.open()
    store.save({b"a": b"1", b"b": b"1"}, b"1")
    store.save({b"a": None}, b"2")
    place.close(store)
    again = place.open()
    assert (again.checkpoint(), again.get_many([b"a", b"b"])) == (b"2", [None, b"1"])


_numbers = itertools.count()
_keys = st.sampled_from([b"a", b"ab", b"b", b"t\x00", b"t\xff", b"x"])
_saves = st.lists(st.dictionaries(_keys, st.none() | st.binary(max_size=4), max_size=4), max_size=12)


@given(_saves, st.sampled_from([b"", b"a", b"t"]))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_store_is_a_map(place: Place, saves: list[dict[bytes, bytes | None]], prefix: bytes) -> None:
    """After any saves, a store holds what a plain map would hold."""
    store = place.open(f"map-{next(_numbers)}")
    model: dict[bytes, bytes] = {}
    for number, changes in enumerate(saves):
        store.save(changes, b"%d" % number)
        model = {key: value for key, value in {**model, **changes}.items() if value is not None}
    asked = [b"a", b"ab", b"b", b"t\x00", b"t\xff", b"x", b"none"]
    assert store.get_many(asked) == [model.get(key) for key in asked]
    scanned = [(key, value) for key, value in store.scan(prefix) if key != b"h"]
    assert scanned == sorted((key, value) for key, value in model.items() if key.startswith(prefix))
    assert store.checkpoint() == (b"%d" % (len(saves) - 1) if saves else None)
    place.close(store)


def test_a_copy_is_the_last_save_and_stays_it(place: Place, gap: Gap) -> None:
    """A copy opens as a store of its own: the save it was taken at, untouched by what either side saves later."""
    gap("memory", "the twin writes a copy, but can't be opened from one")
    store = place.open()
    store.save({b"a": b"1", b"b": b"1"}, b"1")
    store.copy_to(place.directory / "deep" / "copy")
    store.save({b"a": b"2", b"b": None}, b"2")
    copy = place.open("deep/copy")
    assert (copy.checkpoint(), copy.get_many([b"a", b"b"])) == (b"1", [b"1", b"1"])
    copy.save({b"a": b"3"}, b"3")
    assert (store.checkpoint(), store.get_many([b"a", b"b"])) == (b"2", [b"2", None])


def test_a_copy_never_overwrites(place: Place) -> None:
    """Copying into a directory that exists is refused."""
    store = place.open()
    store.save({b"a": b"1"}, b"1")
    taken = place.directory / "taken"
    taken.mkdir()
    with pytest.raises(Exception, match=r"(?i)exist"):
        store.copy_to(taken)


def test_one_process_holds_a_directory(place: Place, gap: Gap) -> None:
    """A directory that is held can't be opened a second time: ``Stop``, with what to do."""
    gap("memory", "the twin has no directory that could be held")
    place.open()
    try:
        place.open()
    except Stop as stop:
        assert "end the process" in stop.mend
    else:
        raise AssertionError("opened twice")


def killed(kind: str, directory: Path, saves: int) -> int:
    """Start a writer, end it with SIGKILL a moment after so many saves; the last save it said it had finished."""
    words = [sys.executable, "-m", "tests.contracts.state.writer", kind, str(directory)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout is not None
            said = [int(writer.stdout.readline()) for _ in range(saves)]
            time.sleep(random.random() / 200)  # somewhere inside a later save
        finally:
            writer.kill()
        said += [int(line) for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    return said[-1]


def test_a_killed_writer_leaves_one_whole_save(place: Place, gap: Gap) -> None:
    """After ``kill -9`` at any moment, head and values are of one save, and not older than the last one finished."""
    gap("memory", "the twin ends with its process")
    for saves in (1, random.randrange(1, 30), random.randrange(200, 400)):
        finished = killed(place.kind, place.directory / "state", saves)
        store = place.open()
        assert whole(store) >= finished
        place.close(store)


def test_a_store_that_writes_the_head_apart_is_caught(tmp_path: Path) -> None:
    """Negative control: a store whose save is not one step shows parts of two saves after some ``kill -9``."""
    for attempt in range(30):
        directory = tmp_path / str(attempt)
        killed("one-by-one", directory, 3)
        store = RocksStore(directory)
        try:
            whole(store)
        except AssertionError:
            return
        finally:
            store.close()
    raise AssertionError("thirty kills and never a torn state: the test above can't fail")
