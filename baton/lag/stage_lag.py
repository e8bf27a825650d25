"""Whether everything that was produced can be read in the warehouse, and what lags."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from broker.records import TopicPartition
from schemas.topics import CONTRIBUTIONS, EVENTS
from sinks.ports import WarehouseReader
from sinks.sql_files import SqlFiles

query = SqlFiles(Path(__file__).parent / "queries")


@dataclass(frozen=True)
class StageLag:
    """How far a stage is with one topic partition: ``reached`` of ``wanted`` records.

    ``stage``: worker, scores, sink, or clock where no tick stands behind the records yet. ``made``: what the sink lacks is not
    the records but the facts or scores that were made of them.
    """

    topic_partition: TopicPartition
    stage: str
    reached: int
    wanted: int
    made: str = ""

    @property
    def left(self) -> int:
        """Records still to do."""
        return max(self.wanted - self.reached, 0)

    def __str__(self) -> str:
        place = f"{self.topic_partition.topic} partition {self.topic_partition.partition}"
        where = f"{self.stage}: {place}"
        if self.stage == "clock":
            return f"{place}: no tick stands behind its last {self.left} records yet, so they count nowhere"
        if self.made:
            return f"{where}: the {self.made} of {self.left} records were made and are not in the tables yet"
        if self.stage == "sink":
            return f"{where}: {self.left} records are not in the tables yet"
        what = "facts" if self.stage == "worker" else "scores"
        return f"{where}: no {what} yet for its last {self.left} records"


def stage_lags(warehouse: WarehouseReader, ends: Mapping[TopicPartition, int], generation: int) -> list[StageLag]:
    """Every stage of every partition in ``ends`` (offset of the next record, when asked), done or not.

    All is queryable when none has anything left. The sink must have inserted all records, but for contributions, which are
    not kept. Of the events, journeys must have published a tick that stands after all of them (in ``generation``, the
    installation's), and every target's watermark of it must be in the tables; ticks at the end that repeat the published one
    count as done. Where contributions are asked for, their scores must have come as far as that tick's W.
    """
    positions = {
        TopicPartition(topic, partition): position for topic, partition, position in warehouse.rows(query("positions"))
    }
    reached = warehouse.rows(query("published"), {"generation": generation})
    published = {partition: (tick, w_ms) for partition, _, tick, w_ms in reached}
    lags = []
    # The W that scores must have reached: the largest of the Ws that close what each events partition holds.
    needed_w_ms = -1
    for source, end in sorted(ends.items()):
        if source.topic == CONTRIBUTIONS:
            continue
        # At most up to the end that was asked for: what has come since is not waited for.
        inserted = min(positions.get(source, 0), end)
        lags.append(StageLag(source, "sink", inserted, end))
        if source.topic == EVENTS:
            tick, w_ms = published.get(source.partition, (-1, -1))
            done = min(tick + 1, end)
            # Only when all is inserted: whether what is left are idle ticks is looked up in the tables.
            if 0 < done < end == inserted:
                asked = {"partition": source.partition, "after": tick, "end": end, "w_ms": w_ms}
                done += warehouse.rows(query("idle_ticks"), asked)[0][0]
            lags.append(StageLag(source, "worker", done, end))
            if tick >= 0 and any(other.topic == CONTRIBUTIONS for other in ends):
                asked = {"generation": generation, "partition": source.partition, "end": end, "newest": w_ms}
                needed_w_ms = max(needed_w_ms, warehouse.rows(query("tick_behind"), asked)[0][0])
    return lags + _scores(warehouse, ends, generation, needed_w_ms)


def _scores(
    warehouse: WarehouseReader, ends: Mapping[TopicPartition, int], generation: int, needed_w_ms: int
) -> list[StageLag]:
    """How far the scores are, of the contributions there were; done are those of W ``needed_w_ms`` or later."""
    asked = [(source, end) for source, end in sorted(ends.items()) if source.topic == CONTRIBUTIONS]
    reached = warehouse.rows(query("scores_published"), {"generation": generation}) if asked else []
    published = {partition: (w_ms, offset) for partition, w_ms, offset in reached}
    lags = []
    for source, end in asked:
        w_ms, offset = published.get(source.partition, (-1, -1))
        lags.append(StageLag(source, "scores", end if w_ms >= needed_w_ms else min(offset + 1, end - 1), end))
    return lags


def unfinished(lags: list[StageLag]) -> list[StageLag]:
    """Those with something left, the largest first."""
    return sorted((lag for lag in lags if lag.left), key=lambda lag: -lag.left)
