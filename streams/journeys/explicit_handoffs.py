"""The handoff lifecycle (metrics 1.1): which explicit handoff events hold, and what they do to custody.

``none → [requested] → offered → accepted | returned``; ``returned → offered``; ``accepted → returned``;
``accepted → completed``; any → ``cancelled``. What does not fit is an anomaly: left out, and judged again at each refold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from measures.handoffs import HandoffState, said_due
from streams.journeys.stored_event import (
    ACCEPTED,
    CANCELLED,
    COMPLETED,
    MOVED,
    NAMELESS,
    OFFERED,
    REQUESTED,
    RETURNED,
    Accepted,
    Cancelled,
    Completed,
    Delivery,
    EventKey,
    Moved,
    OrderedEvent,
    Returned,
)

HandoffBody: TypeAlias = Delivery | Accepted | Returned | Completed | Cancelled
# As a tuple: isinstance makes a union anew at each event, five times as slow.
_HANDOFF_BODIES: Final = (Delivery, Accepted, Returned, Completed, Cancelled)
WITHIN_A_TEAM: Final = "self_handoff"


@dataclass
class Custody:
    """``holders``: teams the handoffs brought the item to, with the moment (ms), in order. ``anomalies``: events that made no
    sense, with the reason. ``explicit``: there is a handoff event, so moves imply no handoffs.
    """

    holders: list[tuple[int, str]] = field(default_factory=list)
    anomalies: dict[EventKey, str] = field(default_factory=dict)
    deliverable: str = ""
    handoffs: list[HandoffState] = field(default_factory=list)
    explicit: bool = False

    @property
    def over(self) -> bool:
        """Whether every handoff is completed or cancelled, and there is one."""
        return bool(self.handoffs) and all(handoff.state in {"completed", "cancelled"} for handoff in self.handoffs)


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


def _between_nobody(body: Delivery) -> str | None:
    """Why it can be no handoff, whatever came before; None where it can."""
    if not (body.supplier and body.customer and body.deliverable):
        return NAMELESS
    return WITHIN_A_TEAM if body.supplier == body.customer else None


def explicit_handoffs(ordered: Sequence[OrderedEvent]) -> Custody:
    """Run the machine over an item's events in order; of moves and statuses only who had the item is taken."""
    result = Custody()
    if not any(code >= REQUESTED for _, _, code, _, _, _ in ordered):
        return result
    result.explicit = True
    last_code: dict[str, int] = {}
    parties: dict[str, tuple[str, str]] = {}
    handoffs: dict[str, HandoffState] = {}
    got = _GotAt(ordered)
    for time, _, code, source, event_id, event in ordered:
        body = event.body
        if type(body) is Moved:
            got.moved(time, body.to, body.origin)
        if not isinstance(body, _HANDOFF_BODIES):
            continue
        name = body.handoff
        # The state is that of the last event that held: one that makes no sense leaves no trace, so its correction mends all.
        against = (_between_nobody(body) if type(body) is Delivery else None) or reason_against(code, last_code.get(name))
        if against is not None:
            result.anomalies[source, event_id] = against
            continue
        last_code[name] = code
        _apply(handoffs, time, code, body)
        if code == OFFERED and type(body) is Delivery:
            supplier, customer = parties[name] = (body.supplier, body.customer)
            result.holders += [(time, supplier), (time, customer)]
            result.deliverable = body.deliverable
            # At the first offer: a later one does not give the supplier more time.
            if len(handoffs[name].offers) == 1:
                handoffs[name].got_at = got.before(supplier)
            got.handed(time, customer)
        elif code == RETURNED:
            supplier, customer = parties[name]
            result.holders += [(time, customer), (time, supplier)]
            got.handed(time, supplier)
    # Requested and never offered: the clock of its agreement runs from when the supplier has the item.
    for handoff in handoffs.values():
        if not handoff.offers:
            handoff.got_at = got.before(handoff.supplier)
    result.handoffs = list(handoffs.values())
    return result


class _GotAt:
    """When each team last got the item: by moves where there are any, else by handoff events, else at the first event."""

    def __init__(self, ordered: Sequence[OrderedEvent]) -> None:
        self._first, *_ = ordered[0]
        self._by_moves = any(code == MOVED for _, _, code, _, _, _ in ordered)
        self._holder = ""
        self._any_move = False
        self._at: dict[str, int] = {}

    def before(self, team: str) -> int:
        return self._at.get(team, self._first)

    def moved(self, time: int, to: str, origin: str) -> None:
        # Only the first move's origin counts: of later ones the item's own history knows better.
        if not self._any_move and origin:
            self._holder = origin
        self._any_move = True
        if to and to != self._holder:
            self._holder = to
            self._at[to] = time

    def handed(self, time: int, to: str) -> None:
        if not self._by_moves and to != self._holder:
            self._holder = to
            self._at[to] = time


def _apply(handoffs: dict[str, HandoffState], time: int, code: int, body: HandoffBody) -> None:
    """Take an event that makes sense into the state of its handoff."""
    if isinstance(body, Delivery):
        _deliver(handoffs, time, code, body)
        return
    handoff = handoffs.get(body.handoff)
    # Only a cancellation may come first, see ``_FOLLOWS``.
    if handoff is None:  # cancelled before anything else is known of it
        return
    if isinstance(body, Accepted):
        offer = handoff.accept(time)
        offer.repair_minutes, offer.recheck_minutes = _known(body.rework_minutes), _known(body.recheck_minutes)
    elif isinstance(body, Returned):
        handoff.return_(time, body.reason or None).rework_minutes = _known(body.rework_minutes)
    elif isinstance(body, Completed):
        handoff.completed_at, handoff.state = time, "completed"
    else:
        handoff.cancelled_at, handoff.state = time, "cancelled"


def _deliver(handoffs: dict[str, HandoffState], time: int, code: int, body: Delivery) -> None:
    name, supplier, customer, deliverable = body.handoff, body.supplier, body.customer, body.deliverable
    due = said_due(body.due, time)
    handoff = handoffs.get(name)
    if handoff is None:
        handoff = handoffs[name] = HandoffState("", name, name, supplier, customer, deliverable, due)
    if code == REQUESTED:
        handoff.requested_at = time
        return
    if not handoff.offers:  # who delivers first decides between whom it is, whatever was asked
        handoff.supplier, handoff.customer, handoff.deliverable = supplier, customer, deliverable
        if handoff.own_due is None:
            handoff.own_due = due
    handoff.offer(time, due)


def _known(number: int) -> int | None:
    return number if number >= 0 else None
