"""Events: what happened to a work item, and the control records the clock broadcasts.

CloudEvents 1.0 in JSON, structured mode. ``id`` and ``source`` are the dedupe key within a subject; of one
event's revisions the highest survives. Every shape is written here once; ``schemas.structs`` has the hot
path's structs, made from these models, and a law shows that both accept the same bytes.
"""

from typing import Any, Literal, cast

from pydantic import create_model, model_validator

from schemas.event_bodies import BODIES
from schemas.fields import EPOCH, Body, Count, EventId, Nanos, Sequence, Subject, Text, Time
from schemas.media_types import check_json_type

TICK = "baton.clock.ticked.v1"
RATING = "baton.rating.given.v1"
CONTROL = frozenset(t for t in BODIES if t.split(".")[1] in {"clock", "agreement", "teams", "holidays", "priors"})
"""Broadcast to every partition by the clock alone."""


def pair_subject(supplier: str, customer: str) -> str:
    """The subject of a pair's ratings."""
    return f"{supplier} > {customer}"


def schema_uri(event_type: str) -> str:
    """The ``dataschema`` of an event type; the file is ``schemas/json/<type>.json``."""
    return f"urn:baton:schema:{event_type}"


class Envelope(Body):
    """CloudEvents attributes every event has. ``data`` may be missing in a retraction only.

    ``timenanos``: nanoseconds of ``time`` beyond its microsecond; the decoder sets it where ``time`` has more digits.
    """

    specversion: Literal["1.0"]
    id: EventId
    source: EventId
    time: Time
    subject: Subject
    dataschema: Text | None = None
    datacontenttype: Text | None = None
    sequence: Sequence = 0
    timenanos: Nanos = 0
    revision: Count = 0
    recordedat: Time | None = None
    deleted: bool = False

    @model_validator(mode="after")
    def _complete(self) -> "Envelope":
        check_complete(self)
        return self


def check_complete(event: Any) -> None:  # a model or a struct; the envelope alone has no ``data``
    """Rules between fields, shared with the structs. Raises ``ValueError``."""
    if event.data is None and not event.deleted:
        raise ValueError("data: missing, and the event is no retraction (deleted: true)")
    if event.time < EPOCH:
        raise ValueError("time: before 1970")
    if event.datacontenttype is not None:
        check_json_type(event.datacontenttype)


def check_rating(event: Any) -> None:  # as above
    """As ``check_complete``, and the subject must be the pair's: votes replace each other within a subject."""
    check_complete(event)
    if event.data is not None and event.subject != pair_subject(event.data.supplier, event.data.customer):
        raise ValueError('subject: of a rating it is its pair, "supplier > customer"')


class RatingEnvelope(Envelope):
    """A rating's envelope."""

    @model_validator(mode="after")
    def _of_its_pair(self) -> "RatingEnvelope":
        check_rating(self)
        return self


MODELS: dict[str, type[Envelope]] = {
    t: create_model(
        "".join(part.capitalize() for part in t.split(".")[1:3]) + "Event",
        __base__=RatingEnvelope if t == RATING else Envelope,
        __doc__=body.__doc__,
        type=(cast(Any, Literal[t]), ...),
        data=(cast(Any, body | None), None),
    )
    for t, body in BODIES.items()
}
"""Event type → the whole event's model."""
