"""An event as the journeys state keeps it. Of two with one (source, id) the larger survives, compared field by field.

The higher revision first, then the later recording; a tie that is still left is decided by content, so that no arrival order
can show. Absent texts are "", absent numbers -1: every two events can be compared.
"""

from typing import Final, NamedTuple, TypeAlias

import msgspec

from schemas.fields import Status as StatusWord


class Body(msgspec.Struct, frozen=True, order=True, gc=False):
    """What an event of one type says. A worker holds many; they can't be part of a cycle, so none is searched for in them."""


class Moved(Body, frozen=True, order=True, gc=False):
    """``to`` and ``origin`` are teams; ``due`` in ms."""

    to: str
    origin: str
    deliverable: str
    reason: str
    due: int


class StatusSet(Body, frozen=True, order=True, gc=False):
    """``status``: place in ``STATUSES``; ``to`` a team; ``since`` in ms."""

    status: int
    to: str = ""
    reason: str = ""
    since: int = -1


class Delivery(Body, frozen=True, order=True, gc=False):
    """Of a request or an offer; ``due`` in ms."""

    handoff: str
    supplier: str
    customer: str
    deliverable: str
    due: int


class Accepted(Body, frozen=True, order=True, gc=False):
    """Minutes as the customer reported them."""

    handoff: str
    rework_minutes: int
    recheck_minutes: int


class Returned(Body, frozen=True, order=True, gc=False):
    """Minutes as the customer reported them."""

    handoff: str
    reason: str
    rework_minutes: int


class Completed(Body, frozen=True, order=True, gc=False):
    """The customer has finished."""

    handoff: str


class Cancelled(Body, frozen=True, order=True, gc=False):
    """The handoff is called off."""

    handoff: str
    reason: str


class Rated(Body, frozen=True, order=True, gc=False):
    """``team`` is the rater's; ``said_self``: declared to be the supplier's own rating; ``period``: YYYY-MM."""

    rater: str
    team: str
    supplier: str
    customer: str
    deliverable: str
    effectiveness: int
    consistency: int
    said_self: bool
    handoff: str
    period: str


class Delivered(Body, frozen=True, order=True, gc=False):
    """``on_time``: 0 or 1."""

    on_time: int


class Reason(Body, frozen=True, order=True, gc=False):
    """Of a complaint or an escaped defect."""

    reason: str


class Surveyed(Body, frozen=True, order=True, gc=False):
    """``csat``: 1 to 5."""

    csat: int


class AgreedLine(NamedTuple):
    """``sla_hours`` of one deliverable."""

    deliverable: str
    sla_hours: int


class Agreed(Body, frozen=True, order=True, gc=False):
    """``is_team``: rated by one agreed vote; ``valid_from`` in ms."""

    supplier: str
    customer: str
    is_team: bool
    valid_from: int
    lines: tuple[AgreedLine, ...]


class NamedLine(NamedTuple):
    """``name`` means ``team``."""

    name: str
    team: str


class TeamsNamed(Body, frozen=True, order=True, gc=False):
    """Names that mean another team from the event's time on, in order."""

    lines: tuple[NamedLine, ...]


class Retracted(Body, frozen=True, order=True, gc=False):
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
    | TeamsNamed
    | Retracted
)


# The order of the fields is the order of comparison: it decides which of two survives, so a new field must go behind.
class StoredEvent(msgspec.Struct, frozen=True, order=True, gc=False):
    """Times in ms; ``nanos``: nanoseconds of ``time`` below its millisecond, those of a leap second beyond 999,999.

    ``code``: place of its type in ``CODES``. Two of one code have bodies of one class, or one is retracted.
    """

    revision: int
    recorded: int
    deleted: bool
    time: int
    nanos: int
    sequence: int
    code: int
    body: StoredBody


def repeats(event: StoredEvent, before: StoredEvent) -> bool:
    """Whether both say the same, whenever each was recorded."""
    return event == before or (
        event.revision == before.revision
        and event.recorded != before.recorded
        and msgspec.structs.replace(event, recorded=before.recorded) == before
    )


EventKey: TypeAlias = tuple[str, str]
"""(source, id) of an event within its subject."""
OrderedEvent: TypeAlias = tuple[int, int, int, str, str, StoredEvent]
"""(time, place, code, source, id, event): sorts in the order of a subject's events; ``place_of`` is its place within the
millisecond. A plain tuple, unpacked where it is used: each fold makes one for every event of its subject, and a named one
costs five times as much."""


def place_of(event: StoredEvent) -> int:
    """Nanoseconds, then sequence, in one number: mostly the sequence alone. One more of ``nanos`` outweighs any sequence."""
    return event.sequence + (event.nanos << 65) if event.nanos else event.sequence


MOVED, STATUS, REQUESTED, OFFERED, ACCEPTED, RETURNED, COMPLETED, CANCELLED = range(8)
RATED, DELIVERED, COMPLAINED, SURVEYED, ESCAPED, AGREED, NAMED = range(8, 15)
STATUSES: Final[tuple[StatusWord, ...]] = ("queued", "working", "waiting", "returned", "resolved", "closed")
WORKING: Final = 1
REJECTED: Final = 3
RESOLVED: Final = 4
"""Status codes from here on end an item."""
NAMELESS: Final = "without_name"
"""Why an event counts nowhere in which a team or deliverable that must be named has a name of blanks alone."""
