"""How far the processes of a running home are behind."""

from collections.abc import Mapping
from contextlib import closing

from baton.lag.open_transactions import OpenTransaction, open_transactions
from baton.lag.stage_lag import stage_lags
from broker.installation_record import newest_installation
from broker.reader import TopicReader
from broker.records import TopicPartition
from broker.topics import described
from schemas.errors import Retry, Stop
from schemas.settings import Settings
from schemas.topics import CONTRIBUTIONS, DEAD_LETTERS, EVENTS, SCORES
from sinks.clickhouse import ClickHouse, connect_from


def end_offsets(kafka: str, topics: tuple[str, ...], *, uncommitted: bool = False) -> dict[TopicPartition, int]:
    """The end of every partition of the topics now; ``uncommitted``: behind open transactions, too, not before them.

    Raises ``Retry`` when the broker is away, ``Stop`` for a missing topic.
    """
    counts = {name: found.partitions for name, found in described(kafka, topics).items()}
    with closing(TopicReader(kafka, uncommitted=uncommitted)) as reader:
        return {
            TopicPartition(name, p): end for name, count in counts.items() for p, end in enumerate(reader.ends(name, count))
        }


def current_generation(kafka: str) -> int:
    """The generation that is written now; 0 where there is no installation yet. Raises ``Retry``."""
    found = newest_installation(kafka)
    return 0 if found is None else found.generation


def records_behind(warehouse: ClickHouse, wanted: Mapping[TopicPartition, int], now: int) -> dict[str, int]:
    """Records not handled yet, by process name (worker, scores, sink); ``now`` is the generation that is written."""
    found = {"worker": 0, "scores": 0, "sink": 0}
    for lag in stage_lags(warehouse, wanted, now):
        found[lag.stage] += lag.left
    return found


def waiting_partitions(settings: Settings) -> list[OpenTransaction]:
    """Partitions of the events that wait for a transaction to end. Empty while the broker can't say."""
    try:
        return open_transactions(settings.kafka) if settings.kafka else []
    except (Retry, Stop):
        return []


def process_lags(settings: Settings) -> dict[str, int]:
    """Records not handled yet, by process name. Empty while broker or warehouse can't say."""
    if not settings.kafka or not settings.clickhouse:
        return {}
    try:
        wanted = end_offsets(settings.kafka, (EVENTS, CONTRIBUTIONS, SCORES, DEAD_LETTERS))
        warehouse = connect_from(settings)
        try:
            return records_behind(warehouse, wanted, current_generation(settings.kafka))
        finally:
            warehouse.close()
    # Swallowed: the lag is one column of a status that must also be shown while the servers are away.
    except (Retry, Stop):
        return {}
