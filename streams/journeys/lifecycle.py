"""The handoff lifecycle (metrics 1.1): which explicit handoff events hold, and what they do to custody.

``none → [requested] → offered → accepted | returned``; ``returned → offered``; ``accepted → returned``;
``accepted → completed``; any → ``cancelled``. What does not fit is an anomaly: left out, and judged again at each refold.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from streams.journeys.arrivals import ACCEPTED, BODY, CANCELLED, CODE, COMPLETED, OFFERED, REQUESTED, RETURNED, Stored

Row = tuple[int, int, int, str, str, Stored]
"""(time, sequence, code, source, id, stored): sorts in the order of an item's events."""


@dataclass
class Custody:
    """Places the handoffs brought the item to, in order, and the events that made no sense."""

    places: list[tuple[int, str]] = field(default_factory=list)
    anomalies: dict[tuple[str, str], str] = field(default_factory=dict)
    deliverable: str = ""


_FOLLOWS: dict[int, frozenset[int | None]] = {
    REQUESTED: frozenset({None}),
    OFFERED: frozenset({None, REQUESTED, RETURNED}),
    ACCEPTED: frozenset({OFFERED}),
    RETURNED: frozenset({OFFERED, ACCEPTED}),
    COMPLETED: frozenset({ACCEPTED}),
    CANCELLED: frozenset({None, REQUESTED, OFFERED, ACCEPTED, RETURNED, COMPLETED}),
}
"""Code → the states (code of the last event that held) it may follow."""


def reason_against(code: int, state: int | None) -> str | None:
    """Why an event of ``code`` makes no sense in ``state``; None when it does."""
    if state in _FOLLOWS[code]:
        return None
    if state == CANCELLED:
        return "after_cancelled"
    if state == COMPLETED:
        return "after_completed"
    if code == OFFERED:
        return "offer_while_pending" if state == OFFERED else "offer_while_accepted"
    if code == REQUESTED:
        return "request_after_start"
    return "completed_without_acceptance" if code == COMPLETED else "decision_without_offer"


def follow(rows: Iterable[Row]) -> Custody:
    """Run the machine over an item's rows in order; rows of moves and statuses are passed over."""
    result = Custody()
    states: dict[str, int] = {}
    parties: dict[str, tuple[str, str]] = {}
    for time, _, code, source, event_id, event in rows:
        if code < REQUESTED:
            continue
        body: tuple[Any, ...] = event[BODY:]
        handoff: str = body[0]
        against = reason_against(code, states.get(handoff))
        if against is not None:
            result.anomalies[source, event_id] = against
            continue
        states[handoff] = event[CODE]
        if code == OFFERED:
            supplier, customer = body[1], body[2]
            parties[handoff] = (supplier, customer)
            result.places += [(time, supplier), (time, customer)]
            result.deliverable = body[3]
        elif code == RETURNED:
            supplier, customer = parties[handoff]
            result.places += [(time, customer), (time, supplier)]
    return result
