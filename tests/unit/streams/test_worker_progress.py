"""A worker moves while its work comes round, and does not by polling beside steps that hang."""

from dataclasses import dataclass, field

from streams.engine.progress import WorkerProgress


@dataclass
class Partition:
    """A run."""

    busy: bool = False
    done: tuple[int, ...] = (0,)


@dataclass
class Held:
    """An assignment of one partition."""

    rounds: int = 0
    partition: Partition = field(default_factory=Partition)

    def runs(self) -> list[Partition]:
        """The one."""
        return [self.partition]


def test_polls_without_records_are_progress() -> None:
    """An idle worker moves with every poll; one that does not come back from a poll does not."""
    held = Held()
    moved = WorkerProgress(held)
    assert moved() and not moved()
    held.rounds += 1
    assert moved() and not moved()


def test_polls_beside_steps_that_hang_are_none() -> None:
    """Only what the steps get done counts until they are over."""
    held = Held(partition=Partition(busy=True))
    moved = WorkerProgress(held)
    assert moved()
    held.rounds += 1
    assert not moved()
    held.partition.done = (1,)
    assert moved() and not moved()
    held.partition.busy = False
    assert moved()
