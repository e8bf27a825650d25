"""The item fact: folds an item's surviving events, in order, into its custody path and what follows (metrics 1.7)."""

from collections.abc import Sequence

from measures.custody import CustodyPath
from schemas.structs.facts import ItemFact
from streams.journeys.explicit_handoffs import Custody
from streams.journeys.stored_event import RESOLVED, STATUSES, WORKING, Moved, OrderedEvent, StatusSet


class Journey:
    """What an item's events say, event by event.

    Possession counts between events, never up to now: a fact changes by events alone. Time after resolved or closed belongs
    to nobody, unless a status says that it was work; a move ends work under way. A rejection moves nothing.
    ``opened_at``: of the first event, in ms.
    """

    __slots__ = (
        *("_closed_at", "_deliverable", "_due", "_events", "_holder", "_moves", "_opened_at", "_team", "_previous", "_queue"),
        *("_reopened", "_reopens", "_resolved_at", "_run_holder", "_touch", "_working", "custody", "status"),
    )

    def __init__(self, opened_at: int) -> None:
        self.custody = CustodyPath()
        self.status = -1
        self._opened_at = self._previous = opened_at
        self._events = self._moves = self._reopens = 0
        self._team = self._holder = self._deliverable = self._run_holder = ""
        self._due = -1
        self._reopened: list[str] = []
        self._resolved_at: int | None = None
        self._closed_at: int | None = None
        self._touch: dict[str, int] = {}
        self._queue: dict[str, int] = {}
        self._working = False

    def step(self, ordered: OrderedEvent) -> None:
        """Take the next event, which is behind all before it in the order of the item's events."""
        time, _, _, _, _, event = ordered
        body = event.body
        # Only between two events: time since the last one counts once the next arrives, for a fact must not depend on now.
        team = self._team
        if team and time > self._previous:
            begun = time
            if type(body) is StatusSet and body.since >= 0:
                # What was finished now was work from then on, also after the end.
                begun = min(max(body.since, self._previous), time)
                if begun < time:
                    self._touch[team] = self._touch.get(team, 0) + time - begun
            if self.status < RESOLVED and begun > self._previous:
                spent = self._touch if self._working else self._queue
                spent[team] = spent.get(team, 0) + begun - self._previous
        self._previous = time
        self._events += 1
        if type(body) is Moved:
            to, origin, due = body.to, body.origin, body.due
            if not self._moves and origin:
                # Where it came from it had been since its first event.
                self.custody.arrive(self._opened_at, origin)
                self._holder = origin
            self._moves += 1
            self.custody.arrive(time, to)
            # Another team has not begun, whatever the status still says.
            if to != team:
                self._working = False
            self._team = to
            # Unassigned, the item still belongs to the team that had it last: what ends or reopens it is charged there.
            self._holder = to or self._holder
            self._deliverable = body.deliverable or self._deliverable
            if due >= 0:
                self._due = due
        elif type(body) is StatusSet:
            self._set_status(time, body.status)

    def _set_status(self, time: int, status: int) -> None:
        if status >= RESOLVED:
            if self._resolved_at is None:
                # The first status of a run of resolved and closed; a reopen is charged to who held it then, not to who closed
                # it.
                self._resolved_at, self._run_holder = time, self._holder
            if status > RESOLVED and self._closed_at is None:
                self._closed_at = time
        elif self._resolved_at is not None:
            self._reopens += 1
            if self._run_holder:
                self._reopened.append(self._run_holder)
            # Reopened: the item fact shows the end that holds, not one that was taken back.
            self._resolved_at = self._closed_at = None
        self.status = status
        self._working = status == WORKING

    def fact(self, custody: Custody) -> ItemFact:
        """The item fact, valid until the next step. ``custody``: gives path and holder of an item without moves."""
        path, holder, deliverable = self.custody, self._holder, self._deliverable
        if not self._moves:
            path = CustodyPath(custody.holders)
            _, holder = custody.holders[-1] if custody.holders else (0, "")
            deliverable = custody.deliverable
        return ItemFact(
            path=path.path,
            path_at=path.path_at,
            reassignments=path.reassignments,
            bounces=path.bounces,
            revisits=path.revisits,
            assignment_changes=max(path.changes, 0),
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


def journey_of(ordered: Sequence[OrderedEvent]) -> Journey:
    """The journey after an item's surviving events in order, at least one."""
    opened_at, *_ = ordered[0]
    journey = Journey(opened_at)
    for event in ordered:
        journey.step(event)
    return journey


def item_fact(ordered: Sequence[OrderedEvent], custody: Custody) -> ItemFact:
    """The item fact after an item's surviving events in order, at least one; ``custody``: what its handoffs say."""
    return journey_of(ordered).fact(custody)
