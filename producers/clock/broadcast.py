"""One tick or control record → every partition of the events topic, in one order.

**Nothing else is sent before every partition has acknowledged it.** After a crash the newest broadcast is completed
first, so that every partition holds the same ticks; a second copy of a tick does not go forward and is ignored.
"""

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

_FIRST_BLOCK, _LARGEST_BLOCK = 64, 32_768
"""Records read at once on the way back to the newest tick: a quiet log has it at the end, a busy one far before."""


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
        """Find the newest tick, send it to the partitions that lack it; the offset after each partition's newest tick."""
        # 1 the newest tick of each partition   2 the leader: a crash in the middle of a broadcast leaves some behind it
        newest = [self._newest(partition, end) for partition, end in enumerate(self._log.ends(EVENTS))]
        if all(tick is None for tick in newest):
            return [-1] * len(newest)
        leader = max(range(len(newest)), key=lambda p: (newest[p] or _NO_TICK).w_ms)
        newest_tick = newest[leader] or _NO_TICK
        # 3 those behind get what they lack from the leader's own copies, so that every partition holds the same bytes
        after = []
        for partition, tick in enumerate(newest):
            offset = tick.offset if tick else -1
            # one at a time and in order: a partition must not hold a newer tick before an older one
            for missing in self._ticks_above(leader, newest_tick, (tick or _NO_TICK).w_ms) if tick != newest_tick else ():
                (offset,) = self._log.publish_for_offsets([ProducerRecord(EVENTS, ticks.KEY, missing, None, partition)])
            after.append(offset + 1)
        # 4 only now: with fewer copies this W would not be every partition's.
        self.last, self.control = newest_tick.w_ms, newest_tick.control
        return after

    def tick(self, w_ms: int, control: int = 0) -> list[int]:
        """Broadcast W; the offset it got in each partition. Empty, and nothing is sent, when W does not go forward."""
        # A clock set back, or one that was asleep: readers would ignore the tick, so it is not sent.
        if self.last is not None and w_ms <= self.last:
            return []
        # Returns when every partition has acknowledged. A crash before leaves some without it: ``recover`` completes them.
        offsets = self._log.publish_for_offsets(self._tick_records(w_ms, control))
        self.last, self.control = w_ms, control
        return offsets

    def control_record(self, value: bytes) -> list[int]:
        """Write one control record to every partition; the offsets, when all have acknowledged it."""
        return self._log.publish_for_offsets(self._in_every_partition(value))

    def _tick_records(self, w_ms: int, control: int) -> list[ProducerRecord]:
        value = make(
            TICK,
            # By W alone, so that a second clock writes the same event.
            id=f"tick-{w_ms}",
            source=ticks.SOURCE,
            subject=ticks.SUBJECT,
            time_ms=w_ms,
            body={"control": control} if control else {},
        )
        return self._in_every_partition(value)

    def _in_every_partition(self, value: bytes) -> list[ProducerRecord]:
        # One key for all of it: readers park a control record that has another, because it came from somebody else.
        return [ProducerRecord(EVENTS, ticks.KEY, value, None, partition) for partition in range(self._log.partitions(EVENTS))]

    def _newest(self, partition: int, end: int) -> BroadcastTick | None:
        """The newest tick before ``end``, read backwards in growing blocks."""
        start, block = self._log.starts(EVENTS)[partition], _FIRST_BLOCK
        # Backwards, since the log is long and its newest tick mostly near the end.
        while end > start:
            begin = max(start, end - block)
            found = [tick for record in self._log.read(EVENTS, partition, begin, end) if (tick := _tick(record))]
            if found:
                # By W, then by offset: a tick that was sent again may stand behind a newer one.
                return max(found, key=lambda tick: (tick.w_ms, tick.offset))
            end, block = begin, min(block * 4, _LARGEST_BLOCK)
        return None

    def _ticks_above(self, partition: int, newest: BroadcastTick, w_ms: int) -> list[bytes]:
        """The ticks above W that ``partition`` holds, ascending, up to ``newest``; only ``newest`` where W is none."""
        if w_ms == _NO_TICK.w_ms:
            return [newest.value]
        found: dict[int, bytes] = {}
        start, end, block = self._log.starts(EVENTS)[partition], newest.offset + 1, _FIRST_BLOCK
        while end > start:
            begin = max(start, end - block)
            ticks_read = [tick for record in self._log.read(EVENTS, partition, begin, end) if (tick := _tick(record))]
            found |= {tick.w_ms: tick.value for tick in ticks_read if tick.w_ms > w_ms}
            # Ticks of a partition rise but for copies: below this one there is none that is above W.
            if any(tick.w_ms <= w_ms for tick in ticks_read):
                break
            end, block = begin, min(block * 4, _LARGEST_BLOCK)
        return [found[w] for w in sorted(found)]


_NO_TICK = BroadcastTick(-(2**62), 0, -1, b"")


def _tick(record: LogRecord) -> BroadcastTick | None:
    """The tick in a record; None for anything else, and for one that no reader accepts."""
    if record.key != ticks.KEY or record.value is None:
        return None
    try:
        event = decode(record.key, record.value, record.headers)
    # Swallowed: somebody else's record under the clock's key. Journeys park it, and no reader takes it for a tick.
    except Park:
        return None
    if not isinstance(event, ClockTickedEvent) or event.data is None:
        return None
    w_ms = to_ms(event.time)
    # Append time, as the readers judge it. A clock that takes a refused tick for its last would wait until time gets there.
    ahead = w_ms > record.timestamp + ticks.LEEWAY_MS
    return None if ahead else BroadcastTick(w_ms, event.data.control, record.offset, record.value)
