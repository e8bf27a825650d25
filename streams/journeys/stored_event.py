"""An event as the journeys state keeps it. Of two with one (source, id) the larger survives, compared field by field.

The higher revision first, then the later recording; a tie that is still left is decided by content, so that no arrival order
can show. Absent texts are "", absent numbers -1: every two events can be compared.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, TypeAlias

from schemas.fields import Status as StatusWord
from schemas.fields import to_ms
from schemas.structs import event_bodies as bodies
from schemas.structs import events
from schemas.structs.fields import Time


class Moved(NamedTuple):
    """``to`` and ``origin`` are teams; ``due`` in ms."""

    to: str
    origin: str
    deliverable: str
    reason: str
    due: int


class StatusSet(NamedTuple):
    """``status``: place in ``STATUSES``."""

    status: int


class Delivery(NamedTuple):
    """Of a request or an offer; ``due`` in ms."""

    handoff: str
    supplier: str
    customer: str
    deliverable: str
    due: int


class Accepted(NamedTuple):
    """Minutes as the customer reported them."""

    handoff: str
    rework_minutes: int
    recheck_minutes: int


class Returned(NamedTuple):
    """Minutes as the customer reported them."""

    handoff: str
    reason: str
    rework_minutes: int


class Completed(NamedTuple):
    """The customer has finished."""

    handoff: str


class Cancelled(NamedTuple):
    """The handoff is called off."""

    handoff: str
    reason: str


class Rated(NamedTuple):
    """``team`` is the rater's; ``said_self``: declared to be the supplier's own rating."""

    rater: str
    team: str
    supplier: str
    customer: str
    deliverable: str
    effectiveness: int
    consistency: int
    said_self: bool
    handoff: str


class Delivered(NamedTuple):
    """``on_time``: 0 or 1."""

    on_time: int


class Reason(NamedTuple):
    """Of a complaint or an escaped defect."""

    reason: str


class Surveyed(NamedTuple):
    """``csat``: 1 to 5."""

    csat: int


class AgreedLine(NamedTuple):
    """``sla_hours`` of one deliverable."""

    deliverable: str
    sla_hours: int


class Agreed(NamedTuple):
    """``is_team``: rated by one agreed vote; ``valid_from`` in ms."""

    supplier: str
    customer: str
    is_team: bool
    valid_from: int
    lines: tuple[AgreedLine, ...]


class Retracted(NamedTuple):
    """A retraction says nothing more."""


StoredBody: TypeAlias = (
    Moved
    | StatusSet
    | Delivery
    | Accepted
    | Returned
    | Completed
    | Cancelled
    | Rated
    | Delivered
    | Reason
    | Surveyed
    | Agreed
    | Retracted
)


class StoredEvent(NamedTuple):
    """Times in ms; ``code``: place of its type in ``CODES``. Two of one code have bodies of one class, or one is retracted."""

    revision: int
    recorded: int
    deleted: bool
    time: int
    sequence: int
    code: int
    body: StoredBody


EventKey: TypeAlias = tuple[str, str]
"""(source, id) of an event within its subject."""
OrderedEvent: TypeAlias = tuple[int, int, int, str, str, StoredEvent]
"""(time, sequence, code, source, id, event): sorts in the order of a subject's events. A plain tuple, unpacked where it is
used: each fold makes one for every event of its subject, and a named one costs five times as much."""

MOVED, STATUS, REQUESTED, OFFERED, ACCEPTED, RETURNED, COMPLETED, CANCELLED = range(8)
RATED, DELIVERED, COMPLAINED, SURVEYED, ESCAPED, AGREED = range(8, 14)
STATUSES: Final[tuple[StatusWord, ...]] = ("queued", "working", "waiting", "resolved", "closed")
_STATUS_CODE = {word: code for code, word in enumerate(STATUSES)}
RESOLVED: Final = 3
"""Status codes from here on end an item."""
WORKING: Final = 1
_RETRACTED = Retracted()


def _due(moment: Time | None) -> int:
    return -1 if moment is None else to_ms(moment)


def _number(value: int | None) -> int:
    return -1 if value is None else value


def _moved(d: bodies.ItemMoved) -> Moved:
    return Moved(d.to or "", d.from_ or "", d.deliverable or "", d.reason or "", _due(d.due))


def _delivery(d: bodies.HandoffRequested | bodies.HandoffOffered) -> Delivery:
    return Delivery(d.handoff, d.supplier, d.customer, d.deliverable, _due(d.due))


def _rated(d: bodies.RatingGiven) -> Rated:
    pair = d.supplier, d.customer
    return Rated(d.rater, d.team, *pair, d.deliverable, d.effectiveness, d.consistency, d.kind == "self", d.handoff or "")


def _agreed(d: bodies.AgreementSet) -> Agreed:
    lines = tuple(AgreedLine(line.deliverable, _number(line.sla_hours)) for line in d.deliverables)
    return Agreed(d.supplier, d.customer, d.rating_mode == "team", to_ms(d.valid_from), lines)


_KEPT: Final[
    tuple[tuple[type[events.Event], Callable[[Any], StoredBody]], ...]
] = (  # Any: each takes the body of its own type
    (events.ItemMovedEvent, _moved),
    (events.ItemStatusEvent, lambda d: StatusSet(_STATUS_CODE[d.status])),
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
)
"""Types of events that are kept. Code of a type = its place here = its rank in the order of a subject's events."""
CODES: Final = tuple(str(struct.__struct_config__.tag) for struct, _ in _KEPT)
_BY_STRUCT = {struct: (code, body) for code, (struct, body) in enumerate(_KEPT)}
_BODY_CLASSES: Final[tuple[type[StoredBody], ...]] = (
    *(Moved, StatusSet, Delivery, Delivery, Accepted, Returned, Completed, Cancelled),
    *(Rated, Delivered, Reason, Surveyed, Reason, Agreed),
)


def stored(event: events.AnyEvent) -> StoredEvent | None:
    """What is kept of a decoded event; None for those control records that are not of journeys' concern."""
    kind = _BY_STRUCT.get(type(event))
    if kind is None:
        return None
    code, body_of = kind
    recorded = -1 if event.recordedat is None else to_ms(event.recordedat)
    body = _RETRACTED if event.deleted else body_of(event.data)
    return StoredEvent(event.revision, recorded, event.deleted, to_ms(event.time), event.sequence, code, body)


Cells: TypeAlias = tuple[str | int | bool, ...]
"""A stored event without structure, as it is packed."""


def cells_of(event: StoredEvent) -> Cells:
    """Its cells, those of the body after the others."""
    revision, recorded, deleted, time, sequence, code, body = event
    head: Cells = (revision, recorded, deleted, time, sequence, code)
    if isinstance(body, Agreed):
        agreed: Cells = (body.supplier, body.customer, body.is_team, body.valid_from)
        return head + agreed + tuple(cell for line in body.lines for cell in line)
    return head + body


def from_cells(cells: Iterable[Any]) -> StoredEvent:  # Any: each cell has the type of its field
    """The event of ``cells_of``."""
    revision, recorded, deleted, time, sequence, code, *content = cells
    body: StoredBody = _RETRACTED
    if not deleted and code == AGREED:
        supplier, customer, is_team, valid_from, *lines = content
        rest = iter(lines)
        body = Agreed(supplier, customer, is_team, valid_from, tuple(map(AgreedLine, rest, rest)))
    elif not deleted:
        body = _BODY_CLASSES[code]._make(content)
    return StoredEvent(revision, recorded, deleted, time, sequence, code, body)
