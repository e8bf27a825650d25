"""Moves become handoffs: what "the assigned group changed" says about who handed what to whom (design, section 1).

A move offers, working (or the end, or handing on to a third team) accepts, a move back before that returns, and only the very
next move to the same customer is the redelivery. Moves to nobody and to the team that has the item are no moves here.
"""

from collections.abc import Sequence

from measures.handoffs import Life
from streams.journeys.arrivals import BODY, MOVED, RESOLVED, STATUS, WORKING
from streams.journeys.lifecycle import Row

NO_TYPE = "work"
SENT_BACK = "sent_back"


def infer(rows: Sequence[Row]) -> list[Life]:
    """The handoffs that an item's rows imply, in order. ``rows``: its events in order, none of them a handoff event."""
    lives: list[Life] = []
    holder = deliverable = ""
    unassigned = first = True
    got_at = rows[0][0] if rows else 0
    incoming: Life | None = None  # the handoff that brought the item to its holder
    earlier: dict[tuple[str, str], Life | None] = {}  # a handoff's key → its supplier's own incoming one
    sent_back: Life | None = None  # returned by the last move
    for time, _, code, source, event_id, event in rows:
        if code == STATUS:
            ends = event[BODY] >= RESOLVED
            if incoming is not None and incoming.state == "offered" and (ends or (event[BODY] == WORKING and not unassigned)):
                incoming.accept(time)
            continue
        if code != MOVED:
            continue
        to, origin, kind, _, due = event[BODY:]
        deliverable = kind or deliverable
        if first and origin:
            holder = origin
        first = False
        unassigned = not to
        if not to or to == holder:
            continue
        if not holder:
            holder, got_at = to, time
            continue
        due_at = due if due >= 0 else None
        if incoming is not None and incoming.state == "offered":
            if to == incoming.supplier:
                incoming.return_(time, SENT_BACK)
                sent_back, incoming = incoming, earlier[incoming.source, incoming.id]
                holder, got_at = to, time
                continue
            incoming.accept(time)
        if sent_back is not None and to == sent_back.customer:
            sent_back.offer(time, due_at)
            incoming = sent_back
        else:
            life = Life(source, event_id, event_id, holder, to, deliverable or NO_TYPE, due_at, True, got_at=got_at)
            life.offer(time, due_at)
            earlier[source, event_id] = incoming
            lives.append(life)
            incoming = life
        sent_back = None
        holder, got_at = to, time
    return lives
