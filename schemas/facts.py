"""Facts: what the journeys stage says about one work item, and how far it has come.

A fact is an upsert: its id is (kind, subject, source, id), its version ``generation << 48 | tick offset``. Only the
subject's partition writes it, so the versions of one fact are comparable; written twice it changes nothing.
"""

from typing import Annotated, Any, Literal, Union, cast

import msgspec
from pydantic import Field

from schemas.fields import Body, Count, Name, Place, Status, Subject
from schemas.structs import struct_of

GENERATION_SHIFT = 48
SEPARATOR = "\x1f"


def version_of(generation: int, offset: int) -> int:
    """The one number that orders a fact's writes: generation first, then the tick's offset in the partition."""
    return generation << GENERATION_SHIFT | offset


Ms = Annotated[int, Field(ge=-(2**62), le=2**62)]


class ItemFact(Body):
    """The custody path of a work item and what follows from it (metrics 1.7). Times in ms UTC, durations in ms."""

    path: list[Name]
    reassignments: Count
    bounces: Count
    revisits: Count
    assignment_changes: Count
    reopens: Count
    reopened_teams: list[Name]
    moves: Count
    events: Count
    holder: Name | None
    status: Status | None
    deliverable: Name | None
    due_at: Ms | None
    opened_at: Ms
    last_event_at: Ms
    resolved_at: Ms | None
    closed_at: Ms | None
    touch_ms: dict[str, int]
    queue_ms: dict[str, int]


class Verdict(Body):
    """A judgement on one event that every calculation reads: not used because it came too late, or made no sense there."""

    verdict: Literal["too_late", "anomaly"]
    reason: Name


class FactHead(Body):
    """Who wrote which fact, and at which tick. ``deleted``: the fact no longer holds; its body is empty."""

    subject: Subject
    source: Annotated[str, Field(max_length=200)] = ""
    id: Annotated[str, Field(max_length=200)] = ""
    version: Count
    partition: Count
    w: Ms
    deleted: bool = False


class ItemRecord(FactHead):
    """Record of an item fact on ``baton.facts.v1``."""

    body: ItemFact | None = None


class VerdictRecord(FactHead):
    """Record of a verdict on ``baton.facts.v1``; ``source`` and ``id`` are the judged event's.

    The kind in its fact id is the verdict's word, so that two verdicts on one event stand side by side; its body says which,
    also when it is taken away.
    """

    body: Verdict


class Watermark(Body):
    """Everything a source partition publishes for W stands before this record, on every facts partition.

    ``partition`` of ``partitions`` is the source's; ``target`` of ``targets`` the facts partition it was written to.
    """

    generation: Count
    partition: Count
    partitions: Annotated[int, Field(ge=1)]
    target: Count
    targets: Annotated[int, Field(ge=1)]
    w: Ms
    offset: Place


FACT_MODELS: dict[str, type[Body]] = {"item": ItemRecord, "verdict": VerdictRecord, "watermark": Watermark}
"""Value of ``kind`` → the record's shape."""
FACT_STRUCTS: dict[str, type[msgspec.Struct]] = {
    kind: struct_of(model, tag_field="kind", tag=kind) for kind, model in FACT_MODELS.items()
}
KIND_OF: dict[type[msgspec.Struct], str] = {struct: kind for kind, struct in FACT_STRUCTS.items()}
ITEM_BODY = cast(Any, struct_of(ItemFact))
VERDICT_BODY = cast(Any, struct_of(Verdict))

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Union[tuple(FACT_STRUCTS.values())])  # noqa: UP007  # built from a table
_encoder = msgspec.json.Encoder()


def fact_key(kind: str, subject: str, source: str = "", id: str = "") -> bytes:
    """The record key of a fact: its whole id."""
    return SEPARATOR.join((kind, subject, source, id)).encode()


def encode_fact(record: Any) -> bytes:
    """JSON of a fact record or watermark struct."""
    return _encoder.encode(record)


def decode_fact(value: bytes) -> Any:
    """The struct of a facts record. Raises ``msgspec.MsgspecError`` for anything Baton did not write."""
    return _decoder.decode(value)
