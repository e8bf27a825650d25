"""What a stage is made of, and where copies of its states are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from schemas.installation import Installation
from schemas.settings import Settings
from streams.engine.checkpoint import Checkpoint, StateIdentity
from streams.engine.dead_letter_limit import DeadLetterLimit
from streams.engine.partition_run import PartitionRun
from streams.engine.ports import Outbox, StateStore
from streams.engine.snapshots import Snapshots

AnyRun: TypeAlias = PartitionRun[Any]  # who holds runs of one stage never looks at what they fold
RunOf = Callable[[Checkpoint, StateStore, Outbox, DeadLetterLimit], AnyRun]
"""Makes a stage's run of a partition from its saved checkpoint and store."""


@dataclass(frozen=True)
class Stage:
    """What a stage is made of, the same for all its partitions. ``begins``: by partition, where its records
    begin (0 where it says nothing), as in ``checkpoint.fresh``."""

    name: str
    topic: str
    topic_id: str
    partitions: int
    fold_version: int
    run_of: RunOf
    installation: Installation
    begins: Mapping[int, int] = field(default_factory=dict)

    @property
    def directory(self) -> str:
        """Below which the copies of its states are, of every generation."""
        return f"{self.installation.name}/{self.name}"

    def identity(self, partition: int) -> StateIdentity:
        """What a partition's saved state must have been made with."""
        fold = self.installation.fold
        return StateIdentity(
            self.name,
            self.installation.generation,
            self.topic_id,
            partition,
            self.partitions,
            self.fold_version,
            fold.time_zone,
            fold.horizon_days,
        )


def snapshots_of(stage: Stage, settings: Settings, partition: int) -> Snapshots:
    """Where snapshots of a partition's state go. Installations that share a URL keep apart."""
    return Snapshots(copies_url(settings), f"{stage.directory}/g{stage.installation.generation}/p{partition}")


def copies_url(settings: Settings) -> str:
    """Where an installation's copies of states are."""
    return settings.state_url or str((settings.home / "copies").resolve())
