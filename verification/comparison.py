"""Comparing what was streamed with what is computed again: counts, differences, and some examples of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, TypeAlias

from schemas.keys import SEPARATOR
from streams.engine.ports import StateStore
from verification.words import named, told

EXAMPLES = 100
_AHEAD = 50_000
Outcome: TypeAlias = Literal["holds", "differs", "not compared"]


@dataclass(frozen=True)
class Check:
    """One equality. ``expected`` comes from raw events, ``actual`` from what was published; ``examples``: some differences.

    ``left_out``: what was there to compare and was not, because it changes meanwhile or one side is behind; ``note`` says why.
    ``lost``: the differences are records that are in no table, so much else differs with them.
    """

    name: str
    expected: int
    actual: int
    differences: int
    examples: tuple[str, ...] = ()
    note: str = ""
    left_out: int = 0
    lost: bool = False

    @property
    def outcome(self) -> Outcome:
        """A check that compared nothing of what there was says nothing, least of all that it holds."""
        if self.differences:
            return "differs"
        return "not compared" if self.left_out and not (self.expected or self.actual) else "holds"

    @property
    def holds(self) -> bool:
        """Whether something was compared, or nothing was there, and nothing differs."""
        return self.outcome == "holds"


def not_compared(name: str, left_out: int, why: str) -> Check:
    """A check that compared nothing of ``left_out`` things."""
    return Check(name, 0, 0, 0, (), f"not compared: 0 of {left_out:,}; {why}", left_out)


class Tally:
    """What one comparison found. ``moved_on``: left out, because it has changed since.

    ``compared_kinds``, ``left_kinds``: how many of each kind of key.
    """

    def __init__(self) -> None:
        self.expected = self.actual = self.differences = self.moved_on = 0
        self.examples: list[str] = []
        self.compared_kinds: Counter[str] = Counter()
        self.left_kinds: Counter[str] = Counter()

    def differ(self, what: str) -> None:
        """Count a difference; the first 100 are kept as examples."""
        self.differences += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(what)

    def leave_out(self, kind: str) -> None:
        """Something that was computed again has changed since, so it can't be compared."""
        self.moved_on += 1
        self.left_kinds[kind] += 1

    def check(self, name: str, what: str = "facts", note: str = "") -> Check:
        """The result; ``what`` names the things compared."""
        moved_on = f"{self.moved_on} {what} have changed since and are left out" if self.moved_on else ""
        notes = "; ".join(filter(None, (moved_on, note)))
        return Check(name, self.expected, self.actual, self.differences, tuple(self.examples), notes, self.moved_on)


def fingerprint(content: bytes) -> bytes:
    """Stands for a content in a comparison."""
    return blake2b(content, digest_size=12).digest()


class Expected:
    """Keys with version and content that were computed again; they lie in ``store``, so that memory stays bounded."""

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._ahead: dict[bytes, bytes | None] = {}

    def put(self, key: bytes, version: int, content: bytes) -> None:
        """Keep the newest version and content of a key."""
        self._set(key, version.to_bytes(8, "big") + fingerprint(content))

    def drop(self, key: bytes) -> None:
        """Forget a key: its fact was withdrawn."""
        self._set(key, None)

    def _set(self, key: bytes, value: bytes | None) -> None:
        self._ahead[b"k" + key] = value
        if len(self._ahead) >= _AHEAD:
            self._settle()

    def _settle(self) -> None:
        # The store has no reads of its own writes, so everything is written before it is asked.
        self._store.save(self._ahead, b"")
        self._ahead = {}

    def take(self, keys: Sequence[bytes]) -> list[tuple[int, bytes] | None]:
        """(version, fingerprint) of each; they are then no longer here."""
        self._settle()
        stored = [b"k" + key for key in keys]
        found = self._store.get_many(stored) if stored else []
        # Taken away, so that what is left at the end was computed and never streamed.
        self._store.save(dict.fromkeys(stored), b"")
        return [None if value is None else (int.from_bytes(value[:8], "big"), value[8:]) for value in found]

    def rest(self) -> Iterator[tuple[bytes, int]]:
        """Key and version of those never taken."""
        self._settle()
        for key, value in self._store.scan(b"k"):
            yield key[1:], int.from_bytes(value[:8], "big")


Streamed = tuple[bytes, int, bytes]
"""Key, version and content of what is in the tables."""


def compared(
    tally: Tally,
    expected: Expected,
    pages: Iterator[Sequence[Streamed]],
    moved_on: set[bytes],
    limit: int,
    kind_of: Callable[[bytes], str],
) -> Tally:
    """Compare the tables with what was computed again; a version above ``limit``, and what is in ``moved_on``, is left out."""
    for page in pages:
        for (key, version, content), want in zip(page, expected.take([row[0] for row in page]), strict=True):
            # Written after the newest complete tick: not computed again, so there is nothing to compare with.
            if version > limit or key in moved_on:
                if want is not None:
                    tally.leave_out(kind_of(key))
                continue
            tally.actual += 1
            tally.compared_kinds[kind_of(key)] += 1
            tally.expected += want is not None
            same = want is not None and want[1] == fingerprint(content)
            if want is None or want[0] != version or not same:
                again = "nothing" if want is None else f"version {want[0]}, {'the same' if same else 'other'} content"
                tally.differ(f"{named(key)}: streamed version {version}, {told(key, content)}; computed again: {again}")
    for key, version in expected.rest():
        if key in moved_on:
            tally.leave_out(kind_of(key))
        elif version <= limit:
            tally.expected += 1
            tally.compared_kinds[kind_of(key)] += 1
            tally.differ(f"{named(key)}: computed again at version {version}, not in the table")
    return tally


def never_compared(what: str, tallies: Iterable[Tally]) -> Iterator[Check]:
    """A check for each kind of key of which everything was left out, in all of the comparisons together."""
    done: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for tally in tallies:
        done.update(tally.compared_kinds)
        left.update(tally.left_kinds)
    for kind in sorted(left.keys() - done.keys()):
        yield not_compared(f"{kind} {what}", left[kind], "all have changed since")


def fact_kind(key: bytes) -> str:
    """The kind of a fact, by its key."""
    kind, *_ = key.decode().split(SEPARATOR)
    return kind


def score_kind(key: bytes) -> str:
    """Scope, window and refresh of a score, by its key."""
    scope, *_, window, _end, refresh = key.decode().split(SEPARATOR)
    return f"{scope} {window} {refresh}"
