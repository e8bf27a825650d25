"""How far the processes of a running home are behind."""

from collections.abc import Mapping

from producers.broker import Admin, Reader
from reports.progress import complete
from schemas.errors import Retry, Stop
from schemas.settings import Settings
from schemas.topics import CONTRIBUTIONS, DEAD_LETTERS, EVENTS, SCORES
from sinks.ports import Place
from sinks.warehouse import ClickHouse, connect_from
from streams.engine.cluster import installation


def ends(kafka: str, topics: tuple[str, ...]) -> dict[Place, int]:
    """The end of every partition of the topics now. Raises ``Retry`` when the broker is away, ``Stop`` for a missing topic."""
    counts = {name: found.partitions for name, found in Admin(kafka).found(list(topics)).items()}
    if missing := set(topics) - counts.keys():
        raise Stop(f"topics missing: {', '.join(sorted(missing))}", "run `baton prepare`")
    reader = Reader(kafka)
    try:
        return {Place(name, p): end for name, count in counts.items() for p, end in enumerate(reader.ends(name, count))}
    finally:
        reader.close()


def generation(kafka: str) -> int:
    """The generation that is written now; 0 where there is no installation yet. Raises ``Retry``."""
    found = installation(kafka)
    return 0 if found is None else found.generation


def behind(warehouse: ClickHouse, wanted: Mapping[Place, int], now: int) -> dict[str, int]:
    """Records not handled yet, by process name (worker, scores, sink); ``now`` is the generation that is written."""
    found = {"worker": 0, "scores": 0, "sink": 0}
    for lag in complete(warehouse, wanted, now):
        found[lag.stage] += lag.left
    return found


def lags(settings: Settings) -> dict[str, int]:
    """Records not handled yet, by process name. Empty while broker or warehouse can't say."""
    if not settings.kafka or not settings.clickhouse:
        return {}
    try:
        wanted = ends(settings.kafka, (EVENTS, CONTRIBUTIONS, SCORES, DEAD_LETTERS))
        warehouse = connect_from(settings)
        try:
            return behind(warehouse, wanted, generation(settings.kafka))
        finally:
            warehouse.close()
    except (Retry, Stop):
        return {}
