"""Agreements as the journeys state keeps them: which is in force for a pair at a time, and for whom a change matters.

They are events like others: deduped, revised, retracted, and without effect before W has passed their time. A journey that
asked for a pair's agreement stands in an index, so that it is folded again when the answer may be another one; so what is
published stays a function of the surviving events, whatever came first.

Groups of its state: ``a`` the surviving events by the hash of their key, ``c<hash of pair>`` the subjects that asked.
"""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import product
from typing import NamedTuple, TypeAlias

from streams.engine.buffered_state import BufferedState
from streams.journeys.control_survivors import ControlKey, ControlSurvivors, hashed
from streams.journeys.stored_event import Agreed, StoredEvent, place_of
from streams.journeys.team_names import TeamNames

Pair: TypeAlias = tuple[str, str]
_AGREED, _ASKED = b"a", b"c"


class _Valid(NamedTuple):
    """An agreement of a pair; sorts in the order in which they replace each other."""

    valid_from: int
    time: int
    place: int
    source: str
    id: str
    subject: str
    agreed: Agreed

    @property
    def key(self) -> ControlKey:
        return ControlKey(self.subject, self.source, self.id)


def _asked_group(pair: Pair) -> bytes:
    """Two pairs in one group only fold more than needed."""
    return _ASKED + hashed(*pair, size=8)


class Agreements:
    """All agreements of an installation; ``teams`` says which names are one team, for which one agreement holds."""

    def __init__(self, state: BufferedState) -> None:
        self._state = state
        self.teams = TeamNames(state)
        self._survivors = ControlSurvivors(state, _AGREED)
        self._of_pair: dict[Pair, list[_Valid]] = {}
        for key, event in self._survivors.in_effect.items():
            self._count(key, event)

    def take_in(self, arrivals: Iterable[tuple[ControlKey, StoredEvent]], w: int) -> set[Pair]:
        """Choose the survivors and those before ``w``; gives the pairs whose agreements are others now."""
        pairs: set[Pair] = set()
        for key, before, now in self._survivors.take_in(arrivals, w):
            # Both: a correction may have moved an agreement from one pair to another, and items of both were folded by it.
            if before is not None:
                pairs.add(_pair(before))
                self._uncount(key, before)
            if now is not None:
                pairs.add(_pair(now))
                self._count(key, now)
        return pairs

    def _count(self, key: ControlKey, event: StoredEvent) -> None:
        agreed = _agreed(event)
        of_pair = self._of_pair.setdefault(_pair(event), [])
        of_pair.append(_Valid(agreed.valid_from, event.time, place_of(event), key.source, key.id, key.subject, agreed))
        of_pair.sort()

    def _uncount(self, key: ControlKey, event: StoredEvent) -> None:
        pair = _pair(event)
        self._of_pair[pair] = [valid for valid in self._of_pair[pair] if valid.key != key]

    def _in_force(self, pair: Pair, at: int) -> Agreed | None:
        """The one with the latest ``valid_from`` not after ``at``; of several the last in the order of events."""
        of_pair = self._of_pair.get(pair) if not self.teams else self._of_one_pair(pair, at)
        if not of_pair:
            return None
        behind = bisect_right(of_pair, at, key=lambda valid: valid.valid_from)
        return of_pair[behind - 1].agreed if behind else None

    def _of_one_pair(self, pair: Pair, at: int) -> list[_Valid]:
        """Those of every pair of names that are the same two teams then."""
        suppliers, customers = (self.teams.known_as(name, at) for name in pair)
        return sorted(valid for named in product(suppliers, customers) for valid in self._of_pair.get(named, ()))

    def sla_hours(self, pair: Pair, deliverable: str, at: int) -> int | None:
        """Hours agreed for a deliverable that the supplier got at ``at`` (ms); None where nothing is agreed."""
        agreed = self._in_force(pair, at)
        lines = agreed.lines if agreed is not None else ()
        return next((hours for name, hours in lines if name == deliverable and hours >= 0), None)

    def team_votes(self, pair: Pair, at: int) -> bool:
        """Whether one agreed vote of the customer team counts, instead of each person's."""
        agreed = self._in_force(pair, at)
        return agreed is not None and agreed.is_team

    def asked(self, pair: Pair, subject: str, holds: bool) -> None:
        """A subject asked for the pair's agreement, or does not ask any more."""
        self._state.put(_asked_group(pair), subject.encode(), b"" if holds else None)

    def askers(self, pair: Pair) -> list[str]:
        """Subjects that asked for the pair's agreement by whatever names, in order of these, those not saved yet included."""
        suppliers, customers = (sorted(self.teams.related((name,))) for name in pair)
        pairs = product(suppliers, customers)
        return [subject.decode() for named in pairs for subject in self._state.group(_asked_group(named))]


def _agreed(event: StoredEvent) -> Agreed:
    assert type(event.body) is Agreed  # only those are counted
    return event.body


def _pair(event: StoredEvent) -> Pair:
    agreed = _agreed(event)
    return agreed.supplier, agreed.customer
