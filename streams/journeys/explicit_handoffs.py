"""The handoff lifecycle (metrics 1.1): which explicit handoff events hold, and what they do to custody.

``none → [requested] → offered → accepted | returned``; ``returned → offered``; ``accepted → returned``;
``accepted → completed``; any → ``cancelled``. What does not fit is an anomaly: left out, and judged again at each refold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from measures.handoffs import HandoffState
from streams.journeys.stored_event import (
    ACCEPTED,
    BODY,
    CANCELLED,
    CODE,
    COMPLETED,
    MOVED,
    OFFERED,
    REQUESTED,
    RETURNED,
    Stored,
)

Row = tuple[int, int, int, str, str, Stored]
"""(time, sequence, code, source, id, stored): sorts in the order of an item's events."""


@dataclass
class Custody:
    """Places the handoffs brought the item to, in order; the events that made no sense; the handoffs' lives.

    ``explicit``: there is a handoff event, so moves imply no handoffs.
    """

    places: list[tuple[int, str]] = field(default_factory=list)
    anomalies: dict[tuple[str, str], str] = field(default_factory=dict)
    deliverable: str = ""
    lives: list[HandoffState] = field(default_factory=list)
    explicit: bool = False

    @property
    def over(self) -> bool:
        """Whether every handoff is completed or cancelled, and there is one."""
        return bool(self.lives) and all(life.state in {"completed", "cancelled"} for life in self.lives)


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


def follow(rows: Sequence[Row]) -> Custody:
    """Run the machine over an item's rows in order; of moves and statuses only who had the item is taken."""
    result = Custody()
    if not any(row[2] >= REQUESTED for row in rows):
        return result
    result.explicit = True
    states: dict[str, int] = {}
    parties: dict[str, tuple[str, str]] = {}
    lives: dict[str, HandoffState] = {}
    got = _Got(rows)
    for time, _, code, source, event_id, event in rows:
        if code < REQUESTED:
            if code == MOVED:
                got.moved(time, event[BODY], event[BODY + 1])
            continue
        body: tuple[Any, ...] = event[BODY:]
        handoff: str = body[0]
        against = reason_against(code, states.get(handoff))
        if against is not None:
            result.anomalies[source, event_id] = against
            continue
        states[handoff] = event[CODE]
        if code == OFFERED:
            supplier, customer = parties[handoff] = (body[1], body[2])
            result.places += [(time, supplier), (time, customer)]
            result.deliverable = body[3]
        elif code == RETURNED:
            supplier, customer = parties[handoff]
            result.places += [(time, customer), (time, supplier)]
        _live(lives, handoff, time, code, body)
        if code == OFFERED:
            life = lives[handoff]
            if len(life.offers) == 1:
                life.got_at = got.before(supplier)
            got.handed(time, customer)
        elif code == RETURNED:
            got.handed(time, supplier)
    for life in lives.values():
        if not life.offers:
            life.got_at = got.before(life.supplier)
    result.lives = list(lives.values())
    return result


class _Got:
    """When each team last got the item: by moves where it has any, else by handoff events; nobody: at its first event."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._first = rows[0][0]
        self._by_moves = any(row[2] == MOVED for row in rows)
        self._holder = ""
        self._any_move = False
        self._at: dict[str, int] = {}

    def before(self, team: str) -> int:
        return self._at.get(team, self._first)

    def moved(self, time: int, to: str, origin: str) -> None:
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


def _live(lives: dict[str, HandoffState], handoff: str, time: int, code: int, body: tuple[Any, ...]) -> None:
    """Take an event that held into its handoff's life."""
    life = lives.get(handoff)
    if code in {REQUESTED, OFFERED}:
        due = body[4] if body[4] >= 0 else None
        if life is None:
            life = lives[handoff] = HandoffState("", handoff, handoff, body[1], body[2], body[3], due)
        if code == REQUESTED:
            life.requested_at = time
            return
        if not life.offers:  # who delivers first decides between whom it is, whatever was asked
            life.supplier, life.customer, life.deliverable = body[1:4]
            if life.own_due is None:
                life.own_due = due
        life.offer(time, due)
        return
    if life is None:  # cancelled before anything else is known of it
        return
    if code == ACCEPTED:
        offer = life.accept(time)
        offer.repair_minutes, offer.recheck_minutes = _known(body[1]), _known(body[2])
    elif code == RETURNED:
        life.return_(time, body[1] or None).rework_minutes = _known(body[2])
    elif code == COMPLETED:
        life.completed_at, life.state = time, "completed"
    else:
        life.cancelled_at, life.state = time, "cancelled"


def _known(minutes: int) -> int | None:
    return minutes if minutes >= 0 else None
