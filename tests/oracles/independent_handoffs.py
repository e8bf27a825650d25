"""Handoffs that moves imply, counted a second time from the design's rules alone (section 1); nothing of ``streams`` is used.

An event is (time, sequence, rank, source, id, word, place): rank 0 is a move to ``place`` (None: nobody; ``word`` is where it
came from, if told), rank 1 a status ``word``.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

Event = tuple[int, int, int, str, str, str | None, str | None]


class Found(NamedTuple):
    """A handoff: its move's (source, id), its teams, and of each offer (offered, accepted, returned), None where not."""

    key: tuple[str, str]
    supplier: str
    customer: str
    offers: list[list[int | None]]


def handoffs(events: Iterable[Event]) -> list[Found]:
    """The handoffs of one item, in order."""
    holder, steps = _steps(sorted(events, key=lambda event: event[:5]))
    found: list[Found] = []
    brought: list[Found] = []  # the handoffs by which its holder got it, the supplier's own below
    sent_back: Found | None = None
    for time, place, move in steps:
        undecided = brought[-1] if brought and brought[-1].offers[-1][1] is None else None
        if place is None or (undecided and place != undecided.supplier):
            if undecided:
                undecided.offers[-1][1] = time
            if place is None:
                continue
        elif undecided:
            undecided.offers[-1][2] = time
            sent_back, holder = brought.pop(), place
            continue
        if sent_back and sent_back.customer == place:
            sent_back.offers.append([time, None, None])
            brought.append(sent_back)
        else:
            found.append(Found(move, holder, place, [[time, None, None]]))
            brought.append(found[-1])
        sent_back, holder = None, place
    return found


def _steps(events: list[Event]) -> tuple[str, list[tuple[int, str | None, tuple[str, str]]]]:
    """The first place, then moves that bring the item to another team, and (place None) statuses that may accept."""
    first = next((event for event in events if event[2] == 0), None)
    at = start = first[5] if first else None
    steps: list[tuple[int, str | None, tuple[str, str]]] = []
    assigned = False
    for time, _, rank, source, key, word, place in events:
        if rank == 1:
            if word in {"resolved", "closed"} or (word == "working" and assigned):
                steps.append((time, None, (source, key)))
            continue
        assigned = place is not None
        if place is not None and place != at:
            if at:
                steps.append((time, place, (source, key)))
            start, at = start or place, place
    return start or "", steps


def counts(items: Iterable[list[Found]]) -> Counter[str]:
    """Handoffs, offers, redeliveries, acceptances, returns, open ones, and items with a return."""
    total: Counter[str] = Counter()
    for item in items:
        offers = [offer for one in item for offer in one.offers]
        total["handoffs"] += len(item)
        total["offers"] += len(offers)
        total["redeliveries"] += len(offers) - len(item)
        total["accepted"] += sum(offer[1] is not None for offer in offers)
        total["returned"] += sum(offer[2] is not None for offer in offers)
        total["open"] += sum(offer[1] is None and offer[2] is None for offer in offers)
        total["items with a return"] += any(offer[2] is not None for offer in offers)
    return total
