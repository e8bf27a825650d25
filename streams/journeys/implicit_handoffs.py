"""Moves become handoffs: what "the assigned group changed" says about who handed what to whom (metrics 1.1).

A move offers, working (or the end, or handing on to a third team) accepts, a move back before that returns, and only the very
next move to the same customer is the redelivery. Moves to nobody and to the team that has the item are no moves here.
"""

from collections.abc import Sequence

from measures.handoffs import HandoffState, said_due
from streams.journeys.stored_event import RESOLVED, WORKING, Moved, OrderedEvent, StatusSet

NO_TYPE = "work"
SENT_BACK = "sent_back"


class ImplicitHandoffs:
    """The handoffs that an item's events imply, event by event; none of them is a handoff event.

    ``handoffs``: in order. ``touched``: those that a step changed since it was emptied. ``opened_at``: of the item's first
    event, in ms.
    """

    __slots__ = (
        *("_deliverable", "_first", "_got_at", "_holder", "_incoming", "_sent_back", "_suppliers_incoming"),
        *("_unassigned", "handoffs", "touched"),
    )

    def __init__(self, opened_at: int) -> None:
        self.handoffs: list[HandoffState] = []
        self.touched: list[HandoffState] = []
        self._holder = self._deliverable = ""
        self._unassigned = self._first = True
        self._got_at = opened_at
        self._incoming: HandoffState | None = None  # the handoff that brought the item to its holder
        self._suppliers_incoming: dict[tuple[str, str], HandoffState | None] = {}  # by handoff, at the moment of its offer
        self._sent_back: HandoffState | None = None  # returned by the last move

    def step(self, ordered: OrderedEvent) -> None:
        """Take the next event, which is behind all before it in the order of the item's events."""
        time, _, _, source, event_id, event = ordered
        body = event.body
        if type(body) is Moved:
            self._move(time, source, event_id, body)
        elif type(body) is StatusSet:
            incoming, status = self._incoming, body.status
            # Work on an unassigned item is nobody's and accepts nothing; its end accepts for the team that had it last.
            counts = status >= RESOLVED or (status == WORKING and not self._unassigned)
            if counts and incoming is not None and incoming.state == "offered":
                self._accept(incoming, time)

    def _accept(self, handoff: HandoffState, time: int) -> None:
        handoff.accept(time)
        self.touched.append(handoff)

    def _move(self, time: int, source: str, event_id: str, move: Moved) -> None:
        to = move.to
        self._deliverable = move.deliverable or self._deliverable
        # Of a first move alone: afterwards the moves themselves say who had it.
        if self._first and move.origin:
            self._holder = move.origin
        self._first = False
        self._unassigned = not to
        # Through nobody and back to the same team is no handoff: the holder stays who had it.
        if not to or to == self._holder:
            return
        if self._holder:
            self._hand_over(time, source, event_id, to, said_due(move.due, time))
        self._holder, self._got_at = to, time

    def _hand_over(self, time: int, source: str, event_id: str, to: str, due_at: int | None) -> None:
        incoming, sent_back = self._incoming, self._sent_back
        self._sent_back = None
        if incoming is not None and incoming.state == "offered":
            # 1 sent back before it was accepted: a return, and the supplier's own incoming handoff is open again
            if to == incoming.supplier:
                incoming.return_(time, SENT_BACK)
                self.touched.append(incoming)
                self._sent_back = incoming
                self._incoming = self._suppliers_incoming[incoming.source, incoming.id]
                return
            # 2 handed on to a third team: it must have had the work, so what it got counts as accepted
            self._accept(incoming, time)
        # 3 the very next move after a return, to the same team, offers the same handoff again; after a detour it is a new one
        if sent_back is not None and to == sent_back.customer:
            handoff = sent_back
        else:
            kind = self._deliverable or NO_TYPE
            handoff = HandoffState(source, event_id, event_id, self._holder, to, kind, due_at, True, got_at=self._got_at)
            # What a return must bring back. Kept by handoff, since one handoff may be returned again and again.
            self._suppliers_incoming[source, event_id] = incoming
            self.handoffs.append(handoff)
        handoff.offer(time, due_at)
        self.touched.append(handoff)
        self._incoming = handoff


def implicit_handoffs(ordered: Sequence[OrderedEvent]) -> ImplicitHandoffs:
    """What an item's events imply, in order, at least one and none of them a handoff event."""
    opened_at, *_ = ordered[0]
    found = ImplicitHandoffs(opened_at)
    for event in ordered:
        found.step(event)
    return found
