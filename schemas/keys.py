"""Record keys, and what chooses the partition of a record that a stage writes."""

from hashlib import blake2b

SEPARATOR = "\x1f"
"""Stands between the parts of a key. Names that are put together hold none (``schemas.event_codec``)."""


def fact_key(kind: str, subject: str, source: str = "", id: str = "") -> bytes:
    """The record key of a fact: its whole id."""
    return SEPARATOR.join((kind, subject, source, id)).encode()


def scope_name(scope: str, parts: list[str]) -> str:
    """One text for a scope: kind and parts."""
    return SEPARATOR.join((scope, *parts))


def scope_partition_key(scope: str, parts: list[str]) -> bytes:
    """What chooses a scope's partition: of pairs the unordered pair, so that both directions and their custody meet."""
    if scope in {"pair", "both"}:
        return SEPARATOR.join(("both", *sorted(parts))).encode()
    return scope_name(scope, parts).encode()


def contribution_key(scope: str, parts: list[str], subject: str, source: str = "", id: str = "", group: int = 0) -> bytes:
    """The record key of a contribution: a hash of scope and of what gives; the record says both in full.

    Sixteen bytes, because there are many and each is small: spelled out, the keys took more room than the entries.
    """
    # Subject and id are whatever a source says, the separator included: only with its length does the subject have an end.
    named = SEPARATOR.join((scope, *parts, "", str(len(subject)), subject, source, id, str(group)))
    return blake2b(named.encode(), digest_size=16).digest()


def score_key(scope: str, parts: list[str], window: str, end: int, refresh: str) -> bytes:
    """The record key of a score: scope, window, end, and which of its measures."""
    return SEPARATOR.join((scope, *parts, "", window, str(end), refresh)).encode()


def watermark_key(partition: int) -> bytes:
    """Record key of a source partition's watermarks."""
    return b"watermark\x1f%d" % partition
