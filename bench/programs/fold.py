"""The real worker of a stage, watched: from its first batch until its saved offsets reach the end of the log, or SIGTERM.

With ``stalls`` it also notes how long it consumed nothing while a record lay in the log.
"""

import cProfile
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.programs.told import answer, told
from bench.programs.watched import Stalls, watched_run
from bench.usage import Stretch
from runtime.garbage_collection import collect_rarely
from schemas.settings import load
from streams import stages, worker_process
from streams.engine import assignment
from streams.stages import JOURNEYS, SCORES


def main() -> None:
    """Fold until the end (or SIGTERM), then answer."""
    collect_rarely()
    task = told()
    ends = {int(p): end for p, end in task.ends.items()}
    stretch, stalls = Stretch(), Stalls()
    saved: dict[int, int] = {}
    handled = 0

    class Timed(assignment.Assignment):
        """Notes when the first batch came and when the last save was done."""

        async def handle(self, partition: int, records: Sequence[Any]) -> None:
            """As the real one."""
            nonlocal handled
            stretch.begin()
            await super().handle(partition, records)
            handled += len(records)

        async def committable(self) -> dict[int, int]:
            """As the real one."""
            moved = await super().committable()
            if moved:
                saved.update(moved)
                stretch.end()
                if ends and all(saved.get(p, 0) >= end for p, end in ends.items()):
                    os.kill(os.getpid(), signal.SIGTERM)
            return moved

    setattr(worker_process, "Assignment", Timed)  # noqa: B010  # the real worker, with a watch
    if task.stalls:
        setattr(stages, "PartitionRun", watched_run(stalls))  # noqa: B010  # mypy: not exported
    profile = cProfile.Profile() if task.profile else None
    if profile is not None:
        profile.enable()
    worker_process.run(SCORES if task.stage == "scores" else JOURNEYS, load(home=Path(task.place)), task.kafka)
    if profile is not None:
        profile.disable()
        profile.dump_stats(task.profile)
    answer(task, stretch.told(handled, saved=saved, at=stretch.at, **(stalls.told() if task.stalls else {})))


if __name__ == "__main__":
    main()
