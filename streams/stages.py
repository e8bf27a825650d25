"""The two stages: journeys reads events and writes facts and contributions, scores reads contributions and writes scores."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from broker.admin import TopicDescription
from schemas import topics
from schemas.installation import Installation
from schemas.settings import Settings
from streams import groups
from streams.engine.checkpoint import Checkpoint
from streams.engine.dead_letter_limit import DeadLetterLimit
from streams.engine.partition_run import PartitionRun
from streams.engine.ports import Outbox, StateStore
from streams.engine.stage import AnyRun, Stage
from streams.engine.update_spool import UpdateSpool
from streams.journeys import fold as journeys
from streams.journeys.event_cuts import EventCuts
from streams.journeys.late_arrivals import Arrival
from streams.journeys.placement import Placement
from streams.scores import fold as scores
from streams.scores.contribution_cuts import ContributionCuts

_log = structlog.get_logger("stages")
StageOf = Callable[[Installation, Settings, TopicDescription], Stage]
"""Makes a stage from the installation, this process's settings and what the broker says of the source topic."""
HOT_SHARE = 10
"""Sums of a busy pane are some ten times as large as a work item."""


@dataclass(frozen=True)
class Role:
    """What a worker of a stage reads and writes, and in which consumer group."""

    group: str
    topic: str
    targets: tuple[str, ...]
    stage: StageOf


def events_run(
    topic: str,
    checkpoint: Checkpoint,
    fold: journeys.Journeys,
    store: StateStore,
    outbox: Outbox,
    limit: DeadLetterLimit,
    rebuilt_until: int = -1,
    unmarked_before: float = 0,
    kind: type[PartitionRun[Arrival]] | None = None,
) -> PartitionRun[Arrival]:
    """A run of a stage that reads events. ``rebuilt_until``: as in ``TickFilter``; ``unmarked_before``: as in
    ``Placement``; ``kind``: with another order of steps."""
    placement = Placement(checkpoint.identity.partition, checkpoint.identity.partitions, unmarked_before)
    cuts = EventCuts(fold, placement, checkpoint.w, rebuilt_until, _log.error)
    # Looked up at each call, so that a watch put in its place from outside is the one that runs.
    return (kind or PartitionRun)(topic, checkpoint, cuts, fold, store, outbox, limit)


def journeys_stage(installation: Installation, settings: Settings, events: TopicDescription) -> Stage:
    """The journeys stage of an installation."""

    def run_of(checkpoint: Checkpoint, store: StateStore, outbox: Outbox, limit: DeadLetterLimit) -> AnyRun:
        partition, fold_settings = checkpoint.identity.partition, installation.fold
        fold = journeys.Journeys(
            store,
            partition,
            installation.generation,
            fold_settings.horizon_days,
            settings.hot_items,
            installation.zone_of_ratings,
        )
        # Where a generation has none, nothing was rebuilt and every tick counts.
        until = installation.rebuilt_until.get(partition, -1)
        unmarked = installation.unmarked_before(partition)
        return events_run(topics.EVENTS, checkpoint, fold, store, outbox, limit, until, unmarked)

    return Stage("journeys", topics.EVENTS, events.id, events.partitions, journeys.VERSION, run_of, installation)


def scores_stage(installation: Installation, settings: Settings, contributions: TopicDescription) -> Stage:
    """The scores stage of an installation. It begins where the generation does: what stood before may be gone."""

    def run_of(checkpoint: Checkpoint, store: StateStore, outbox: Outbox, limit: DeadLetterLimit) -> AnyRun:
        fold = scores.Scores(store, checkpoint.identity.partition, installation.generation, settings.hot_items // HOT_SHARE)
        cuts = ContributionCuts(checkpoint, UpdateSpool(settings.home / "state" / settings.worker))
        return PartitionRun(topics.CONTRIBUTIONS, checkpoint, cuts, fold, store, outbox, limit)

    topic_id, partitions, begins = contributions.id, contributions.partitions, installation.contributions_from
    return Stage("scores", topics.CONTRIBUTIONS, topic_id, partitions, scores.VERSION, run_of, installation, begins)


JOURNEYS = Role(groups.JOURNEYS, topics.EVENTS, (topics.FACTS, topics.CONTRIBUTIONS), journeys_stage)
SCORES = Role(groups.SCORES, topics.CONTRIBUTIONS, (topics.SCORES,), scores_stage)
