"""Intake of a stage that reads events: they wait for the next accepted tick, which closes their cut."""

from collections import Counter
from typing import Any

import structlog

from schemas.codec import STRUCTS, decode
from schemas.events import TICK
from schemas.fields import to_ms
from streams.engine.gate import Gate
from streams.engine.head import Head
from streams.engine.limits import DeadLetterLimit
from streams.engine.ports import Cut, EventFold, Outbox, Record, StateStore, Tick
from streams.engine.run import PartitionRun

_log = structlog.get_logger("events")
_TICK = STRUCTS[TICK]


class Events:
    """Intake of one partition of the events topic. Everything before a tick's record is in its cut."""

    def __init__(self, fold: EventFold, w: int = -1, rebuilt_until: int = -1) -> None:
        self._fold = fold
        self._gate = Gate(w, rebuilt_until)
        self._taken: list[Any] = []

    @property
    def counters(self) -> Counter[str]:
        """Ticks that were refused, by reason."""
        return self._gate.counters

    @property
    def trouble(self) -> str:
        """Every tick refused for over a minute, until one is accepted again."""
        if not self._gate.alarmed:
            return ""
        counted = ", ".join(f"{reason} {times}" for reason, times in sorted(self.counters.items()))
        return f"every tick refused for over a minute, so nothing is published: a clock is wrong ({counted})"

    def take(self, record: Record) -> Tick | None:
        """Keep an event, or give the tick that closes the cut. Raises ``Park``."""
        event = decode(record.key, record.value)
        if type(event) is not _TICK:
            admitted = self._fold.admit(event, record.timestamp)
            if admitted is not None:
                self._taken.append(admitted)
            return None
        tick = Tick(to_ms(event.time), record.offset, record.timestamp)
        if self._gate.accepts(tick):
            return tick
        if self._gate.alarm(record.timestamp):
            _log.error(self.trouble)
        return None

    def cut(self, tick: Tick) -> Cut:
        """The events before the tick's record."""
        taken, self._taken = self._taken, []
        return Cut(taken, tick.offset + 1, {})


def events_run(
    topic: str,
    head: Head,
    fold: EventFold,
    store: StateStore,
    outbox: Outbox,
    limit: DeadLetterLimit,
    rebuilt_until: int = -1,
    kind: type[PartitionRun] | None = None,
) -> PartitionRun:
    """A partition's run of such a stage; ``rebuilt_until`` as in ``Gate``. ``kind``: with another order of steps."""
    return (kind or PartitionRun)(topic, head, Events(fold, head.w, rebuilt_until), fold, store, outbox, limit)
