"""Which sources are in trouble because most of what they send is parked, and whether that is everybody.

What such a source sends goes on being parked, and the others count. Only where every source heard is in trouble, and they are
enough to be everybody, is it this process that can't read what is written: then it stops. All of it is in memory and shapes
neither state nor output: a restart counts from nothing.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, TypeAlias

import structlog

from schemas.counters import Counters
from schemas.dead_letters import DETAIL_CHARS
from schemas.errors import Park, ParkReason, Stop
from streams.engine.dead_letter_limit import DeadLetterLimit, ParkedCount

_log = structlog.get_logger("parked_sources")
MOST_SOURCES = 1_000
"""So many sources are told apart, of those that are parked and of those that are used; names may be made up without end."""
MOST_IN_TROUBLE = 100
QUIET_MS = 3_600_000
"""Of a source of which nothing was parked for so long, in append time, nothing is said any more."""
_NAME_CHARS = 200
_SHOWN = 5


class Bucket(Enum):
    """Who has no name of their own."""

    UNREADABLE = "records whose source can't be read"
    OTHERS = "sources that are too many to be told apart"


Sender: TypeAlias = str | Bucket


class Trouble(NamedTuple):
    """A sender in trouble: ``parked`` of its records, the last for ``reason``."""

    sender: Sender
    parked: int
    reason: ParkReason
    detail: str


class _Last(NamedTuple):
    """The record parked last; ``at_ms``: its append time; ``number``: among all that were parked."""

    reason: ParkReason
    detail: str
    at_ms: int
    number: int


class _Parking:
    """What was parked of one sender."""

    __slots__ = ("count", "in_trouble", "last")

    def __init__(self, limit: DeadLetterLimit) -> None:
        self.count = ParkedCount(limit)
        self.last: _Last | None = None
        self.in_trouble = False


class ParkedSources:
    """The senders of one partition. ``witnesses``: so many sources, all in trouble at the same time, are everybody."""

    def __init__(self, limit: DeadLetterLimit, topic: str, partition: int, witnesses: int) -> None:
        self.counters: Counters = Counter()
        self._limit, self._witnesses = limit, witnesses
        self._topic, self._partition = topic, partition
        self._number = 0
        # Each with the one first of which nothing was parked, or used, for longest.
        self._parked: OrderedDict[str, _Parking] = OrderedDict()
        self._in_trouble: OrderedDict[str, _Parking] = OrderedDict()
        self._used: OrderedDict[str, None] = OrderedDict()
        self._buckets = {bucket: _Parking(limit) for bucket in Bucket}

    def use(self, usable: Mapping[str, int]) -> None:
        """Count records that could be used, by source; nothing was parked among them."""
        for source, records in usable.items():
            parking = self._in_trouble.get(source) or self._parked.get(source)
            if parking is not None:
                parking.count.use(records)
                self._end_if(parking.count.recovered, source, parking)
            if source not in self._in_trouble:
                self._used[source] = None
                self._used.move_to_end(source)
        while len(self._used) > MOST_SOURCES:
            self._used.popitem(last=False)
        for bucket, parking in self._buckets.items():
            # Whoever sends something usable is none of the unreadable: measured against everybody a few of them are few.
            parking.count.use(sum(usable.values()))
            self._end_if(parking.count.recovered, bucket, parking)

    def park(self, source: str, park: Park, at_ms: int) -> None:
        """Count a parked record of ``source``, empty where it can't be read. Raises ``Stop`` when it is everybody."""
        self._number += 1
        sender: Sender = source[:_NAME_CHARS] or Bucket.UNREADABLE
        last = _Last(park.reason, park.detail[:DETAIL_CHARS], at_ms, self._number)
        self._add(sender, self._parking(sender), 1, last)

    def pass_time(self, at_ms: int) -> None:
        """Say nothing more of senders of which nothing was parked for long before ``at_ms``, in append time."""
        for sender, parking in self._all():
            self._end_if(parking.last is not None and at_ms - parking.last.at_ms > QUIET_MS, sender, parking)

    @property
    def troubles(self) -> list[Trouble]:
        """Who is in trouble now."""
        return [
            Trouble(sender, parking.count.parked, parking.last.reason, parking.last.detail)
            for sender, parking in self._all()
            if parking.in_trouble and parking.last is not None
        ]

    def _all(self) -> list[tuple[Sender, _Parking]]:
        return [*self._in_trouble.items(), *self._buckets.items()]

    def _parking(self, sender: Sender) -> _Parking:
        if isinstance(sender, Bucket):
            return self._buckets[sender]
        for kept in (self._in_trouble, self._parked):
            if sender in kept:
                kept.move_to_end(sender)
                return kept[sender]
        found = self._parked[sender] = _Parking(self._limit)
        if len(self._parked) > MOST_SOURCES:
            self._forget_first(self._parked)
        return found

    def _forget_first(self, kept: OrderedDict[str, _Parking]) -> None:
        """What was parked of it is counted among the others, so that a source with a new name each time is seen, too."""
        _, first = kept.popitem(last=False)
        if first.last is not None:
            self._add(Bucket.OTHERS, self._buckets[Bucket.OTHERS], first.count.parked, first.last)

    def _add(self, sender: Sender, parking: _Parking, records: int, last: _Last) -> None:
        parking.last = last
        if not parking.count.park(records) or parking.in_trouble:
            return
        parking.in_trouble = True
        self.counters["source_in_trouble"] += 1
        _log.error(
            "a source is in trouble: most of its records are parked",
            topic=self._topic,
            partition=self._partition,
            sender=named(sender),
            parked=parking.count.parked,
            reason=last.reason,
            detail=last.detail,
        )
        if isinstance(sender, str):
            self._in_trouble[sender] = self._parked.pop(sender)
            self._used.pop(sender, None)
            # Before one may be forgotten for being too many.
            self._stop_if_everybody()
            if len(self._in_trouble) > MOST_IN_TROUBLE:
                self._forget_first(self._in_trouble)

    def _end_if(self, over: bool, sender: Sender, parking: _Parking) -> None:
        if not (over and parking.in_trouble):
            return
        _log.info("a source is no longer in trouble", topic=self._topic, partition=self._partition, sender=named(sender))
        if isinstance(sender, Bucket):
            self._buckets[sender] = _Parking(self._limit)
        else:
            del self._in_trouble[sender]

    def _stop_if_everybody(self) -> None:
        # At the same time: imports that follow each other are no sign that all is refused.
        since = self._number - self._limit.run
        at_once = [parking for parking in self._in_trouble.values() if parking.last and parking.last.number > since]
        if self._used or len(at_once) < self._witnesses:
            return
        raise Stop(
            f"dead-letter limit reached in {self._topic} partition {self._partition}: whoever writes there is refused. "
            + "; ".join(_words(trouble) for trouble in self.troubles[:_SHOWN]),
            f"{LOOK}. Where this release of Baton can't read what is written, start one that can, and `baton rebuild` counts "
            f"what was parked; otherwise mend what writes to {self._topic}. To let these records pass start the worker once "
            "with a higher BATON_DEAD_LETTER_RUN and BATON_DEAD_LETTER_SHARE=1 (`baton down` first: a home that runs keeps "
            "its settings)",
        )


LOOK = "`baton status` prints the query that tells which records these are, and why"


def named(sender: Sender) -> str:
    """A sender for people. A name is quoted: whoever sends may write anything into it."""
    return sender.value if isinstance(sender, Bucket) else f"source {sender!r}"


def report(troubles: Mapping[int, list[Trouble]]) -> str:
    """The troubles of some partitions, a line a sender, the most parked first, and what to do; empty where there are none."""
    merged: dict[Sender, Trouble] = {}
    for trouble in (trouble for _, of_partition in sorted(troubles.items()) for trouble in of_partition):
        before = merged.get(trouble.sender)
        merged[trouble.sender] = trouble._replace(parked=trouble.parked + (before.parked if before else 0))
    if not merged:
        return ""
    first, *more = sorted(merged.values(), key=lambda trouble: -trouble.parked)
    lines = [_words(trouble) for trouble in (first, *more[: _SHOWN - 1])]
    if len(merged) > _SHOWN:
        lines.append(f"and {len(merged) - _SHOWN} more")
    return "\n".join((*lines, f"others count; mend: {LOOK}: correct what sends them, then send them again"))


def _words(trouble: Trouble) -> str:
    return f"{named(trouble.sender)}: {trouble.parked:,} records parked, the last for {trouble.reason}: {trouble.detail}"
