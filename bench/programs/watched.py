"""A partition run that notes when it takes records and how long its steps hold it up."""

import time
from typing import Any

from broker.records import Record
from schemas.dead_letters import DeadLetter
from streams.engine.partition_run import PartitionRun
from streams.engine.ports import Cut, Tick

WARM_SECONDS = 5.0
"""The first connections are made in them; they don't count."""


class Stalls:
    """Gaps between two records taken by this worker, in any partition, as far as the next one lay in the log already."""

    def __init__(self) -> None:
        self.taken = 0
        self._first = 0.0
        self._last = 0.0
        self._gaps: list[float] = []
        self.steps: dict[str, list[float]] = {"publish": [], "mark": [], "save": []}

    def took(self, timestamp: int) -> None:
        """A record was taken now; the broker had it since ``timestamp``."""
        self.taken += 1
        now = time.time()
        waited = now - max(self._last, timestamp / 1000)
        self._last = now
        self._first = self._first or now
        if waited > 0.02 and now - self._first > WARM_SECONDS:
            self._gaps.append(waited)

    def told(self) -> dict[str, Any]:
        """Longest gap and how many were longer than 200 ms; for each step its longest and mean time. All in ms."""
        steps = {
            f"{name}_ms": {"most": 1000 * max(times), "mean": 1000 * sum(times) / len(times), "times": len(times)}
            for name, times in self.steps.items()
            if times
        }
        gaps = sorted(self._gaps)
        return {
            "taken": self.taken,
            "longest_gap_ms": 1000 * max(gaps, default=0.0),
            "gap_p99_ms": 1000 * gaps[int(len(gaps) * 0.99)] if gaps else 0.0,
            "gap_median_ms": 1000 * gaps[len(gaps) // 2] if gaps else 0.0,
            "gaps_over_20_ms": len(gaps),
            "gaps_over_200_ms": sum(gap > 0.2 for gap in gaps),
            **steps,
        }


def watched_run(stalls: Stalls) -> type[PartitionRun[Any]]:
    """``PartitionRun`` that tells ``stalls``."""

    class Watched(PartitionRun[Any]):
        """The real run, with a watch."""

        def _take(self, record: Record) -> Cut[Any] | None:
            stalls.took(record.timestamp)
            return super()._take(record)

        async def _step(self, cut: Cut[Any], letters: list[DeadLetter]) -> None:
            begun = time.perf_counter()
            await super()._step(cut, letters)
            stalls.steps["publish"].append(time.perf_counter() - begun)

        async def _mark(self, ticks: list[Tick]) -> None:
            begun = time.perf_counter()
            await super()._mark(ticks)
            stalls.steps["mark"].append(time.perf_counter() - begun)

        def _save(self, cut: Cut[Any]) -> None:
            begun = time.perf_counter()
            super()._save(cut)
            stalls.steps["save"].append(time.perf_counter() - begun)

    return Watched
