"""The item fact: folds an item's surviving events, in order, into its custody path and what follows (metrics 1.7)."""

from collections.abc import Sequence
from typing import Any

from measures.custody import CustodyPath
from schemas.facts import ITEM_BODY
from streams.journeys.explicit_handoffs import Custody, Row
from streams.journeys.stored_event import BODY, MOVED, RESOLVED, STATUS, STATUSES, WORKING


class Journey:
    """What an item's events say, event by event.

    Possession counts between events, never up to now: a fact changes by events alone. Time after resolved or closed belongs
    to nobody; a move ends work under way. ``opened_at``: of the first event, in ms.
    """

    __slots__ = (
        *("_closed_at", "_deliverable", "_due", "_events", "_holder", "_moves", "_opened_at", "_place", "_previous", "_queue"),
        *("_reopened", "_reopens", "_resolved_at", "_run_holder", "_touch", "_working", "status", "walk"),
    )

    def __init__(self, opened_at: int) -> None:
        self.walk = CustodyPath()
        self.status = -1
        self._opened_at = self._previous = opened_at
        self._events = self._moves = self._reopens = 0
        self._place = self._holder = self._deliverable = self._run_holder = ""
        self._due = -1
        self._reopened: list[str] = []
        self._resolved_at: int | None = None
        self._closed_at: int | None = None
        self._touch: dict[str, int] = {}
        self._queue: dict[str, int] = {}
        self._working = False

    def step(self, row: Row) -> None:
        """The next event."""
        time, code, event = row[0], row[2], row[5]
        place = self._place
        if place and time > self._previous and self.status < RESOLVED:
            spent = self._touch if self._working else self._queue
            spent[place] = spent.get(place, 0) + time - self._previous
        self._previous = time
        self._events += 1
        if code == MOVED:
            to, origin, kind, _, due = event[BODY:]
            if not self._moves and origin:
                self.walk.arrive(self._opened_at, origin)
                self._holder = origin
            self._moves += 1
            self.walk.arrive(time, to)
            if to != place:
                self._working = False
            self._place = to
            self._holder = to or self._holder
            self._deliverable = kind or self._deliverable
            if due >= 0:
                self._due = due
        elif code == STATUS:
            self._say(time, event[BODY])

    def _say(self, time: int, status: int) -> None:
        if status >= RESOLVED:
            if self._resolved_at is None:
                self._resolved_at, self._run_holder = time, self._holder
            if status > RESOLVED and self._closed_at is None:
                self._closed_at = time
        elif self._resolved_at is not None:
            self._reopens += 1
            if self._run_holder:
                self._reopened.append(self._run_holder)
            self._resolved_at = self._closed_at = None
        self.status = status
        self._working = status == WORKING

    def fact(self, custody: Custody) -> Any:
        """The ``ItemFact`` struct, valid until the next step. ``custody``: gives path and holder of an item without moves."""
        walk, holder, deliverable = self.walk, self._holder, self._deliverable
        if not self._moves:
            walk = CustodyPath(custody.places)
            holder, deliverable = custody.places[-1][1] if custody.places else "", custody.deliverable
        return ITEM_BODY(
            path=walk.path,
            path_at=walk.path_at,
            reassignments=walk.reassignments,
            bounces=walk.bounces,
            revisits=walk.revisits,
            assignment_changes=max(walk.changes, 0),
            reopens=self._reopens,
            reopened_teams=self._reopened,
            moves=self._moves,
            events=self._events,
            holder=holder or None,
            status=STATUSES[self.status] if self.status >= 0 else None,
            deliverable=deliverable or None,
            due_at=self._due if self._due >= 0 else None,
            opened_at=self._opened_at,
            last_event_at=self._previous,
            resolved_at=self._resolved_at,
            closed_at=self._closed_at,
            touch_ms=self._touch,
            queue_ms=self._queue,
        )


def journey_of(rows: Sequence[Row]) -> Journey:
    """The journey after an item's surviving events in order, at least one."""
    journey = Journey(rows[0][0])
    for row in rows:
        journey.step(row)
    return journey


def item_fact(rows: Sequence[Row], custody: Custody) -> Any:
    """The ``ItemFact`` struct after an item's surviving events in order, at least one; ``custody``: what its handoffs say."""
    return journey_of(rows).fact(custody)
