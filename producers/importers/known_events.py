"""What an import would change: its events against those of the same log that a home holds already."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

_WHEN_AND_HOW_OFTEN = re.compile(rb',"recordedat":"[^"]*"|,"revision":[0-9]+')
"""What differs between two imports of one row though it says the same. ``KNOWN`` says it once more."""

KNOWN = r"""
SELECT id, hex(argMax(MD5(replaceRegexpAll(value, ',"recordedat":"[^"]*"|,"revision":[0-9]+', '')), (revision, recorded_at)))
FROM raw_events
WHERE source = {source:String} AND startsWith(id, {first:String})
GROUP BY id
ORDER BY id
"""
"""Id and content of the events that survive of a source, of ids that begin so; ascending."""
FIRSTS = "0123456789abcdef"
"""Ids of imported events begin with one of these, and equally often with each."""

KnownEvent = tuple[str, str]
"""An event's id and ``content`` of it."""
KnownEvents = Callable[[str], Iterator[KnownEvent]]
"""Gives those of a source, ascending by id."""


class Changes(NamedTuple):
    """Events of an import by what they would do in a home."""

    new: int = 0
    corrected: int = 0
    unchanged: int = 0


def content(value: bytes) -> str:
    """Stands for what an imported event says, whenever it was recorded."""
    return hashlib.md5(_WHEN_AND_HOW_OFTEN.sub(b"", value), usedforsecurity=False).hexdigest().upper()


def changes(made: Iterable[KnownEvent], known: Iterator[KnownEvent]) -> Changes:
    """Compare two lists of events, both ascending by id."""
    new = corrected = unchanged = 0
    there = next(known, None)
    for identity, said in made:
        while there is not None and there[0] < identity:
            there = next(known, None)
        if there is None or there[0] != identity:
            new += 1
        elif there[1] == said:
            unchanged += 1
        else:
            corrected += 1
    return Changes(new, corrected, unchanged)
