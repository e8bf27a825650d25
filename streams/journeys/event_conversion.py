"""Decoded events → events as they are kept, and their cells as they are packed."""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

import msgspec

from schemas.fields import sequence_number, to_ms
from schemas.names import one_form
from schemas.structs import event_bodies as bodies
from schemas.structs import events
from schemas.structs.fields import Time
from streams.journeys.stored_event import (
    AGREED,
    NAMED,
    STATUSES,
    Accepted,
    Agreed,
    AgreedLine,
    Cancelled,
    Completed,
    Delivered,
    Delivery,
    Moved,
    NamedLine,
    Rated,
    Reason,
    Retracted,
    Returned,
    StatusSet,
    StoredBody,
    StoredEvent,
    Surveyed,
    TeamsNamed,
)

_STATUS_CODE = {word: code for code, word in enumerate(STATUSES)}
_RETRACTED = Retracted()


def _moment(moment: Time | None) -> int:
    return -1 if moment is None else to_ms(moment)


def _number(value: int | None) -> int:
    return -1 if value is None else value


def _moved(d: bodies.ItemMoved) -> Moved:
    to, origin, deliverable = d.to, d.from_, d.deliverable
    # Names in the form in which they are compared and shown.
    return Moved(
        one_form(to) if to else "",
        one_form(origin) if origin else "",
        one_form(deliverable) if deliverable else "",
        d.reason or "",
        _moment(d.due),
    )


def _status(d: bodies.ItemStatus) -> StatusSet:
    to = one_form(d.to) if d.to else ""
    return StatusSet(_STATUS_CODE[d.status], to, d.reason or "", _moment(d.since))


def _delivery(d: bodies.HandoffRequested | bodies.HandoffOffered) -> Delivery:
    supplier, customer = one_form(d.supplier), one_form(d.customer)
    return Delivery(d.handoff, supplier, customer, one_form(d.deliverable), _moment(d.due))


def _rated(d: bodies.RatingGiven) -> Rated:
    names = one_form(d.team), one_form(d.supplier), one_form(d.customer), one_form(d.deliverable)
    grades = d.effectiveness, d.consistency
    return Rated(d.rater, *names, *grades, d.kind == "self", d.handoff or "", d.period or "")


def _agreed(d: bodies.AgreementSet) -> Agreed:
    lines = tuple(AgreedLine(one_form(line.deliverable), _number(line.sla_hours)) for line in d.deliverables)
    return Agreed(one_form(d.supplier), one_form(d.customer), d.rating_mode == "team", to_ms(d.valid_from), lines)


def _named(d: bodies.TeamsSet) -> TeamsNamed:
    lines = (NamedLine(one_form(name), one_form(team)) for name, team in d.teams.items())
    # The clock refuses a request with a name of blanks alone; written past it, such a line says nothing.
    return TeamsNamed(tuple(sorted(line for line in lines if all(line))))


_ToBody: TypeAlias = Callable[[Any], StoredBody]  # each takes the body of its own type
# Numbers of this list are in saved states and decide order within a subject: moving a line needs another VERSION.
_KEPT: Final[tuple[tuple[type[events.Event], _ToBody], ...]] = (
    (events.ItemMovedEvent, _moved),
    (events.ItemStatusEvent, _status),
    (events.HandoffRequestedEvent, _delivery),
    (events.HandoffOfferedEvent, _delivery),
    (events.HandoffAcceptedEvent, lambda d: Accepted(d.handoff, _number(d.rework_minutes), _number(d.recheck_minutes))),
    (events.HandoffReturnedEvent, lambda d: Returned(d.handoff, d.reason or "", _number(d.rework_minutes))),
    (events.HandoffCompletedEvent, lambda d: Completed(d.handoff)),
    (events.HandoffCancelledEvent, lambda d: Cancelled(d.handoff, d.reason or "")),
    (events.RatingGivenEvent, _rated),
    (events.OutcomeDeliveredEvent, lambda d: Delivered(-1 if d.on_time is None else int(d.on_time))),
    (events.OutcomeComplainedEvent, lambda d: Reason(d.reason or "")),
    (events.OutcomeSurveyedEvent, lambda d: Surveyed(d.csat)),
    (events.OutcomeEscapedEvent, lambda d: Reason(d.reason or "")),
    (events.AgreementSetEvent, _agreed),
    (events.TeamsSetEvent, _named),
)
"""Types of events that are kept. Code of a type = its place here = its rank in the order of a subject's events."""
CODES: Final = tuple(str(struct.__struct_config__.tag) for struct, _ in _KEPT)
_BY_STRUCT = {struct: (code, body) for code, (struct, body) in enumerate(_KEPT)}
_BODY_CLASSES: Final[tuple[type[StoredBody], ...]] = (
    *(Moved, StatusSet, Delivery, Delivery, Accepted, Returned, Completed, Cancelled),
    *(Rated, Delivered, Reason, Surveyed, Reason, Agreed, TeamsNamed),
)


def stored(event: events.AnyEvent) -> StoredEvent | None:
    """What is kept of a decoded event; None for those control records that are not of journeys' concern."""
    kind = _BY_STRUCT.get(type(event))
    if kind is None:
        return None
    code, body_of = kind
    recorded = -1 if event.recordedat is None else to_ms(event.recordedat)
    body = _RETRACTED if event.deleted else body_of(event.data)
    sequence, moment = event.sequence, event.time
    # A text that is no number orders nothing; ``LateArrivals`` counts it.
    place = sequence if type(sequence) is int else sequence_number(sequence) or 0
    nanos = moment.microsecond % 1000 * 1000 + event.timenanos  # below the millisecond
    return StoredEvent(event.revision, recorded, event.deleted, to_ms(moment), nanos, place, code, body)


Cells: TypeAlias = tuple[str | int | bool, ...]
"""A stored event without structure, as it is packed."""


_cells_of_body = msgspec.structs.astuple


def cells_of(event: StoredEvent) -> Cells:
    """Its cells, those of the body after the others."""
    head: Cells = (event.revision, event.recorded, event.deleted, event.time, event.nanos, event.sequence, event.code)
    body = event.body
    # Of most statuses the word is all there is; the state holds one for nearly every second event.
    if type(body) is StatusSet and body.since < 0 and not body.to and not body.reason:
        return (*head, body.status)
    if type(body) is Agreed:
        agreed: Cells = (body.supplier, body.customer, body.is_team, body.valid_from)
        return head + agreed + tuple(cell for line in body.lines for cell in line)
    if type(body) is TeamsNamed:
        return head + tuple(cell for line in body.lines for cell in line)
    return head + _cells_of_body(body)


def from_cells(cells: Iterable[Any]) -> StoredEvent:  # Any: each cell has the type of its field
    """The event of ``cells_of``."""
    revision, recorded, deleted, time, nanos, sequence, code, *content = cells
    # A retraction drops the body, whatever its type: what it said must not be kept.
    body: StoredBody = _RETRACTED
    if not deleted and code == AGREED:
        supplier, customer, is_team, valid_from, *lines = content
        rest = iter(lines)
        body = Agreed(supplier, customer, is_team, valid_from, tuple(map(AgreedLine, rest, rest)))
    elif not deleted and code == NAMED:
        cell = iter(content)
        body = TeamsNamed(tuple(map(NamedLine, cell, cell)))
    elif not deleted:
        body = _BODY_CLASSES[code](*content)
    return StoredEvent(revision, recorded, deleted, time, nanos, sequence, code, body)
