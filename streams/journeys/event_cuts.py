"""Cuts of the events topic: events wait for the next accepted tick, which closes their cut."""

from collections.abc import Callable

from broker.records import Record
from schemas import ticks
from schemas.counters import Counters
from schemas.event_codec import decode
from schemas.event_source import source_of
from schemas.fields import to_ms
from schemas.structs.events import ClockTickedEvent
from streams.engine.ports import Cut, Tick
from streams.engine.tick_filter import TickFilter
from streams.journeys.fold import Journeys
from streams.journeys.late_arrivals import Arrival
from streams.journeys.placement import Placement


class EventCuts:
    """The cuts of one partition. Everything before a tick's record is in its cut.

    ``placement`` judges where records stand; ``rebuilt_until`` as in ``TickFilter``; ``alarm`` is called with ``trouble`` once
    a minute of append time.
    """

    def __init__(
        self,
        fold: Journeys,
        placement: Placement,
        w: int = -1,
        rebuilt_until: int = -1,
        alarm: Callable[[str], object] = lambda _words: None,
    ) -> None:
        self.source, self.witnesses = "", 2
        self._fold = fold
        self._placement = placement
        self._alarm = alarm
        self._tick_filter = TickFilter(w, rebuilt_until)
        # In memory alone: after a restart the records behind the last saved tick are read again.
        self._taken: list[Arrival] = []

    @property
    def counters(self) -> Counters:
        """Ticks that were refused, by reason."""
        return self._tick_filter.counters

    @property
    def trouble(self) -> str:
        """Every tick refused for over a minute, until one is accepted again."""
        if not self._tick_filter.alarmed:
            return ""
        counted = ", ".join(f"{reason} {times}" for reason, times in sorted(self.counters.items()))
        return f"every tick refused for over a minute, so nothing is published: a clock is wrong ({counted})"

    def source_of(self, record: Record) -> str:
        """Its CloudEvents source, as far as it can be read."""
        return source_of(record.value, record.headers)

    def take(self, record: Record) -> Cut[Arrival] | None:
        """Keep an event, or give the cut that a tick closes. Raises ``Park``."""
        # Raises Park before anything is changed, so the run may go on with the next record.
        event = decode(record.key, record.value, record.headers)
        self._placement.check(record, event)
        self.source = "" if record.key == ticks.KEY else event.source
        if type(event) is not ClockTickedEvent:
            # May run while the fold's last tick is still being published and saved: ``admit`` touches counters alone.
            admitted = self._fold.admit(event, record.timestamp)
            if admitted is not None:
                self._taken.append(admitted)
            return None
        tick = Tick(to_ms(event.time), record.offset, record.timestamp)
        # A refused tick closes nothing: what has been taken waits for the next one.
        if not self._tick_filter.accepts(tick, len(self._taken)):
            if self._tick_filter.alarm(record.timestamp):
                self._alarm(self.trouble)
            return None
        taken, self._taken = self._taken, []
        # Nothing waits beyond its tick here, so reading goes on right behind it.
        return Cut(tick, taken, tick.offset + 1, {})
