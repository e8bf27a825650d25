"""What a row of a log is known by in every export of it."""

from collections.abc import Iterable
from hashlib import blake2b

from producers.importers.mapping import Mapping


def source_of(mapping: Mapping) -> str:
    """The ``source`` of all events of the mapping's log."""
    return f"import/{mapping.name}"


def row_content(name: str, cells: Iterable[str | None]) -> bytes:
    """A row of the mapping ``name`` as bytes, each cell with its length. Never change it: ids depend on it."""
    return ",".join(["-" if cell is None else f"{len(cell)}:{cell}" for cell in (name, *cells)]).encode(
        "utf-8", "surrogateescape"
    )


def row_id(content: bytes, nth: int) -> str:
    """The id that the events of the ``nth`` (from 0) row with this content share, 32 hex digits."""
    return blake2b(b"%d;%s" % (nth, content), digest_size=16).hexdigest()
