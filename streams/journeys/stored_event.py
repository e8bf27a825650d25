"""An event as the journeys state keeps it: one comparable tuple, larger survives.

``(revision, recorded, deleted, time, sequence, code, *body)``. Of two tuples with one (source, id) the larger is the
surviving revision: the higher revision first, then the later recording; a tie that is still left is decided by content, so
that no arrival order can show. Absent texts are "", absent numbers -1: every tuple can be compared with every other.
"""

from collections.abc import Callable
from typing import Any, Final

from schemas.event_codec import STRUCTS
from schemas.fields import to_ms

Stored = tuple[Any, ...]

REVISION, RECORDED, DELETED, TIME, SEQUENCE, CODE, BODY = range(7)

CODES: Final = (
    "baton.item.moved.v1",
    "baton.item.status.v1",
    "baton.handoff.requested.v1",
    "baton.handoff.offered.v1",
    "baton.handoff.accepted.v1",
    "baton.handoff.returned.v1",
    "baton.handoff.completed.v1",
    "baton.handoff.cancelled.v1",
    "baton.rating.given.v1",
    "baton.outcome.delivered.v1",
    "baton.outcome.complained.v1",
    "baton.outcome.surveyed.v1",
    "baton.outcome.escaped.v1",
    "baton.agreement.set.v1",
)
"""Code of a type = its place here = its rank in the order of a subject's events."""
MOVED, STATUS, REQUESTED, OFFERED, ACCEPTED, RETURNED, COMPLETED, CANCELLED = range(8)
RATED, DELIVERED, COMPLAINED, SURVEYED, ESCAPED, AGREED = range(8, 14)

STATUSES: Final = ("queued", "working", "waiting", "resolved", "closed")
_STATUS_CODE = {word: code for code, word in enumerate(STATUSES)}
RESOLVED: Final = 3
"""Status codes from here on end an item."""
WORKING: Final = 1


def _due(moment: Any) -> int:
    return -1 if moment is None else to_ms(moment)


def _minutes(value: int | None) -> int:
    return -1 if value is None else value


_BODIES: tuple[Callable[[Any], Stored], ...] = (
    lambda d: (d.to or "", d.from_ or "", d.deliverable or "", d.reason or "", _due(d.due)),
    lambda d: (_STATUS_CODE[d.status],),
    lambda d: (d.handoff, d.supplier, d.customer, d.deliverable, _due(d.due)),
    lambda d: (d.handoff, d.supplier, d.customer, d.deliverable, _due(d.due)),
    lambda d: (d.handoff, _minutes(d.rework_minutes), _minutes(d.recheck_minutes)),
    lambda d: (d.handoff, d.reason or "", _minutes(d.rework_minutes)),
    lambda d: (d.handoff,),
    lambda d: (d.handoff, d.reason or ""),
    lambda d: (
        *(d.rater, d.team, d.supplier, d.customer, d.deliverable),
        *(d.effectiveness, d.consistency, d.kind == "self", d.handoff or ""),
    ),
    lambda d: (-1 if d.on_time is None else int(d.on_time),),
    lambda d: (d.reason or "",),
    lambda d: (d.csat,),
    lambda d: (d.reason or "",),
    lambda d: (
        *(d.supplier, d.customer, d.rating_mode == "team", to_ms(d.valid_from)),
        *(part for line in d.deliverables for part in (line.deliverable, -1 if line.sla_hours is None else line.sla_hours)),
    ),
)
_KEEP: dict[type, tuple[int, Callable[[Any], Stored]]] = {STRUCTS[t]: (code, _BODIES[code]) for code, t in enumerate(CODES)}


def stored(event: Any) -> Stored | None:
    """The tuple kept for a decoded event; None for those control records that are not of journeys' concern."""
    kind = _KEEP.get(type(event))
    if kind is None:
        return None
    code, body = kind
    recorded = -1 if event.recordedat is None else to_ms(event.recordedat)
    content = () if event.deleted else body(event.data)
    return (event.revision, recorded, event.deleted, to_ms(event.time), event.sequence, code, *content)
