"""In which encoding a text log is: what its mark says, what the mapping says, else what its bytes allow."""

from typing import IO, NamedTuple

from charset_normalizer import from_bytes

from producers.importers.file_kind import HEAD_BYTES, mark_of

_LINE_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 18
_SIGNS = frozenset("€–—‘’‚“”„…•°§´«»©®™\u00a0")
_RELATIVES = frozenset(
    [
        *("cp1250", "cp1252", "cp1254", "cp1257", "latin_1", "iso8859_15", "iso8859_9"),
        *("cp437", "cp850", "cp858", "mac_roman"),
    ]
)
"""Encodings of Latin letters with accents: short texts are often taken for another of them."""


class Encoding(NamedTuple):
    """``name`` as Python calls it; ``why``: one of ``mark``, ``mapping``, ``utf-8`` (all of it is), ``guessed``."""

    name: str
    why: str


def encoding_of(stream: IO[bytes], declared: str | None) -> Encoding:
    """Reads ``stream`` as far as it must; it stands at its beginning again afterwards. Memory does not grow with it.

    A byte order mark wins over what the mapping says: with another encoding it would be part of the first column's name.
    """
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if (marked := mark_of(head)) is not None:
        return Encoding(marked, "mark")
    if declared is not None:
        return Encoding(declared, "mapping")
    if wide := _without_mark(head):
        return Encoding(wide, "guessed")
    try:
        return _by_bytes(stream)
    finally:
        stream.seek(0)


def _without_mark(head: bytes) -> str | None:
    """UTF-16 of mostly Latin text: each second byte is zero."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    # Zeros on both sides are no text of any kind, such as the end of a file that was never written.
    if max(even, odd) < len(head) / 8 or min(even, odd) > max(even, odd) / 8:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _by_bytes(stream: IO[bytes]) -> Encoding:
    good = bad = 0
    sample: list[bytes] = []
    held = 0
    while line := stream.readline(_LINE_BYTES):
        if line.isascii():
            continue
        try:
            line.decode()
            good += 1
        except UnicodeDecodeError:
            bad += 1
            if held < _SAMPLE_BYTES:
                sample.append(line)
                held += len(line)
    # Where most such lines are UTF-8 the others are broken lines of a UTF-8 file, and each is a bad row of its own.
    if bad <= good:
        return Encoding("utf-8", "utf-8")
    return Encoding(_guessed(b"".join(sample)), "guessed")


def _guessed(text: bytes) -> str:
    """What the bytes look like; cp1252 where its letters make sense and what was found is a near relative of it."""
    best = from_bytes(text, cp_exclusion=["utf_7"]).best()
    found = best.encoding if best is not None else "cp1252"
    for encoding in ("cp1252", found) if found in _RELATIVES else (found,):
        try:
            decoded = text.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == found or all(sign.isascii() or sign.isalpha() or sign in _SIGNS for sign in decoded):
            return encoding
    return "latin_1"
