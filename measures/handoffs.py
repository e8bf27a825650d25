"""One handoff's numbers (metrics 1.1, 1.2, W1-W7, T1-T3): from its life, its due time and W to the fact. Pure.

A life is what the journeys fold knows of a handoff, whether events told it or moves implied it. Times in ms UTC.
"""

from typing import Any, Literal, NamedTuple

from measures.entries import MOST_MINUTES, reported_minutes
from schemas.facts import HANDOFF_BODY, OFFER_LINE

REOPEN_MS = 14 * 86_400_000
"""A return within 14 days of the first acceptance takes away the first pass; a later one is a return only."""
HOUR_MS = 3_600_000
State = Literal["requested", "offered", "accepted", "returned", "completed", "cancelled"]
Sla = Literal["hit", "miss", "pending", "future", "void", "unknown"]


class Offer:
    """One delivery and what became of it; minutes as reported, None where nothing was."""

    __slots__ = ("accepted_at", "offered_at", "reason", "recheck_minutes", "repair_minutes", "returned_at", "rework_minutes")

    def __init__(self, offered_at: int) -> None:
        self.offered_at = offered_at
        self.accepted_at: int | None = None
        self.returned_at: int | None = None
        self.reason: str | None = None
        self.rework_minutes: int | None = None
        self.repair_minutes: int | None = None
        self.recheck_minutes: int | None = None

    def parts(self) -> tuple[Any, ...]:
        """Everything it says, to be compared."""
        return (
            *(self.offered_at, self.accepted_at, self.returned_at, self.reason),
            *(self.rework_minutes, self.repair_minutes, self.recheck_minutes),
        )


class Life:
    """A handoff's deliveries in order.

    ``key``: (source, id) of its fact. ``due_at``: carried by its first event; ``due_changes``: later offers that carried
    another. ``got_at``: when the supplier had got the item. A handoff without offers was only requested.
    """

    __slots__ = (
        *("cancelled_at", "completed_at", "customer", "deliverable", "due_at", "due_changes", "got_at", "handoff"),
        *("implicit", "key", "offers", "requested_at", "state", "supplier"),
    )

    def __init__(
        self, key: tuple[str, str], handoff: str, pair: tuple[str, str], deliverable: str, due_at: int | None
    ) -> None:
        self.key = key
        self.handoff = handoff
        self.supplier, self.customer = pair
        self.deliverable = deliverable
        self.due_at = due_at
        self.due_changes = 0
        self.got_at = 0
        self.implicit = False
        self.requested_at: int | None = None
        self.offers: list[Offer] = []
        self.completed_at: int | None = None
        self.cancelled_at: int | None = None
        self.state: State = "requested"

    def parts(self) -> tuple[Any, ...]:
        """Everything the fact takes from it, to be compared."""
        return (
            *(self.handoff, self.supplier, self.customer, self.deliverable, self.state, self.due_changes, self.requested_at),
            *(self.completed_at, self.cancelled_at, *(offer.parts() for offer in self.offers)),
        )

    def offer(self, at: int, due_at: int | None) -> None:
        """Another delivery. A due time that is not the first event's is counted and otherwise ignored."""
        if due_at is not None and due_at != self.due_at:
            self.due_changes += 1
        self.offers.append(Offer(at))
        self.state = "offered"

    def accept(self, at: int) -> Offer:
        """The current offer is accepted."""
        offer = self.offers[-1]
        offer.accepted_at = at
        self.state = "accepted"
        return offer

    def return_(self, at: int, reason: str | None) -> Offer:
        """The current offer is sent back."""
        offer = self.offers[-1]
        offer.returned_at = at
        offer.reason = reason
        self.state = "returned"
        return offer


class Due(NamedTuple):
    """When a handoff is due and who says so; both None where nobody does."""

    at: int | None
    source: Literal["event", "agreement"] | None


NO_DUE = Due(None, None)


def due_of(life: Life, sla_hours: int | None) -> Due:
    """The due time: its own, else ``sla_hours`` (of the agreement in force when the supplier got the item) after that."""
    if life.due_at is not None:
        return Due(life.due_at, "event")
    return NO_DUE if sla_hours is None else Due(life.got_at + sla_hours * HOUR_MS, "agreement")


def is_void(life: Life) -> bool:
    """Whether it was cancelled before any decision."""
    offers = life.offers
    return life.cancelled_at is not None and not (
        offers and (offers[0].accepted_at is not None or offers[0].returned_at is not None)
    )


def sla_of(life: Life, due_at: int | None, w: int) -> Sla:
    """Where a handoff stands at W (metrics T3). The offer's time counts, not the acceptance's."""
    if due_at is None:
        return "void" if is_void(life) else "unknown"
    if life.cancelled_at is not None and life.cancelled_at <= due_at:
        return "void"
    if due_at >= w:
        return "future"
    pending = False
    for offer in life.offers:
        if offer.offered_at <= due_at and offer.returned_at is None:
            if offer.accepted_at is not None:
                return "hit"
            pending = True
    return "pending" if pending and life.cancelled_at is None else "miss"


def handoff_fact(life: Life, due: Due, sla: Sla) -> Any:
    """The ``HandoffFact`` struct of a life, with its due time and where it stands at W."""
    offers = life.offers
    first = offers[0] if offers else None
    passed = repaired = None
    if first is not None and (first.accepted_at is not None or first.returned_at is not None):
        passed = first.accepted_at is not None and all(
            offer.returned_at is None or offer.returned_at > first.accepted_at + REOPEN_MS for offer in offers
        )
        repaired = any(offer.repair_minutes for offer in offers)
    minutes = reported_minutes(offers)
    return HANDOFF_BODY(
        handoff=life.handoff,
        supplier=life.supplier,
        customer=life.customer,
        deliverable=life.deliverable,
        implicit=life.implicit,
        state=life.state,
        requested_at=life.requested_at,
        offers=[
            OFFER_LINE(
                offered_at=o.offered_at,
                accepted_at=o.accepted_at,
                returned_at=o.returned_at,
                reason=o.reason,
                rework_minutes=o.rework_minutes,
                repair_minutes=o.repair_minutes,
                recheck_minutes=o.recheck_minutes,
            )
            for o in offers
        ],
        completed_at=life.completed_at,
        cancelled_at=life.cancelled_at,
        due_at=due.at,
        due_from=due.source,
        due_changes=life.due_changes,
        sla=sla,
        void=is_void(life),
        first_pass=passed,
        complete_accurate=None if passed is None else passed and not repaired,
        rework_minutes=None if minutes is None else min(minutes, MOST_MINUTES),
    )
