"""Handoffs that moves imply, counted a second time from the rules alone (metrics 1.1); nothing of ``streams`` is used."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

ENDS = ("resolved", "closed")
FOURTEEN_DAYS = 14 * 24 * 3600 * 1000
"""In milliseconds."""


class Event(NamedTuple):
    """Rank 0 is a move to ``place`` (None: nobody; ``word`` is where it came from, if told), rank 1 a status ``word``.

    Of a rejection ``place`` is whom it names; ``since``: from when on a status says its team had been at it, if it says so.
    """

    time: int
    sequence: int
    rank: int
    source: str
    id: str
    word: str | None
    place: str | None
    since: int | None = None


class Offer:
    """When it was made, and what became of it; None where it did not."""

    def __init__(self, offered: int) -> None:
        self.offered = offered
        self.accepted: int | None = None
        self.passed_on: int | None = None
        self.returned: int | None = None

    @property
    def times(self) -> tuple[int | None, ...]:
        """All four."""
        return (self.offered, self.accepted, self.passed_on, self.returned)


class Found(NamedTuple):
    """A handoff: its (source, id), its teams, and of each offer (offered, accepted, passed on, returned), None where not."""

    key: tuple[str, str]
    supplier: str
    customer: str
    offers: list[tuple[int | None, ...]]


class _Handoff:
    def __init__(self, key: tuple[str, str], supplier: str, customer: str) -> None:
        self.key, self.supplier, self.customer = key, supplier, customer
        self.offers: list[Offer] = []

    @property
    def waits(self) -> bool:
        return self.offers[-1].times[1:] == (None, None, None)


def handoffs(events: Iterable[Event]) -> list[Found]:
    """The handoffs of one item, in order."""
    item = _told(events)
    return [Found(h.key, h.supplier, h.customer, [offer.times for offer in h.offers]) for h in item.all if h.offers]


def in_vain(events: Iterable[Event]) -> set[tuple[str, str]]:
    """(source, id) of the rejections that return nothing."""
    return _told(events).in_vain


def _told(events: Iterable[Event]) -> "_Item":
    told = without_the_end(sorted(events, key=lambda event: event[:5]))
    item = _Item(any(event.word == "working" for event in told if event.rank))
    for event in told:
        if event.rank:
            item.status(event)
            item.last_move = ("", [])
        else:
            item.move(event)
    return item


def without_the_end(events: list[Event]) -> list[Event]:
    """Without moves after the end that no other status follows, and without ends of what had ended."""
    kept: list[Event] = []
    for number, event in enumerate(events):
        before = _status_before(events, number)
        over = before is not None and before.word in ENDS
        if over and event.rank and event.word in ENDS:
            continue
        if over and not event.rank and not any(e.rank and e.word not in ENDS for e in events[number:]):
            continue
        kept.append(event)
    return kept


def _status_before(events: list[Event], number: int) -> Event | None:
    return next((event for event in reversed(events[:number]) if event.rank), None)


class _Item:
    """``at``: where its moves brought it; ``owner``: who has it by its handoffs; ``brought``: those by which it came there."""

    def __init__(self, tells_of_work: bool) -> None:
        self.tells_of_work = tells_of_work
        self.all: list[_Handoff] = []
        self.brought: list[_Handoff] = []
        self.at = self.owner = ""
        self.nobody = True
        self.moved = False
        self.again: _Handoff | None = None  # may be redelivered by the very next move
        self.rejected = False  # by the last status, and not gone elsewhere since
        self.given_back_at = 0
        self.in_vain: set[tuple[str, str]] = set()
        self.last_move: tuple[str, list[_Handoff]] = (
            "",
            [],
        )  # until a status: "offered" or "returned"; how it had come before

    def move(self, event: Event) -> None:
        if not self.moved and event.word:
            self.at = self.owner = event.word
        self.moved, self.nobody = True, event.place is None
        if event.place is None or event.place == self.at:
            return
        self.at, self.last_move = event.place, ("", [])
        if event.place == self.owner:
            return
        if self.owner:
            self.hand_over(event, event.place)
        self.owner = event.place
        self.rejected = False

    def hand_over(self, event: Event, to: str) -> None:
        before = list(self.brought)
        current = self.brought[-1] if self.brought else None
        again, self.again = self.again, None
        if current and current.waits:
            if to == current.supplier:
                self.give_back(current, event.time)
                self.last_move = ("returned", before)
                return
            self.leave(current, event.time)
        if again is None or again.customer != to:
            again = _Handoff((event.source, event.id), self.owner, to)
            self.all.append(again)
        again.offers.append(Offer(event.time))
        self.brought.append(again)
        self.last_move = ("offered", before)

    def leave(self, handoff: _Handoff, time: int) -> None:
        if self.tells_of_work:
            handoff.offers[-1].passed_on = time
        else:
            handoff.offers[-1].accepted = time

    def give_back(self, handoff: _Handoff, time: int) -> None:
        handoff.offers[-1].returned = time
        del self.brought[self.brought.index(handoff) :]
        self.again = handoff

    def status(self, event: Event) -> None:
        if event.word == "returned":
            self.reject(event)
            return
        self.rejected = False
        if event.word == "working" and not self.nobody and self.at != self.owner:
            self.hand_over_again(event)
        counts = event.word in ENDS or (event.word == "working" and not self.nobody)
        if counts and self.brought and self.brought[-1].waits:
            self.brought[-1].offers[-1].accepted = event.time

    def hand_over_again(self, event: Event) -> None:
        """To the team that had rejected it: when that team had begun with it, but for before it rejected."""
        begun = event.time if event.since is None else sorted((self.given_back_at, event.since, event.time))[1]
        self.hand_over(event._replace(time=begun), self.at)
        self.owner = self.at

    def reject(self, event: Event) -> None:
        to, way_back = event.place, False
        if self.rejected and event.since is None and to in (None, self.owner):
            return
        self.in_vain.add((event.source, event.id))
        if self.nobody:
            return
        self.rejected = True
        way = self.brought
        suppliers = [handoff.supplier for handoff in way]
        if self.at != self.owner:
            if event.since is None or to not in (None, self.owner, *suppliers):
                return
            self.hand_over_again(event)
        elif to == self.owner:
            kind, way = self.last_move
            way_back = kind == "offered"
            if kind == "returned":
                self.in_vain.discard((event.source, event.id))
            if not way_back:
                return
        whose = [handoff for handoff in way if to in (None, handoff.supplier)]
        if not whose:
            return
        if way_back:
            self.brought.pop().offers.pop()
            self.again = None
        elif way[-1] is not whose[-1] and way[-1].waits:
            self.leave(way[-1], event.time)
        self.give_back(whose[-1], event.time)
        self.owner, self.given_back_at = whose[-1].supplier, event.time
        self.in_vain.discard((event.source, event.id))


def counts(items: Iterable[list[Found]]) -> Counter[str]:
    """How many there are of each kind, by the words of ``TOTALS``; what is decided and what of that a first pass."""
    total: Counter[str] = Counter()
    for item in items:
        offers = [offer for one in item for offer in one.offers]
        total["handoffs"] += len(item)
        total["offers"] += len(offers)
        total["redeliveries"] += len(offers) - len(item)
        total["accepted"] += sum(offer[1] is not None for offer in offers)
        total["passed on"] += sum(offer[2] is not None for offer in offers)
        total["returned"] += sum(offer[3] is not None for offer in offers)
        total["open"] += sum(offer[1:] == (None, None, None) for offer in offers)
        total["items with a return"] += any(offer[3] is not None for offer in offers)
        total["decided"] += sum(first_pass(one) is not None for one in item)
        total["first pass"] += sum(first_pass(one) is True for one in item)
    return total


def first_pass(found: Found) -> bool | None:
    """Whether its first offer was accepted and not returned within 14 days; None: undecided, or passed on."""
    _, accepted, _, returned = found.offers[0]
    _, _, passed_on, returned_at_last = found.offers[-1]
    if (passed_on is not None and returned_at_last is None) or (accepted is None and returned is None):
        return None
    returns = [offer[3] for offer in found.offers if offer[3] is not None]
    return accepted is not None and all(at > accepted + FOURTEEN_DAYS for at in returns)


def steps(events: list[Event]) -> int:
    """How often the item goes to another team than the one that has it, whatever it means."""
    places = [event.place for event in events if event.rank == 0 and event.place is not None]
    first = next((event.word for event in events if event.rank == 0), None)
    places = [first, *places] if first else places
    return sum(before != after for before, after in pairwise(places))
