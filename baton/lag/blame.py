"""Whose turn it is: the tables show how far all stages have come together, this tells which of them holds them up."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing

from baton.lag.stage_lag import StageLag, query, stage_lags
from broker.admin import Admin
from broker.reader import TopicReader
from broker.records import TopicPartition
from broker.topics import described
from schemas.topics import CONTRIBUTIONS, EVENTS, FACTS, SCORES
from sinks.ports import WarehouseReader
from streams import groups

_WRITES = {EVENTS: FACTS, CONTRIBUTIONS: SCORES}
"""What is made of a topic, and goes through the sink."""


def end_offsets(kafka: str, topics: tuple[str, ...], *, uncommitted: bool = False) -> dict[TopicPartition, int]:
    """The end of every partition of the topics now; ``uncommitted``: behind open transactions, too, not before them.

    Raises ``Retry`` when the broker is away, ``Stop`` for a missing topic.
    """
    counts = {name: found.partitions for name, found in described(kafka, topics).items()}
    with closing(TopicReader(kafka, uncommitted=uncommitted)) as reader:
        return {
            TopicPartition(name, p): end for name, count in counts.items() for p, end in enumerate(reader.ends(name, count))
        }


def lags_of(warehouse: WarehouseReader, kafka: str, ends: Mapping[TopicPartition, int], generation: int) -> list[StageLag]:
    """As ``stage_lags``, with what holds up each; asks the broker only where a worker seems to. Raises ``Retry``, ``Stop``."""
    lags = stage_lags(warehouse, ends, generation)
    if not any(lag.left for lag in lags if lag.stage != "sink"):
        return lags
    positions = {TopicPartition(topic, p): position for topic, p, position in warehouse.rows(query("positions"))}
    written = end_offsets(kafka, (FACTS, SCORES))
    waiting = {place.topic for place, end in written.items() if positions.get(place, 0) < end}
    committed = Admin(kafka).committed((groups.JOURNEYS, groups.SCORES)) if waiting else {}
    ticks = {
        lag.topic_partition: _newest_tick(warehouse, lag)
        for lag in lags
        # Before all of it is in the tables nobody can say whether a tick stands behind it.
        if lag.stage == "worker" and lag.left and positions.get(lag.topic_partition, 0) >= lag.wanted
    }
    return [part for lag in lags for part in blamed(lag, waiting, committed, ticks)]


def _newest_tick(warehouse: WarehouseReader, lag: StageLag) -> int:
    asked = {"partition": lag.topic_partition.partition, "end": lag.wanted}
    ((offset,),) = warehouse.rows(query("newest_tick"), asked)
    return int(offset)


def blamed(
    lag: StageLag,
    waiting: Collection[str],
    committed: Mapping[TopicPartition, int],
    ticks: Mapping[TopicPartition, int],
) -> Iterator[StageLag]:
    """The parts of a lag, each with the stage that holds it up; together they are as much as it.

    ``waiting``: topics of which the sink lacks records; ``committed``: what workers say they have done; ``ticks``: offset of
    the newest tick, where all events are in the tables.
    """
    if lag.stage == "sink" or not lag.left:
        yield lag
        return
    place, left = lag.topic_partition, lag.left
    # 1 done, and what was made of it waits for the sink. Only where something does: after a rebuild the offsets are old ones.
    done = committed.get(place, 0) if _WRITES[place.topic] in waiting else 0
    unwritten = min(max(done - lag.reached, 0), left)
    if unwritten:
        yield StageLag(place, "sink", 0, unwritten, "facts" if place.topic == EVENTS else "scores")
    # 2 to be done   3 not yet, for only a tick says that what stands before it is complete
    unclosed = min(max(lag.wanted - 1 - ticks[place], 0), left - unwritten) if place in ticks else 0
    yield StageLag(place, lag.stage, lag.reached, lag.wanted - unwritten - unclosed)
    if unclosed:
        yield StageLag(place, "clock", 0, unclosed)


def only_a_tick(lags: Sequence[StageLag]) -> bool:
    """Whether there is something left and all of it waits for a tick."""
    return bool(lags) and all(lag.stage == "clock" for lag in lags)


def what_brings_it(lags: Sequence[StageLag], time: str) -> str:
    """In a log home whence the tick comes that some lags wait for; empty where there is nothing to say."""
    waits = time == "log" and any(lag.stage == "clock" for lag in lags)
    return "this is a log home, whose time is its imports': the next `baton import` brings the tick" if waits else ""
