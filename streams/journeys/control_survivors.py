"""Control records of one kind as the journeys state keeps them: events like others, deduped, revised and retracted.

None has an effect before W has passed its time. All of them are in memory: the clock sends each to every partition, and there
are few.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from schemas.keys import SEPARATOR
from streams.engine.buffered_state import BufferedState
from streams.journeys.event_conversion import Cells, cells_of, from_cells
from streams.journeys.stored_event import StoredEvent


class ControlKey(NamedTuple):
    """Which control record an event is about."""

    subject: str
    source: str
    id: str


class Effect(NamedTuple):
    """What a record said before a W, and what it says after it; None: nothing, or not yet, or no longer."""

    key: ControlKey
    before: StoredEvent | None
    after: StoredEvent | None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[bool, ControlKey, Cells])


def hashed(*parts: str, size: int) -> bytes:
    """A hash of texts, for keys of the state."""
    return blake2b(SEPARATOR.join(parts).encode(), digest_size=size).digest()


class ControlSurvivors:
    """Group ``group`` of the state: the surviving events by the hash of their key. ``in_effect``: those before W."""

    def __init__(self, state: BufferedState, group: bytes) -> None:
        self._state = state
        self._group = group
        self._events: dict[ControlKey, StoredEvent] = {}
        self.in_effect: dict[ControlKey, StoredEvent] = {}
        # Survivors whose time W has not passed yet: they are kept, and have no effect.
        self._pending: set[ControlKey] = set()
        for value in state.group(group).values():
            counted, key, cells = _decoder.decode(value)
            event = from_cells(cells)
            self._events[key] = event
            if counted:
                self.in_effect[key] = event
            elif not event.deleted:
                self._pending.add(key)

    def take_in(self, arrivals: Iterable[tuple[ControlKey, StoredEvent]], w: int) -> list[Effect]:
        """Choose the survivors and those before ``w``; gives those that say something else now."""
        # 1 those whose time has come, and of what arrived the survivors
        touched = {key for key in self._pending if self._events[key].time < w}
        for key, event in arrivals:
            before = self._events.get(key)
            # Compared field by field, the revision first: which arrived last does not matter.
            if before is None or event > before:
                self._events[key] = event
                touched.add(key)
        effects: list[Effect] = []
        # Sorted, because a set of texts has another order in each process, and the same log must do the same.
        # 2 of those, what is in effect before W and after it
        for key in sorted(touched):
            event = self._events[key]
            before, now = self.in_effect.get(key), None if event.deleted or event.time >= w else event
            if before != now:
                effects.append(Effect(key, before, now))
                self.in_effect.pop(key, None)
                if now is not None:
                    self.in_effect[key] = now
            if now is None and not event.deleted:
                self._pending.add(key)
            else:
                self._pending.discard(key)
            # Which of them are in effect is saved, too: after a restart W is not known here.
            self._state.put(self._group, hashed(*key, size=16), _encoder.encode((now is not None, key, cells_of(event))))
        return effects
