"""The item fact: folds an item's surviving events, in order, into its custody path and what follows (metrics 1.7)."""

from collections.abc import Sequence
from typing import Any

from measures.custody import NO_STEPS, counts, walked
from schemas.facts import ITEM_BODY
from streams.journeys.arrivals import BODY, MOVED, RESOLVED, STATUS, STATUSES, WORKING
from streams.journeys.lifecycle import Custody, Row


def item_fact(rows: Sequence[Row], custody: Custody) -> Any:
    """The ``ItemFact`` struct of an item.

    ``rows``: its surviving events in order, at least one. ``custody``: what its handoff events say, used for the path only
    when the item has no moves. Possession counts between events, never up to now: a fact changes by events alone. Time after
    resolved or closed belongs to nobody; a move ends work under way.
    """
    places: list[tuple[int, str]] = []
    moves = 0
    place = holder = deliverable = ""
    due = -1
    status = -1
    reopens = 0
    reopened: list[str] = []
    resolved_at = closed_at = run_holder = None
    touch: dict[str, int] = {}
    queue: dict[str, int] = {}
    working = False
    previous = rows[0][0]
    for time, _, code, _, _, event in rows:
        if place and time > previous and status < RESOLVED:
            spent = touch if working else queue
            spent[place] = spent.get(place, 0) + time - previous
        previous = time
        if code == MOVED:
            _, _, _, _, _, _, to, origin, kind, _, due_at = event
            if not moves and origin:
                places.append((rows[0][0], origin))
                holder = origin
            moves += 1
            places.append((time, to))
            if to != place:
                working = False
            place = to
            holder = to or holder
            deliverable = kind or deliverable
            due = due_at if due_at >= 0 else due
        elif code == STATUS:
            new = event[BODY]
            if new >= RESOLVED:
                if resolved_at is None:
                    resolved_at, run_holder = time, holder
                if new > RESOLVED and closed_at is None:
                    closed_at = time
            elif resolved_at is not None:
                reopens += 1
                if run_holder:
                    reopened.append(run_holder)
                resolved_at = closed_at = None
            status = new
            working = new == WORKING
    if not moves:
        places = custody.places
        holder, deliverable = places[-1][1] if places else "", custody.deliverable
    path, path_at, changes = walked(places)
    reassignments, bounces, revisits = counts(path) if len(path) > 1 else NO_STEPS
    return ITEM_BODY(
        path=path,
        path_at=path_at,
        reassignments=reassignments,
        bounces=bounces,
        revisits=revisits,
        assignment_changes=changes,
        reopens=reopens,
        reopened_teams=reopened,
        moves=moves,
        events=len(rows),
        holder=holder or None,
        status=STATUSES[status] if status >= 0 else None,
        deliverable=deliverable or None,
        due_at=due if due >= 0 else None,
        opened_at=rows[0][0],
        last_event_at=previous,
        resolved_at=resolved_at,
        closed_at=closed_at,
        touch_ms=touch,
        queue_ms=queue,
    )
