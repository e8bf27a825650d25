"""Moves become handoffs: what "the assigned group changed" says about who handed what to whom (design, section 1).

A move offers, working (or the end, or handing on to a third team) accepts, a move back before that returns, and only the very
next move to the same customer is the redelivery. Moves to nobody and to the team that has the item are no moves here.
"""

from collections.abc import Sequence

from measures.handoffs import HandoffState
from streams.journeys.explicit_handoffs import Row
from streams.journeys.stored_event import BODY, MOVED, RESOLVED, STATUS, WORKING

NO_TYPE = "work"
SENT_BACK = "sent_back"


class Moves:
    """The handoffs that an item's events imply, event by event; none of them is a handoff event.

    ``lives``: in order. ``touched``: those that a step changed since somebody emptied it. ``opened_at``: of the item's first
    event, in ms.
    """

    __slots__ = (
        *("_deliverable", "_earlier", "_first", "_got_at", "_holder", "_incoming", "_sent_back", "_unassigned"),
        *("lives", "touched"),
    )

    def __init__(self, opened_at: int) -> None:
        self.lives: list[HandoffState] = []
        self.touched: list[HandoffState] = []
        self._holder = self._deliverable = ""
        self._unassigned = self._first = True
        self._got_at = opened_at
        self._incoming: HandoffState | None = None  # the handoff that brought the item to its holder
        self._earlier: dict[tuple[str, str], HandoffState | None] = {}  # a handoff → its supplier's own incoming one
        self._sent_back: HandoffState | None = None  # returned by the last move

    def step(self, row: Row) -> None:
        """The next event."""
        code, event = row[2], row[5]
        if code == MOVED:
            self._move(row)
        elif code == STATUS:
            incoming, status = self._incoming, event[BODY]
            counts = status >= RESOLVED or (status == WORKING and not self._unassigned)
            if counts and incoming is not None and incoming.state == "offered":
                self._accept(incoming, row[0])

    def _accept(self, life: HandoffState, time: int) -> None:
        life.accept(time)
        self.touched.append(life)

    def _move(self, row: Row) -> None:
        time = row[0]
        to, origin, kind, _, due = row[5][BODY:]
        self._deliverable = kind or self._deliverable
        if self._first and origin:
            self._holder = origin
        self._first = False
        self._unassigned = not to
        if not to or to == self._holder:
            return
        if self._holder:
            self._hand_over(row, to, due if due >= 0 else None)
        self._holder, self._got_at = to, time

    def _hand_over(self, row: Row, to: str, due_at: int | None) -> None:
        time, incoming, sent_back = row[0], self._incoming, self._sent_back
        self._sent_back = None
        if incoming is not None and incoming.state == "offered":
            if to == incoming.supplier:
                incoming.return_(time, SENT_BACK)
                self.touched.append(incoming)
                self._sent_back, self._incoming = incoming, self._earlier[incoming.source, incoming.id]
                return
            self._accept(incoming, time)
        if sent_back is not None and to == sent_back.customer:
            life = sent_back
        else:
            source, event_id, kind = row[3], row[4], self._deliverable or NO_TYPE
            life = HandoffState(source, event_id, event_id, self._holder, to, kind, due_at, True, got_at=self._got_at)
            self._earlier[source, event_id] = incoming
            self.lives.append(life)
        life.offer(time, due_at)
        self.touched.append(life)
        self._incoming = life


def moves_of(rows: Sequence[Row]) -> Moves:
    """The moves after an item's events in order, at least one and none of them a handoff event."""
    moves = Moves(rows[0][0])
    for row in rows:
        moves.step(row)
    return moves


def infer(rows: Sequence[Row]) -> list[HandoffState]:
    """The handoffs that an item's rows imply, in order; ``rows`` as in ``moves_of``, or none."""
    return moves_of(rows).lives if rows else []
