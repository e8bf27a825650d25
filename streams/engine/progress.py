"""Whether a worker's work comes round: for whoever watches that it does not stand still."""

from collections.abc import Sequence
from typing import Protocol


class Run(Protocol):
    """A partition's run, as ``PartitionRun``."""

    @property
    def busy(self) -> bool:
        """Whether steps are under way."""

    @property
    def done(self) -> tuple[int, ...]:
        """Something that changes with whatever it has done."""


class Polled(Protocol):
    """What is handed over after each poll, as ``Assignment``. ``rounds``: how many polls there were, empty ones too."""

    rounds: int

    def runs(self) -> Sequence[Run]:
        """The runs of the partitions held."""


class WorkerProgress:
    """Call it now and then: whether anything has moved since the last call.

    While steps are under way only what the runs do counts; else each poll counts, also an empty one.
    """

    def __init__(self, assignment: Polled) -> None:
        self._assignment = assignment
        self._seen: object = None

    def __call__(self) -> bool:
        runs = self._assignment.runs()
        busy = any(run.busy for run in runs)
        # A loop that polls beside steps that hang is no progress.
        now = ([run.done for run in runs], None if busy else self._assignment.rounds)
        moved, self._seen = now != self._seen, now
        return moved
