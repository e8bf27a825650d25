"""Records of the contributions topic, for tests."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.fields import Scope
from schemas.record_codec import decode_contribution, encode_record
from schemas.structs.contributions import Contribution, Entry
from schemas.structs.watermarks import Watermark
from schemas.watermarks import version_of
from streams.engine.checkpoint import Checkpoint, StateIdentity
from streams.engine.update_spool import UpdateSpool
from streams.scores.contribution_cuts import ContributionCuts

GENERATION = 2
T0 = 1_767_225_600_000
"""2026-01-01 00:00 UTC."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@dataclass
class Rec:
    """A record as Kafka gives it."""

    offset: int
    value: bytes | None
    timestamp: int = T0
    key: bytes | None = b""
    headers: Sequence[tuple[str, bytes]] = ()


def entry(at: int, field: str = "dec", key: str = "", amount: int = 1) -> Any:
    """An entry."""
    return Entry(at=at, field=field, key=key, amount=amount)


def update(
    tick: int,
    *entries: Any,
    subject: str = "i",
    source: int = 0,
    live: bool = True,
    scope: Scope = "pair",
    parts: tuple[str, ...] = ("A", "B"),
    generation: int = GENERATION,
    group: int = 0,
) -> bytes:
    """A contribution of the tick at that offset."""
    record = Contribution(
        scope=scope,
        parts=list(parts),
        subject=subject,
        version=version_of(generation, tick),
        partition=source,
        w=T0,
        live=live,
        entries=list(entries),
        group=group,
    )
    return encode_record(record)


def mark(tick: int, w: int, source: int = 0, sources: int = 2, generation: int = GENERATION) -> bytes:
    """A watermark of the tick at that offset."""
    of = {"partition": source, "partitions": sources, "target": 0, "targets": 1}
    return encode_record(Watermark(generation=generation, w=w, offset=tick, **of))


def decoded(*values: bytes) -> list[Any]:
    """Updates as a fold takes them."""
    return [decode_contribution(value) for value in values]


def head(offset: int = 0, w: int = -1, marks: dict[int, int] | None = None) -> Checkpoint:
    """The head of a state of the scores stage."""
    return Checkpoint(offset, w, StateIdentity("scores", GENERATION, "t", 0, 1, 1, "UTC", 400), marks or {})


def cuts_of(checkpoint: Checkpoint, in_memory: int = 10) -> ContributionCuts:
    """The cuts of a partition; what waits on disk waits in unnamed files."""
    return ContributionCuts(checkpoint, UpdateSpool(Path(tempfile.gettempdir())), in_memory)
