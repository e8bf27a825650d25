"""Moves become handoffs: what "the assigned group changed" says about who handed what to whom (metrics 1.1).

A move offers, working (or the end) accepts, a move back before that returns, handing on to a third team before that passes on,
and only the very next move to the same customer is the redelivery. A rejection returns the handoff of the team it names. Moves
to nobody and to the team that has the item are no moves here; a move after the end is none until work follows.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from measures.handoffs import MOST_OFFERS, HandoffState, Offer, said_due
from streams.journeys.stored_event import REJECTED, RESOLVED, WORKING, EventKey, Moved, OrderedEvent, StatusSet

NO_TYPE = "work"
SENT_BACK = "sent_back"
NOTHING_TO_RETURN: Final = "rejection_without_handoff"


class _Brought(NamedTuple):
    """What the last move did. ``offered``: None where it sent one back; the others as they were before it."""

    offered: HandoffState | None
    due_changes: int
    incoming: HandoffState | None


class ImplicitHandoffs:
    """The handoffs that an item's events imply, event by event; none of them is a handoff event.

    ``handoffs``: in order. ``touched``: those that a step changed since it was emptied. ``anomalies``: rejections that found
    no handoff to return, with the reason. ``opened_at``: of the item's first event, in ms.

    Two teams may have the item at once: ``_place`` by its moves, ``_holder`` by its handoffs. They differ from a rejection to
    the next move.
    """

    __slots__ = (
        *("_brought", "_deliverable", "_ended", "_first", "_got_at", "_handed_on", "_held", "_holder", "_incoming", "_place"),
        *("_rejected", "_sent_back", "_suppliers_incoming", "_tells_of_work", "_told_at", "_unassigned", "anomalies"),
        *("handoffs", "touched"),
    )

    def __init__(self, opened_at: int) -> None:
        self.handoffs: list[HandoffState] = []
        self.touched: list[HandoffState] = []
        self.anomalies: dict[EventKey, str] = {}
        self._holder = self._place = self._deliverable = ""
        self._unassigned = self._first = True
        self._got_at = opened_at
        self._incoming: HandoffState | None = None  # the handoff that brought the item to its holder
        self._suppliers_incoming: dict[EventKey, HandoffState | None] = {}  # by handoff, at the moment of its offer
        self._sent_back: HandoffState | None = None  # returned by the last move, or by a rejection since
        self._brought: _Brought | None = None  # until a status follows
        self._ended = self._rejected = self._tells_of_work = False
        self._held: list[tuple[int, EventKey, Moved]] = []  # moves since the end
        self._told_at: int | None = None  # of the work that followed them, while they are taken
        self._handed_on: list[tuple[HandoffState, Offer]] = []  # before any status told of work

    def step(self, ordered: OrderedEvent) -> None:
        """Take the next event, which is behind all before it in the order of the item's events."""
        time, _, _, source, event_id, event = ordered
        body = event.body
        if type(body) is Moved:
            if self._ended:
                # Custody only, unless work follows, which only a later event can tell.
                self._held.append((time, (source, event_id), body))
            else:
                self._move(time, (source, event_id), body)
        elif type(body) is StatusSet:
            if body.status >= RESOLVED:
                self._end(time)
            else:
                self._go_on(time, (source, event_id), body)

    def _end(self, time: int) -> None:
        """Resolved or closed: accepts for the team that had it last, unassigned or not. Said again it says nothing."""
        incoming, ended = self._incoming, self._ended
        self._ended, self._rejected, self._brought = True, False, None
        if not ended and incoming is not None and incoming.state == "offered":
            incoming.accept(time)
            self.touched.append(incoming)

    def _go_on(self, time: int, key: EventKey, body: StatusSet) -> None:
        """Any other status. After the end it is a reopen, and what was moved since the end was handed over after all."""
        if self._ended:
            self._ended = False
            self._told_at = time
            for moved_at, move_key, move in self._held:
                self._move(moved_at, move_key, move)
            self._told_at = None
            self._held.clear()
        if body.status == REJECTED:
            if not self._reject(time, key, body):
                self.anomalies[key] = NOTHING_TO_RETURN
        else:
            self._rejected = False
            if body.status == WORKING:
                self._work(time, key, body.since)
        self._brought = None

    def _work(self, time: int, key: EventKey, since: int) -> None:
        if not self._tells_of_work:
            self._tells_of_work = True
            for handoff, offer in self._handed_on:
                offer.passed_on_at, offer.accepted_at, offer.accepted_until = offer.accepted_at, None, time
                if handoff.state == "accepted" and offer is handoff.offers[-1]:
                    handoff.state = "passed_on"
                self.touched.append(handoff)
            self._handed_on.clear()
        # Work on an unassigned item is nobody's and accepts nothing.
        if self._unassigned:
            return
        if self._place != self._holder:
            self._deliver_again(time, key, since)
        incoming = self._incoming
        if incoming is not None and incoming.state == "offered":
            incoming.accept(time)
            self.touched.append(incoming)

    def _move(self, time: int, key: EventKey, move: Moved) -> None:
        to = move.to
        self._deliverable = move.deliverable or self._deliverable
        # Of a first move alone: afterwards the moves themselves say who had it.
        if self._first and move.origin:
            self._holder = self._place = move.origin
        self._first = False
        self._unassigned = not to
        # Through nobody and back to the same team is no handoff: the holder stays who had it.
        if not to or to == self._place:
            return
        self._place, self._brought = to, None
        # After a rejection, the way back to who was given it back is none either.
        if to == self._holder:
            return
        if self._holder:
            self._hand_over(time, key, to, said_due(move.due, time))
        self._holder, self._got_at, self._rejected = to, time, False

    def _hand_over(self, time: int, key: EventKey, to: str, due_at: int | None) -> None:
        incoming, sent_back = self._incoming, self._sent_back
        self._sent_back = None
        if incoming is not None and incoming.state == "offered":
            # 1 sent back before it was accepted: a return, and the supplier's own incoming handoff is open again
            if to == incoming.supplier:
                self._return(incoming, time, SENT_BACK)
                self._brought = _Brought(None, 0, incoming)
                return
            # 2 handed on to a third team before any work there
            self._hand_on(incoming, time)
        # 3 the very next move after a return, to the same team, offers the same handoff again; after a detour it is a new one,
        # and so it is where the handoff has as many offers as one may have
        if sent_back is not None and to == sent_back.customer and len(sent_back.offers) < MOST_OFFERS:
            handoff = sent_back
        else:
            kind = self._deliverable or NO_TYPE
            handoff = HandoffState(*key, key[1], self._holder, to, kind, due_at, True, got_at=self._got_at)
            # What a return must bring back. Kept by handoff, since one handoff may be returned again and again.
            self._suppliers_incoming[key] = incoming
            self.handoffs.append(handoff)
        self._brought = _Brought(handoff, handoff.due_changes, incoming)
        handoff.offer(time, due_at, self._told_at)
        self.touched.append(handoff)
        self._incoming = handoff

    def _hand_on(self, handoff: HandoffState, time: int) -> None:
        """Passed on where the item tells of work; where it never does, who handed it on must have had the work."""
        if self._tells_of_work:
            handoff.pass_on(time)
        else:
            # Accepted until a status tells of work, perhaps much later.
            self._handed_on.append((handoff, handoff.accept(time)))
        self.touched.append(handoff)

    def _return(self, handoff: HandoffState, time: int, reason: str | None) -> None:
        handoff.return_(time, reason)
        self.touched.append(handoff)
        self._sent_back = handoff
        self._incoming = self._suppliers_incoming[handoff.source, handoff.id]

    def _deliver_again(self, time: int, key: EventKey, since: int) -> None:
        """It was rejected here and never went away: who got it back has delivered it again, at the latest when work began."""
        # Not before the rejection, and not after what tells of it; without ``since`` (-1) this very status is the first sign.
        at = time if since < 0 else min(max(since, self._got_at), time)
        self._hand_over(at, key, self._place, None)
        self._holder, self._got_at = self._place, at

    def _reject(self, time: int, key: EventKey, body: StatusSet) -> bool:
        """A rejection returns the handoff of the team it names, or of the team before; False where it finds none."""
        to, incoming = body.to, self._incoming
        way_back, due_changes = None, 0
        # The same one, said again by a source that repeats its status with each change.
        if self._rejected and body.since < 0 and to in {"", self._holder}:
            return True
        if self._unassigned:
            return False
        self._rejected = True
        if self._place != self._holder:
            # Given back from here already. Only a team that says since when it had been at it had got it again.
            if body.since < 0 or not (to in {"", self._holder} or self._supplied(incoming, to)):
                return False
            self._deliver_again(time, key, body.since)
            incoming = self._incoming
        elif to == self._holder:
            if self._brought is None:
                return False
            if self._brought.offered is None:  # the move was the return; this says why
                assert self._brought.incoming is not None
                self._brought.incoming.offers[-1].reason = body.reason or SENT_BACK
                self.touched.append(self._brought.incoming)
                return True
            way_back, due_changes, incoming = self._brought
        found = self._supplied(incoming, to)
        if found is None:
            return False
        if way_back is not None:
            self._withdraw(way_back, due_changes)
        elif incoming is not None and incoming is not found and incoming.state == "offered":
            self._hand_on(incoming, time)
        self._return(found, time, body.reason or None)
        self._holder, self._got_at = found.supplier, time
        return True

    def _supplied(self, incoming: HandoffState | None, to: str) -> HandoffState | None:
        """The newest handoff of a team, of any where ``to`` is empty, among those by which the item came here."""
        while incoming is not None and to and incoming.supplier != to:
            incoming = self._suppliers_incoming[incoming.source, incoming.id]
        return incoming

    def _withdraw(self, handoff: HandoffState, due_changes: int) -> None:
        """The last move, which offered it, was the way back of a rejection: it handed over nothing."""
        handoff.offers.pop()
        if handoff.offers:
            handoff.state, handoff.due_changes = "returned", due_changes
        else:
            self.handoffs.pop()


def implicit_handoffs(ordered: Sequence[OrderedEvent]) -> ImplicitHandoffs:
    """What an item's events imply, in order, at least one and none of them a handoff event."""
    opened_at, *_ = ordered[0]
    found = ImplicitHandoffs(opened_at)
    for event in ordered:
        found.step(event)
    return found
