"""Which team a name means, and from when: renamed and merged teams, as the clock sends them (``baton.teams.set.v1``).

A name is the team it means from its record's time on. Before that it is a team of its own, so numbers of the past stay as they
were named then. An item knows a team by one name, the first: a rename while it has the item is no handoff, and what comes back
to that team under its new name comes back to it.

Group of its state: ``m`` the surviving records.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from streams.engine.buffered_state import BufferedState
from streams.journeys.control_survivors import ControlKey, ControlSurvivors
from streams.journeys.stored_event import (
    Delivery,
    Moved,
    NamedLine,
    OrderedEvent,
    Rated,
    StatusSet,
    StoredBody,
    StoredEvent,
    TeamsNamed,
    place_of,
)

_NAMED = b"m"


class _Meaning(NamedTuple):
    """From when a name means a team; sorts in the order in which they replace each other."""

    valid_from: int
    place: int
    key: ControlKey
    team: str


class TeamNames:
    """All names of an installation's teams that mean another team."""

    def __init__(self, state: BufferedState) -> None:
        self._survivors = ControlSurvivors(state, _NAMED)
        self._meanings: dict[str, list[_Meaning]] = {}
        # By name all names that at some time mean one team with it, itself among them.
        self._related: dict[str, set[str]] = {}
        # From when a name is some other name's team. Then it ends being another team's name: a rename that was taken back.
        self._begins: dict[str, list[int]] = {}
        self._arrange()

    def __bool__(self) -> bool:
        return bool(self._meanings)

    def take_in(self, arrivals: Iterable[tuple[ControlKey, StoredEvent]], w: int) -> set[str]:
        """Take records that arrived; gives every name that may mean another team now."""
        said = [event for effect in self._survivors.take_in(arrivals, w) for event in (effect.before, effect.after) if event]
        if not said:
            return set()
        before = self.related(_names(said))
        self._arrange()
        return before | self.related(_names(said))

    def _arrange(self) -> None:
        self._meanings, self._begins, self._related = {}, {}, {}
        for key, event in self._survivors.in_effect.items():
            for name, team in _lines(event):
                self._meanings.setdefault(name, []).append(_Meaning(event.time, place_of(event), key, team))
                self._begins.setdefault(team, []).append(event.time)
        # Joined here, when a record changes, and not for each handoff of each fold.
        for name, meanings in self._meanings.items():
            meanings.sort()
            for meaning in meanings:
                self._join(name, meaning.team)

    def _join(self, name: str, team: str) -> None:
        one, other = self._related.setdefault(name, {name}), self._related.setdefault(team, {team})
        if one is not other:
            one |= other
            self._related.update(dict.fromkeys(other, one))

    def team(self, name: str, at: int) -> str:
        """The team that a name means at a moment (ms); itself where nothing else is said."""
        seen = {name}
        while (team := self._means(name, at)) is not None and team not in seen:
            seen.add(team)
            name = team
        return name

    def _means(self, name: str, at: int) -> str | None:
        meanings = self._meanings.get(name)
        behind = bisect_right(meanings, at, key=lambda meaning: meaning.valid_from) if meanings else 0
        if not meanings or not behind:
            return None
        valid_from, _, _, team = meanings[behind - 1]
        return None if any(valid_from < begins <= at for begins in self._begins.get(name, ())) else team

    def related(self, names: Iterable[str]) -> set[str]:
        """These names, and all that at some time mean the same team as one of them."""
        found = set(names)
        return found.union(*(self._related.get(name, ()) for name in found))

    def known_as(self, name: str, at: int) -> list[str]:
        """All names that mean the same team at a moment, in order; itself among them."""
        team = self.team(name, at)
        return sorted(other for other in self.related((name,)) if self.team(other, at) == team)

    def concern(self, events: Iterable[OrderedEvent]) -> bool:
        """Whether an event holds a name that means, or is, another team."""
        related = self._related
        return bool(related) and any(name in related for *_, event in events for name in _names_in(event.body))

    def as_known(self, ordered: Sequence[OrderedEvent]) -> list[OrderedEvent]:
        """A subject's events in order, each team by the name the item knows; in votes by that of their time."""
        known: list[str] = []

        def name_of(name: str, at: int) -> str:
            team = self.team(name, at) if name else ""
            for first in known if team else ():
                if first == team or self.team(first, at) == team:
                    return first
            if team:
                known.append(team)
            return team

        moved = False

        def body_of(body: StoredBody, at: int) -> StoredBody:
            nonlocal moved
            if isinstance(body, Moved):
                # Where it came from it was before it moved, and counts of the first move alone.
                origin = body.origin if moved else name_of(body.origin, at)
                moved = True
                return msgspec.structs.replace(body, origin=origin, to=name_of(body.to, at))
            if isinstance(body, StatusSet):
                return msgspec.structs.replace(body, to=name_of(body.to, at)) if body.to else body
            if isinstance(body, Delivery):
                supplier = name_of(body.supplier, at)
                return msgspec.structs.replace(body, supplier=supplier, customer=name_of(body.customer, at))
            if isinstance(body, Rated):
                names = (body.team, body.supplier, body.customer)
                team, supplier, customer = (self.team(name, at) for name in names)
                return msgspec.structs.replace(body, team=team, supplier=supplier, customer=customer)
            return body

        return [
            (time, place, code, source, event_id, msgspec.structs.replace(event, body=body_of(event.body, time)))
            for time, place, code, source, event_id, event in ordered
        ]


def _names_in(body: StoredBody) -> tuple[str, ...]:
    if isinstance(body, Moved):
        return body.to, body.origin
    if isinstance(body, Delivery):
        return body.supplier, body.customer
    if isinstance(body, StatusSet):
        return (body.to,)
    return (body.team, body.supplier, body.customer) if isinstance(body, Rated) else ()


def _lines(event: StoredEvent) -> tuple[NamedLine, ...]:
    assert type(event.body) is TeamsNamed  # only those are kept
    return event.body.lines


def _names(events: Iterable[StoredEvent]) -> set[str]:
    return {name for event in events for line in _lines(event) for name in line}
