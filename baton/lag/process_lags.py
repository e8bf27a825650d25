"""How far the processes of a running home are behind."""

from collections.abc import Iterable

from baton.lag.blame import end_offsets, lags_of
from baton.lag.open_transactions import OpenTransaction, open_transactions
from baton.lag.stage_lag import StageLag
from broker.installation_record import newest_installation
from schemas.errors import Retry, Stop
from schemas.settings import Settings
from schemas.topics import CONTRIBUTIONS, DEAD_LETTERS, EVENTS, SCORES
from sinks.clickhouse import connect_from


def current_generation(kafka: str) -> int:
    """The generation that is written now; 0 where there is no installation yet. Raises ``Retry``."""
    found = newest_installation(kafka)
    return 0 if found is None else found.generation


def records_behind(lags: Iterable[StageLag]) -> dict[str, int]:
    """Records not handled yet, by process name: worker, scores, sink; clock: those behind which no tick stands."""
    found = {"clock": 0, "worker": 0, "scores": 0, "sink": 0}
    for lag in lags:
        # What was made of a record and waits is no further record.
        found[lag.stage] += 0 if lag.made else lag.left
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
            return records_behind(lags_of(warehouse, settings.kafka, wanted, current_generation(settings.kafka)))
        finally:
            warehouse.close()
    # Swallowed: the lag is one column of a status that must also be shown while the servers are away.
    except (Retry, Stop):
        return {}
