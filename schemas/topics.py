"""The topic registry: every topic Baton owns, its key, who writes and reads it, and how long it is kept.

``baton topics apply`` creates what is missing; what differs from this file is an error that says what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from schemas.settings import Settings
from schemas.timestamps import DAY_MS

EVENTS = "baton.events.v1"
CONTROL = "baton.control.v1"
FACTS = "baton.facts.v1"
CONTRIBUTIONS = "baton.contributions.v1"
SCORES = "baton.scores.v1"
DEAD_LETTERS = "baton.dead-letters.v1"

_LARGE = 4 << 20
ANOTHER_LOG = (
    "what was made from the log can't go on with this one. Restore the topic from a backup of the broker, or begin anew: "
    "`baton down`, `baton reset --yes`, on servers of your own delete the topics baton.* and name another "
    "BATON_CLICKHOUSE_DATABASE (the old tables stay readable), `baton up`, and send the history again"
)
"""The one mend where a topic was deleted, made again, cut or given more partitions: nothing can be folded on from there."""


@dataclass(frozen=True)
class Topic:
    """One topic as it must be. ``config`` are Kafka's own names and values."""

    name: str
    key: str
    about: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int
    replication: int
    config: Mapping[str, str]


def registry(settings: Settings) -> tuple[Topic, ...]:
    """All topics, with the partition counts and retention of ``settings``."""

    def topic(
        name: str,
        partitions: int,
        keep_days: int | None,
        key: str,
        about: str,
        producers: tuple[str, ...],
        consumers: tuple[str, ...],
    ) -> Topic:
        config = {
            "cleanup.policy": "delete",
            "retention.ms": str(keep_days * DAY_MS) if keep_days else "-1",
            "retention.bytes": "-1",
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(_LARGE),
            "unclean.leader.election.enable": "false",
            "min.insync.replicas": str(min(2, settings.replication_factor)),
        }
        return Topic(name, key, about, producers, consumers, partitions, settings.replication_factor, MappingProxyType(config))

    return (
        topic(
            EVENTS,
            settings.events_partitions,
            settings.events_retention_days,
            key="subject: the work item, or the pair for ratings; of control records `clock`",
            about="Everything that happened, and the control records the clock broadcasts to every partition.",
            producers=("producers",),
            consumers=("streams: journeys", "sinks"),
        ),
        topic(
            CONTROL,
            1,
            None,
            key="kind and id of the request",
            about="Requests for control records and the installation's own record; the newest of each counts.",
            producers=("baton", "producers"),
            consumers=("producers: clock", "streams"),
        ),
        topic(
            FACTS,
            settings.facts_partitions,
            7,
            key="fact id: kind, subject, source, id",
            about="Facts of items, handoffs, votes, rating groups, outcomes, intake; verdicts: versioned upserts. Watermarks.",
            producers=("streams: journeys",),
            consumers=("sinks",),
        ),
        topic(
            CONTRIBUTIONS,
            settings.contributions_partitions,
            7,
            key="hash of scope and of what gives; the partition is a hash of the scope (unordered pair, route or source)",
            about="The integers that handoffs, custody steps or rating groups give to a scope, as upserts, and watermarks.",
            producers=("streams: journeys",),
            consumers=("streams: scores",),
        ),
        topic(
            SCORES,
            settings.contributions_partitions,
            7,
            key="scope, window and window end",
            about="Measures of pairs, routes and sources in rolling windows, as versioned upserts, and watermarks.",
            producers=("streams: scores",),
            consumers=("sinks",),
        ),
        topic(
            DEAD_LETTERS,
            settings.events_partitions,
            30,
            key="as the original",
            about="The original bytes of what could not be used; where from and why stand in the headers.",
            producers=("streams: journeys", "producers: importers"),
            consumers=("sinks",),
        ),
    )
