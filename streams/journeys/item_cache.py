"""The items of one partition: those in use unpacked in memory, the others packed in the state, of forgotten ones a hash.

Groups of its state: ``i`` packed items by subject, ``g`` hashes of forgotten subjects, each with the offset of the tick that
forgot it: records of the subject before that tick were in time.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import islice

from streams.engine.buffered_state import BufferedState
from streams.journeys.item_state import Item, unpack

_ITEM, _FORGOTTEN = b"i", b"g"


def _hash(subject: str) -> bytes:
    return blake2b(subject.encode(), digest_size=16).digest()


class ItemCache:
    """``most`` bounds the unpacked items that stay in memory from one save to the next. Insertion order is order of use."""

    def __init__(self, state: BufferedState, most: int) -> None:
        self._state = state
        self._most = most
        self._items: dict[str, Item] = {}
        self._changed: dict[str, Item] = {}
        # Of the forgotten subjects among those loaded last.
        self._forgotten: dict[str, int] = {}

    def load(self, subjects: Iterable[str]) -> None:
        """Bring items into memory; a subject that is new becomes an empty item, a forgotten one stays absent."""
        missing: list[str] = []
        for subject in subjects:
            item = self._items.pop(subject, None)
            if item is None:
                missing.append(subject)
            else:
                self._items[subject] = item  # to the end: the oldest leave memory first
        # Two reads of the store for the whole cut: packed items, and of the rest the hashes of forgotten ones.
        unknown: list[str] = []
        saved = self._state.get_many([(_ITEM, subject.encode()) for subject in missing])
        for subject, packed in zip(missing, saved, strict=True):
            if packed is None:
                unknown.append(subject)
            else:
                self._items[subject] = unpack(packed)
        forgotten = self._state.get_many([(_FORGOTTEN, _hash(subject)) for subject in unknown])
        self._forgotten = {}
        for subject, mark in zip(unknown, forgotten, strict=True):
            # Not written before it has been folded: an empty item leaves no trace in the state.
            if mark is None:
                self._items[subject] = Item()
            else:
                self._forgotten[subject] = int.from_bytes(mark, "big")

    def get(self, subject: str) -> Item | None:
        """A loaded item; None for one that was forgotten."""
        return self._items.get(subject)

    def forgotten_tick(self, subject: str) -> int:
        """Of a forgotten subject among those loaded last the offset of the tick that forgot it."""
        return self._forgotten[subject]

    def mentioning(self, names: Iterable[str]) -> list[str]:
        """Subjects whose packed bytes hold one of these names, or not written yet; some for nothing. Reads all items."""
        spelled = [name.encode() for name in names]
        found = set(self._changed)
        for subject, packed in self._state.members(_ITEM):
            if any(name in packed for name in spelled):
                found.add(subject.decode())
        return sorted(found)

    def changed(self, subject: str, item: Item) -> None:
        """The item is another now; the next ``settle`` writes it."""
        self._changed[subject] = item

    def forget(self, subjects: Sequence[str], tick: int) -> list[Item]:
        """Leave nothing of these but their hash and the tick's offset; gives what they were."""
        # Their agreements must leave the index, and only the unpacked item knows them.
        self.load(subjects)
        forgotten: list[Item] = []
        for subject in subjects:
            forgotten.append(self._items.pop(subject))
            # Else the next ``settle`` would write it again.
            self._changed.pop(subject, None)
            self._state.put(_ITEM, subject.encode(), None)
            self._state.put(_FORGOTTEN, _hash(subject), tick.to_bytes(-(-tick.bit_length() // 8), "big"))
        return forgotten

    def settle(self) -> None:
        """Write what changed. Afterwards ended items leave memory, and the oldest beyond the bound."""
        for subject, item in self._changed.items():
            self._state.put(_ITEM, subject.encode(), item.pack())
            # Most ended items never come back; unpacked and with its cache one is far larger than packed.
            if item.ended_day >= 0:
                self._items.pop(subject, None)
        self._changed = {}
        # Only between chunks of a tick, and saves: ``close`` holds the items of its chunk.
        for subject in list(islice(self._items, max(len(self._items) - self._most, 0))):
            del self._items[subject]
