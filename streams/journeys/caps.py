"""How much of one item is kept. What arrives beyond is judged ``beyond_cap``: published, counted, and not folded.

Judged record by record as they arrive, so that every replay of the log judges alike, and for ever: a place is not free again
when an event is taken back. What becomes of corrections and retractions: docs/decisions/0015-grain-of-contributions.md.
"""

from typing import Final, NamedTuple

from measures.handoffs import MOST_OFFERS
from streams.journeys.item_state import Item
from streams.journeys.stored_event import MOVED, OFFERED, RATED, Delivery, EventKey, StoredEvent

MOVES, OFFERS, EVENTS = "moves", "offers", "events"
"""Reasons of the verdict: which cap was reached. The view ``beyond_cap`` reads them."""
NO_MORE_TRANSFERS, NOTHING_NEW = 1, 2
"""What an item that reached a cap takes no more: moves and offers, or any event that it has not."""
_TRANSFERS: Final = {MOVED: MOVES, OFFERED: OFFERS}


class Caps(NamedTuple):
    """Moves of an item, offers of one handoff (both metrics D1), and all events of an item, retractions included."""

    moves: int = 200
    offers: int = MOST_OFFERS
    events: int = 1_000


CAPS: Final = Caps()


def beyond(item: Item, key: EventKey, event: StoredEvent, caps: Caps = CAPS) -> str:
    """Which cap keeps an event out that would survive, empty for none. The first one sets ``item.full``."""
    before = item.events.get(key)
    if before is None and _is_full(item, event, caps):
        return EVENTS
    # What is a move or an offer already may go on to be one: it takes no further place.
    if not _transfers(event) or (before is not None and _transfers(before)):
        return ""
    if item.full < NO_MORE_TRANSFERS:
        if not _has_its_fill(item, event, caps):
            return ""
        item.full = NO_MORE_TRANSFERS
    return _TRANSFERS[event.code]


def _is_full(item: Item, event: StoredEvent, caps: Caps) -> bool:
    # A pair that is rated has no bound here: its votes are of many people and many months.
    if event.code == RATED:
        return False
    if (
        item.full < NOTHING_NEW
        and len(item.events) >= caps.events
        and (not item.codes & 1 << RATED or sum(e.code != RATED for e in item.events.values()) >= caps.events)
    ):
        item.full = NOTHING_NEW
    return item.full == NOTHING_NEW


def _transfers(event: StoredEvent) -> bool:
    return event.code in _TRANSFERS and not event.deleted


def _has_its_fill(item: Item, event: StoredEvent, caps: Caps) -> bool:
    body = event.body
    if type(body) is Delivery:
        offers = (e.body for e in item.events.values() if e.code == OFFERED)
        return sum(type(offer) is Delivery and offer.handoff == body.handoff for offer in offers) >= caps.offers
    # Those that were taken back are counted: a loop of moves and retractions is one, too.
    return sum(e.code == MOVED for e in item.events.values()) >= caps.moves
