"""Agreements as the journeys state keeps them: which is in force for a pair at a time, and for whom a change matters.

They are events like others: deduped, revised, retracted, and without effect before W has passed their time. A journey that
asked for a pair's agreement stands in an index, so that it is folded again when the answer may be another one; so what is
published stays a function of the surviving events, whatever came first.

Groups of its state: ``a`` the surviving events by the hash of their key, ``c<hash of pair>`` the subjects that asked.
"""

from bisect import bisect_right
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

import msgspec

from schemas.keys import SEPARATOR
from streams.engine.buffered_state import BufferedState
from streams.journeys.event_conversion import Cells, cells_of, from_cells
from streams.journeys.stored_event import Agreed, StoredEvent, place_of

Pair: TypeAlias = tuple[str, str]
_AGREED, _ASKED = b"a", b"c"


class AgreementKey(NamedTuple):
    """Which agreement an event is about."""

    subject: str
    source: str
    id: str


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
    def key(self) -> AgreementKey:
        return AgreementKey(self.subject, self.source, self.id)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[bool, AgreementKey, Cells])


def _hash(*parts: str, size: int) -> bytes:
    return blake2b(SEPARATOR.join(parts).encode(), digest_size=size).digest()


def _asked_group(pair: Pair) -> bytes:
    """Two pairs in one group only fold more than needed."""
    return _ASKED + _hash(*pair, size=8)


class Agreements:
    """All agreements of an installation, in memory: the clock sends each to every partition, and there are few."""

    def __init__(self, state: BufferedState) -> None:
        self._state = state
        self._events: dict[AgreementKey, StoredEvent] = {}
        self._counted: dict[AgreementKey, StoredEvent] = {}
        # Survivors whose time W has not passed yet: they are kept, and have no effect.
        self._pending: set[AgreementKey] = set()
        self._of_pair: dict[Pair, list[_Valid]] = {}
        for value in state.group(_AGREED).values():
            counted, key, cells = _decoder.decode(value)
            event = from_cells(cells)
            self._events[key] = event
            if counted:
                self._count(key, event)
            elif not event.deleted:
                self._pending.add(key)

    def take_in(self, arrivals: Iterable[tuple[AgreementKey, StoredEvent]], w: int) -> set[Pair]:
        """Choose the survivors and those before ``w``; gives the pairs whose agreements are others now."""
        # 1 those whose time has come, and of what arrived the survivors
        touched = {key for key in self._pending if self._events[key].time < w}
        for key, event in arrivals:
            before = self._events.get(key)
            # Compared field by field, the revision first: which arrived last does not matter.
            if before is None or event > before:
                self._events[key] = event
                touched.add(key)
        pairs: set[Pair] = set()
        # Sorted, because a set of texts has another order in each process, and the same log must do the same.
        # 2 of those, what is in force before W and after it
        for key in sorted(touched):
            event = self._events[key]
            before, now = self._counted.get(key), None if event.deleted or event.time >= w else event
            if before != now:
                # Both: a correction may have moved an agreement from one pair to another, and items of both were folded by it.
                pairs.update(_pair(counted) for counted in (before, now) if counted is not None)
                self._uncount(key)
                if now is not None:
                    self._count(key, now)
            if now is None and not event.deleted:
                self._pending.add(key)
            else:
                self._pending.discard(key)
            # Which of them count is saved, too: after a restart W is not known here.
            packed = _encoder.encode((now is not None, key, cells_of(event)))
            self._state.put(_AGREED, _hash(*key, size=16), packed)
        return pairs

    def _count(self, key: AgreementKey, event: StoredEvent) -> None:
        self._counted[key] = event
        agreed = _agreed(event)
        of_pair = self._of_pair.setdefault(_pair(event), [])
        of_pair.append(_Valid(agreed.valid_from, event.time, place_of(event), key.source, key.id, key.subject, agreed))
        of_pair.sort()

    def _uncount(self, key: AgreementKey) -> None:
        event = self._counted.pop(key, None)
        if event is not None:
            pair = _pair(event)
            self._of_pair[pair] = [valid for valid in self._of_pair[pair] if valid.key != key]

    def _in_force(self, pair: Pair, at: int) -> Agreed | None:
        """The one with the latest ``valid_from`` not after ``at``; of several the last in the order of events."""
        of_pair = self._of_pair.get(pair)
        if not of_pair:
            return None
        behind = bisect_right(of_pair, at, key=lambda valid: valid.valid_from)
        return of_pair[behind - 1].agreed if behind else None

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
        """Subjects that asked for the pair's agreement, in order, those not saved yet included."""
        return [subject.decode() for subject in self._state.group(_asked_group(pair))]


def _agreed(event: StoredEvent) -> Agreed:
    assert type(event.body) is Agreed  # only those are counted
    return event.body


def _pair(event: StoredEvent) -> Pair:
    agreed = _agreed(event)
    return agreed.supplier, agreed.customer
