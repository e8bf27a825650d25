"""Whether everything that was produced can be read in the warehouse, and what lags."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from reports.sql_files import shipped
from schemas.topics import EVENTS
from sinks.ports import Place


class Reader(Protocol):
    """What is asked of the warehouse."""

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        ...


@dataclass(frozen=True)
class Lag:
    """One stage of one topic partition: ``reached`` of ``wanted`` records. ``stage`` is who must do the rest."""

    place: Place
    stage: str
    reached: int
    wanted: int

    @property
    def left(self) -> int:
        """Records still to do."""
        return max(self.wanted - self.reached, 0)

    def __str__(self) -> str:
        if self.stage == "sink":
            return f"sink: {self.place.topic} partition {self.place.partition}: {self.left} records are not in the tables yet"
        return f"worker: {self.place.topic} partition {self.place.partition}: no facts yet for its last {self.left} records"


def complete(warehouse: Reader, ends: Mapping[Place, int], generation: int) -> list[Lag]:
    """Every stage of every partition in ``ends`` (offset of the next record, when asked), done or not.

    All is queryable when none has anything left. The sink must have inserted all records; of the events, journeys must have
    published a tick that stands after all of them (in ``generation``, the installation's), and every target's
    watermark of it must be in the tables. Ticks at the end that repeat the published one count as done.
    """
    positions = {Place(topic, partition): position for topic, partition, position in warehouse.rows(shipped("positions"))}
    reached = warehouse.rows(shipped("published"), {"generation": generation})
    published = {partition: (tick, w_ms) for partition, _, tick, w_ms in reached}
    lags = []
    for place, end in sorted(ends.items()):
        inserted = min(positions.get(place, 0), end)
        lags.append(Lag(place, "sink", inserted, end))
        if place.topic == EVENTS:
            tick, w_ms = published.get(place.partition, (-1, 0))
            done = min(tick + 1, end)
            if 0 < done < end == inserted:
                asked = {"partition": place.partition, "after": tick, "end": end, "w_ms": w_ms}
                done += warehouse.rows(shipped("idle_ticks"), asked)[0][0]
            lags.append(Lag(place, "worker", done, end))
    return lags


def lagging(lags: list[Lag]) -> list[Lag]:
    """Those with something left, the largest first."""
    return sorted((lag for lag in lags if lag.left), key=lambda lag: -lag.left)
