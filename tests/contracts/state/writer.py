"""A process that saves numbered states without end, to be killed: ``python -m tests.contracts.state.writer KIND DIRECTORY``.

State n holds n in every key of ``KEYS`` but one, which it deletes, and n as head. Each finished save is said on stdout.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from streams.engine.memory_store import MemoryStore
from streams.engine.ports import StateStore
from streams.engine.rocksdb_store import RocksStore

KEYS = [b"k%03d" % n for n in range(100)]
FILLER = b"." * 1000


class OneByOne(RocksStore):
    """Wrong on purpose: each change and the head are writes of their own."""

    def save(self, changes: Mapping[bytes, bytes | None], head: bytes) -> None:
        """Not one step."""
        before = self.checkpoint() or b""
        for key, value in changes.items():
            super().save({key: value}, before)
        super().save({}, head)


KINDS: dict[str, Callable[[Path], StateStore]] = {
    "memory": lambda _: MemoryStore(),
    "rocks": RocksStore,
    "one-by-one": OneByOne,
}


def state(number: int) -> dict[bytes, bytes | None]:
    """The changes of save ``number``."""
    gone = KEYS[number % len(KEYS)]
    return {key: None if key == gone else b"%d" % number + FILLER for key in KEYS}


def whole(store: StateStore) -> int:
    """The number of the state a store holds, -1 for none; ``AssertionError`` when it is of two saves."""
    head = store.checkpoint()
    if head is None:
        assert list(store.scan(b"k")) == []
        return -1
    expected = {key: value for key, value in state(int(head)).items() if value is not None}
    found = dict(store.scan(b"k"))
    assert found == expected, f"the head is of save {int(head)}, values are of {sorted({v[:-1000] for v in found.values()})}"
    return int(head)


def main(kind: str, directory: str) -> None:
    """Save for ever."""
    store = KINDS[kind](Path(directory))
    number = whole(store)
    while True:
        number += 1
        store.save(state(number), b"%d" % number)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
