"""One tick or control record → every partition of the events topic, in one order.

**Nothing else is sent before every partition has acknowledged it.** After a crash the newest broadcast is completed
first, so that every partition holds the same ticks; a second copy of a tick does not go forward and is ignored.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from broker.records import LogRecord, ProducerRecord
from producers.publisher.ports import Log
from schemas import ticks
from schemas.errors import Park
from schemas.event_codec import decode, make
from schemas.events import TICK
from schemas.fields import to_ms
from schemas.structs.events import ClockTickedEvent
from schemas.topics import EVENTS

_FIRST_BLOCK = 64
_LARGEST_BLOCK = 32_768


@dataclass(frozen=True)
class BroadcastTick:
    """A tick as a partition holds it. ``control``: requests below this offset were broadcast before it."""

    w_ms: int
    control: int
    offset: int
    value: bytes


class Broadcast:
    """Writes to all partitions of the events topic. ``last``: the newest W every partition holds (None: no tick yet)."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.last: int | None = None
        self.control = 0

    def recover(self) -> list[int]:
        """Find the newest tick, complete it where it lacks, and return the offset after each partition's newest tick."""
        newest = [self._newest(partition, end) for partition, end in enumerate(self._log.ends(EVENTS))]
        held = [tick for tick in newest if tick is not None]
        if not held:
            return [-1] * len(newest)
        front = max(range(len(newest)), key=lambda p: (newest[p] or _NEVER).w_ms)
        lead = newest[front] or _NEVER
        after = []
        for partition, tick in enumerate(newest):
            offset = tick.offset if tick else -1
            for missing in self._ticks_above(front, lead, (tick or _NEVER).w_ms) if tick != lead else ():
                (offset,) = self._log.publish_for_offsets([ProducerRecord(EVENTS, ticks.KEY, missing, None, partition)])
            after.append(offset + 1)
        self.last, self.control = lead.w_ms, lead.control
        return after

    def tick(self, w_ms: int, control: int = 0) -> list[int]:
        """Broadcast W; the offset it got in each partition. Empty, and nothing is sent, when W does not go forward."""
        if self.last is not None and w_ms <= self.last:
            return []
        offsets = self._log.publish_for_offsets(self._records(w_ms, control))
        self.last, self.control = w_ms, control
        return offsets

    def tick_behind(self, records: Iterable[ProducerRecord], w_ms: int) -> tuple[int, bool]:
        """Write ``records`` and, when all are acknowledged, W behind them; (records acknowledged, whether W went forward).

        Not in one go: a record that is sent again would stand behind its tick.
        """
        written = self._log.publish(records)
        return written, bool(self.tick(w_ms, self.control))

    def _records(self, w_ms: int, control: int) -> list[ProducerRecord]:
        value = make(
            TICK,
            id=f"tick-{w_ms}",
            source=ticks.SOURCE,
            subject=ticks.SUBJECT,
            time_ms=w_ms,
            body={"control": control} if control else {},
        )
        return self._everywhere(ticks.KEY, value)

    def everywhere(self, key: bytes, value: bytes) -> list[int]:
        """Write one control record to every partition; the offsets, when all have acknowledged it."""
        return self._log.publish_for_offsets(self._everywhere(key, value))

    def _everywhere(self, key: bytes, value: bytes) -> list[ProducerRecord]:
        return [ProducerRecord(EVENTS, key, value, None, partition) for partition in range(self._log.partitions(EVENTS))]

    def _newest(self, partition: int, end: int) -> BroadcastTick | None:
        """The newest tick before ``end``, read backwards in growing blocks."""
        start, block = self._log.starts(EVENTS)[partition], _FIRST_BLOCK
        while end > start:
            begin = max(start, end - block)
            found = [tick for record in self._log.read(EVENTS, partition, begin, end) if (tick := _tick(record))]
            if found:
                return max(found, key=lambda tick: (tick.w_ms, tick.offset))
            end, block = begin, min(block * 4, _LARGEST_BLOCK)
        return None

    def _ticks_above(self, partition: int, lead: BroadcastTick, w_ms: int) -> list[bytes]:
        """The ticks above W that ``partition`` holds, up to ``lead``, ascending. None so far: only the newest."""
        if w_ms == _NEVER.w_ms:
            return [lead.value]
        found: dict[int, bytes] = {}
        start, end, block = self._log.starts(EVENTS)[partition], lead.offset + 1, _FIRST_BLOCK
        while end > start:
            begin = max(start, end - block)
            here = [tick for record in self._log.read(EVENTS, partition, begin, end) if (tick := _tick(record))]
            found |= {tick.w_ms: tick.value for tick in here if tick.w_ms > w_ms}
            if any(tick.w_ms <= w_ms for tick in here):
                break
            end, block = begin, min(block * 4, _LARGEST_BLOCK)
        return [found[w] for w in sorted(found)]


_NEVER = BroadcastTick(-(2**62), 0, -1, b"")


def _tick(record: LogRecord) -> BroadcastTick | None:
    """The tick in a record; None for anything else, and for one that no reader accepts."""
    if record.key != ticks.KEY or record.value is None:
        return None
    try:
        event = decode(record.key, record.value)
    except Park:
        return None
    if not isinstance(event, ClockTickedEvent) or event.data is None:
        return None
    w_ms = to_ms(event.time)
    late = w_ms > record.timestamp + ticks.LEEWAY_MS
    return None if late else BroadcastTick(w_ms, event.data.control, record.offset, record.value)
