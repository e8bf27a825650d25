"""What facts give to the panes (metrics 1.2 and 1.4): fact → entries, the one definition. SQL repeats it over the fact tables.

Every amount is an integer, so a changed fact is its old entries taken away and its new ones added. Bodies are the structs of
``schemas.structs.facts``, entries those of ``schemas.structs.contributions``. Times in ms UTC.
"""

from collections.abc import Sequence
from typing import Protocol

from measures.reasons import code_of
from measures.sketch import bucket
from schemas.keys import SEPARATOR
from schemas.structs.contributions import Entry
from schemas.structs.facts import HandoffFact, IntakeFact, OfferLine, RatingGroupFact

MOST_MINUTES = 2400
"""Rework of one handoff counts up to 40 hours (metrics W6)."""
MOST_PARTS = 50
SHORTEST_ROUTE = 3
_LOOPS = ("0", "1", "2", "3+")
_VOTES = {"individual": "votes", "team": "team_votes", "self": "self_votes"}
_DUE = {"hit": "due_hit", "miss": "due_miss", "pending": "due_pending"}


class HasPath(Protocol):
    """A custody path: an item fact has one, and what the journeys fold keeps of it."""

    @property
    def path(self) -> list[str]:
        """The teams, in order."""

    @property
    def path_at(self) -> list[int]:
        """When each was reached, ms UTC."""


class OfferMinutes(Protocol):
    """An offer's reported minutes; a fact's offer has them, and a handoff's state."""

    @property
    def rework_minutes(self) -> int | None:
        """Of a return."""

    @property
    def repair_minutes(self) -> int | None:
        """Of an acceptance."""


class Offered(Protocol):
    """When an offer was made."""

    @property
    def offered_at(self) -> int:
        """In ms UTC."""


class HandedOver(Protocol):
    """A handoff, as its fact or as its state."""

    @property
    def handoff(self) -> str:
        """Its id."""

    @property
    def supplier(self) -> str:
        """Who hands over."""

    @property
    def customer(self) -> str:
        """To whom."""

    @property
    def void(self) -> bool:
        """Whether it was cancelled before any decision."""

    @property
    def offers(self) -> Sequence[Offered]:
        """Its deliveries, in order."""


def reported_minutes(offers: Sequence[OfferMinutes]) -> int | None:
    """Rework minutes of a handoff's offers, by returns and repairs, not capped; None when nobody reported any."""
    said = [m for o in offers for m in (o.rework_minutes, o.repair_minutes) if m is not None]
    return sum(said) if said else None


def decided_at(offer: OfferLine) -> int | None:
    """When an offer was decided: its acceptance, or its return where it was never accepted."""
    return offer.returned_at if offer.accepted_at is None else offer.accepted_at


def left_at(offer: OfferLine) -> int | None:
    """When the customer was done with an offer: it decided, or passed it on."""
    for at in (offer.accepted_at, offer.passed_on_at, offer.returned_at):
        if at is not None:
            return at
    return None


def entries_of_handoff(fact: HandoffFact) -> list[Entry]:
    """What one handoff gives to its pair."""
    entries = _timeliness(fact)
    offers = fact.offers
    if fact.cancelled_at is not None:
        entries.append(Entry(at=fact.cancelled_at, field="cancelled"))
        if fact.void:
            entries.append(Entry(at=fact.cancelled_at, field="void"))
            return entries
    for number, offer in enumerate(offers):
        entries.append(Entry(at=offer.offered_at, field="offers"))
        if number:
            entries.append(Entry(at=offer.offered_at, field="reoffers"))
        at = left_at(offer)
        if at is None:
            continue
        wait = at - offer.offered_at
        entries += (Entry(at=at, field="wait", key=bucket(wait)), Entry(at=at, field="wait_ms", amount=wait))
        if offer.returned_at is not None:
            entries.append(Entry(at=offer.returned_at, field="returns"))
            entries.append(Entry(at=offer.returned_at, field="reasons", key=code_of(offer.reason)))
        elif offer.passed_on_at is not None:
            entries.append(Entry(at=offer.passed_on_at, field="passed_on"))
    first = decided_at(offers[0]) if offers and fact.state != "passed_on" else None
    if first is not None:
        entries += _decided(fact, first)
        accepted = ((o.accepted_at, o.returned_at) for o in reversed(offers) if o.accepted_at is not None)
        at, returned_at = next(accepted, (None, None))
        if at is not None and returned_at is None:
            cycle = at - offers[0].offered_at
            entries += (Entry(at=at, field="cycle", key=bucket(cycle)), Entry(at=at, field="cycle_ms", amount=cycle))
    return entries


def _timeliness(fact: HandoffFact) -> list[Entry]:
    offers, due, sla = fact.offers, fact.due_at, fact.sla
    entries = []
    if sla in _DUE and due is not None:
        entries.append(Entry(at=due, field=_DUE[sla]))
        if offers and offers[0].offered_at <= due:
            entries.append(Entry(at=due, field="ontime_first"))
    elif sla == "unknown":
        at = offers[0].offered_at if offers else fact.requested_at
        if at is not None:
            entries.append(Entry(at=at, field="due_unknown"))
    if fact.due_changes:
        entries.append(Entry(at=offers[0].offered_at, field="due_changed", amount=fact.due_changes))
    return entries


def _decided(fact: HandoffFact, at: int) -> list[Entry]:
    """What a decided handoff gives at its first decision."""
    returns = sum(1 for offer in fact.offers if offer.returned_at is not None)
    entries = [Entry(at=at, field="dec"), Entry(at=at, field="loops", key=_LOOPS[min(returns, 3)])]
    if fact.first_pass:
        entries.append(Entry(at=at, field="pass"))
    if fact.complete_accurate:
        entries.append(Entry(at=at, field="ca"))
    if returns:
        entries.append(Entry(at=at, field="loops_sum", amount=returns))
    minutes = fact.rework_minutes
    if minutes or (returns and minutes is not None):  # zero minutes on work never sent back report no rework
        entries.append(Entry(at=at, field="rework_reported"))
    if minutes:
        entries.append(Entry(at=at, field="rework_min", amount=minutes))
        if minutes == MOST_MINUTES and (reported_minutes(fact.offers) or 0) > MOST_MINUTES:
            entries.append(Entry(at=at, field="rework_capped"))
    if returns or minutes:
        entries.append(Entry(at=at, field="reworked"))
    return entries


def entries_of_group(fact: RatingGroupFact) -> list[Entry]:
    """What a rating group gives to its pair, at its release: its cells (effectiveness, consistency)."""
    field = _VOTES[fact.mode]
    part = f"{fact.deliverable or ''}{SEPARATOR}"
    return [Entry(at=fact.at, field=field, key=part + cell, amount=n) for cell, n in sorted(fact.cells.items())]


def entries_of_intake(fact: IntakeFact) -> list[Entry]:
    """What a pane of arrivals gives to its source: each count that is not zero."""
    return [Entry(at=fact.pane, field=field, amount=count) for field, count in sorted(fact.counts.items()) if count]


def route_of(path: Sequence[str], handoffs: Sequence[HandedOver]) -> list[str]:
    """The route of an item: the teams of its handoffs, each once, in the order of the first offers; empty below three.

    Void handoffs and those never offered have no part. At one moment the team that stands first in the item's ``path`` was
    handed to first. At most ``MOST_PARTS`` teams. ``handoffs``: their facts or states.
    """
    place = {team: n for n, team in reversed(list(enumerate(path)))}
    links = [
        (h.offers[0].offered_at, place.get(h.customer, len(path)), h.handoff, h.supplier, h.customer)
        for h in handoffs
        if h.offers and not h.void
    ]
    teams = list(dict.fromkeys(team for _, _, _, *both in sorted(links) for team in both))
    return teams[:MOST_PARTS] if len(teams) >= SHORTEST_ROUTE else []
