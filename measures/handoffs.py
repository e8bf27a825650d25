"""One handoff's numbers (metrics 1.1, 1.2, W1-W7, T1-T3): from its state, its due time and W to the fact. Pure.

A state is what the journeys fold knows of a handoff, whether events told it or moves implied it. Times in ms UTC.
"""

from typing import Literal

import msgspec

from measures.entries import MOST_MINUTES, reported_minutes
from schemas.structs.facts import HandoffFact, OfferLine
from schemas.timestamps import DAY_MS, FARTHEST_DUE_MS, HOUR_MS

MOST_OFFERS = 50
"""Offers of one handoff that are kept (metrics D1)."""
REOPEN_MS = 14 * DAY_MS
"""A return within 14 days of the first acceptance takes away the first pass; a later one is a return only."""
State = Literal["requested", "offered", "accepted", "passed_on", "returned", "completed", "cancelled"]
Sla = Literal["hit", "miss", "pending", "future", "void", "unknown"]


class Offer(msgspec.Struct, gc=False):
    """One delivery and what became of it; minutes as reported, None where nothing was. As in the fact."""

    offered_at: int
    accepted_at: int | None = None
    returned_at: int | None = None
    reason: str | None = None
    rework_minutes: int | None = None
    repair_minutes: int | None = None
    recheck_minutes: int | None = None
    passed_on_at: int | None = None
    told_at: int | None = None
    accepted_until: int | None = None
    due_changed: bool = False


class HandoffState(msgspec.Struct, gc=False):
    """A handoff's deliveries in order. Two states are equal when their facts are.

    ``source``, ``id``: of its fact. ``own_due``: carried by its request, else by its first offer; ``due_changes``: offers that
    carried another. ``got_at``: when the supplier had got the item. A handoff without offers was only requested. ``due_at``,
    ``due_from`` and ``sla`` are set ``as_of`` some W.
    """

    source: str
    id: str
    handoff: str
    supplier: str
    customer: str
    deliverable: str
    own_due: int | None
    implicit: bool = False
    state: State = "requested"
    due_at: int | None = None
    due_from: Literal["event", "agreement"] | None = None
    sla: Sla = "unknown"
    due_changes: int = 0
    got_at: int = 0
    requested_at: int | None = None
    completed_at: int | None = None
    cancelled_at: int | None = None
    offers: list[Offer] = []

    @property
    def void(self) -> bool:
        """Whether it was cancelled before any decision."""
        offers = self.offers
        return self.cancelled_at is not None and not (
            offers and (offers[0].accepted_at is not None or offers[0].returned_at is not None)
        )

    def offer(self, at: int, due_at: int | None, told_at: int | None = None) -> None:
        """Another delivery. A due time that is not its own is counted and otherwise ignored."""
        changed = due_at is not None and due_at != self.own_due
        self.due_changes += changed
        self.offers.append(Offer(at, told_at=told_at, due_changed=changed))
        self.state = "offered"

    def accept(self, at: int) -> Offer:
        """The current offer is accepted."""
        offer = self.offers[-1]
        offer.accepted_at = at
        self.state = "accepted"
        return offer

    def pass_on(self, at: int) -> Offer:
        """The customer hands the current offer on to a third team and has done nothing with it."""
        offer = self.offers[-1]
        offer.passed_on_at = at
        self.state = "passed_on"
        return offer

    def return_(self, at: int, reason: str | None) -> Offer:
        """The current offer is sent back."""
        offer = self.offers[-1]
        offer.returned_at = at
        offer.reason = reason
        self.state = "returned"
        return offer


def said_due(due: int, at: int) -> int | None:
    """The due time that an event of time ``at`` says; None where it says none (-1), or one so far away that it means none."""
    return due if due >= 0 and abs(due - at) <= FARTHEST_DUE_MS else None


def as_of(handoff: HandoffState, w: int, sla_hours: int | None) -> None:
    """Set when it is due and where it stands at W.

    Due: its own time, else ``sla_hours`` (of the agreement in force when the supplier got the item) after that; so many that
    they mean none are none.
    """
    if handoff.own_due is not None:
        handoff.due_at, handoff.due_from = handoff.own_due, "event"
    elif sla_hours is not None and sla_hours * HOUR_MS <= FARTHEST_DUE_MS:
        handoff.due_at, handoff.due_from = handoff.got_at + sla_hours * HOUR_MS, "agreement"
    else:
        handoff.due_at = handoff.due_from = None
    handoff.sla = sla_of(handoff, handoff.due_at, w)


def sla_of(handoff: HandoffState, due_at: int | None, w: int) -> Sla:
    """Where a handoff stands at W (metrics T3). The offer's time counts, not the acceptance's.

    Passed on in time it is void: its customer neither took nor refused it.
    """
    if due_at is None:
        return "void" if handoff.void else "unknown"
    if handoff.cancelled_at is not None and handoff.cancelled_at <= due_at:
        return "void"
    if due_at >= w:
        return "future"
    pending = False
    for offer in handoff.offers:
        if offer.offered_at <= due_at and offer.returned_at is None:
            if offer.accepted_at is not None:
                return "hit"
            if offer.passed_on_at is not None:
                return "void"
            pending = True
    return "pending" if pending and handoff.cancelled_at is None else "miss"


def handoff_fact(handoff: HandoffState) -> HandoffFact:
    """The fact of a handoff that was set ``as_of`` a W."""
    offers = handoff.offers
    first = offers[0] if offers else None
    passed = repaired = None
    # Passed on, it says nothing of the supplier's work, whatever an offer before that came to.
    judged = handoff.state != "passed_on"
    if judged and first is not None and (first.accepted_at is not None or first.returned_at is not None):
        passed = first.accepted_at is not None and all(
            offer.returned_at is None or offer.returned_at > first.accepted_at + REOPEN_MS for offer in offers
        )
        repaired = any(offer.repair_minutes for offer in offers)
    minutes = reported_minutes(offers)
    return HandoffFact(
        handoff=handoff.handoff,
        supplier=handoff.supplier,
        customer=handoff.customer,
        deliverable=handoff.deliverable,
        implicit=handoff.implicit,
        state=handoff.state,
        requested_at=handoff.requested_at,
        offers=[
            OfferLine(
                offered_at=o.offered_at,
                accepted_at=o.accepted_at,
                returned_at=o.returned_at,
                reason=o.reason,
                rework_minutes=o.rework_minutes,
                repair_minutes=o.repair_minutes,
                recheck_minutes=o.recheck_minutes,
                passed_on_at=o.passed_on_at,
                told_at=o.told_at,
                accepted_until=o.accepted_until,
                due_changed=o.due_changed,
            )
            for o in offers
        ],
        completed_at=handoff.completed_at,
        cancelled_at=handoff.cancelled_at,
        due_at=handoff.due_at,
        due_from=handoff.due_from,
        due_changes=handoff.due_changes,
        sla=handoff.sla,
        void=handoff.void,
        first_pass=passed,
        complete_accurate=None if passed is None else passed and not repaired,
        rework_minutes=None if minutes is None else min(minutes, MOST_MINUTES),
    )
