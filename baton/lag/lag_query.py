"""What lags behind the ends that topics had when it was first asked."""

from baton.lag.blame import end_offsets, lags_of
from baton.lag.process_lags import current_generation
from baton.lag.stage_lag import StageLag, unfinished
from broker.records import TopicPartition
from schemas.settings import Settings
from schemas.topics import CONTRIBUTIONS, DEAD_LETTERS, EVENTS, SCORES
from sinks.clickhouse import connect_from


class LagQuery:
    """Call it: what lags behind the ends the topics had when the broker first answered.

    ``seconds``: how long it waits for one answer of the warehouse. Raises ``Retry`` while broker or warehouse is away,
    ``Stop`` for a missing topic.
    """

    def __init__(self, settings: Settings, topics: tuple[str, ...], seconds: int) -> None:
        self._settings = settings
        self._seconds = seconds
        self._topics = topics
        self._ends: dict[TopicPartition, int] | None = None
        self._generation = 0

    def __call__(self) -> list[StageLag]:
        if self._ends is None:
            kafka = str(self._settings.kafka)
            # What was produced behind an open transaction can't be read either.
            self._ends, self._generation = end_offsets(kafka, self._topics, uncommitted=True), current_generation(kafka)
        warehouse = connect_from(self._settings, seconds=self._seconds)
        try:
            return lags_of(warehouse, str(self._settings.kafka), self._ends, self._generation)
        finally:
            warehouse.close()


def produced(settings: Settings, seconds: int = 120) -> LagQuery:
    """What was produced, facts and scores of it."""
    return LagQuery(settings, (EVENTS, CONTRIBUTIONS, DEAD_LETTERS), seconds)


def made_of_it(settings: Settings, seconds: int = 120) -> LagQuery:
    """What stages have written of it. To be asked only when ``produced`` has nothing left: by then it stands on the topics."""
    return LagQuery(settings, (SCORES, DEAD_LETTERS), seconds)


class TailQuery:
    """Call it: what is not in the warehouse of all that was produced when it was first asked; raises as ``LagQuery``."""

    def __init__(self, settings: Settings, seconds: int) -> None:
        self._queries = [produced(settings, seconds), made_of_it(settings, seconds)]

    def __call__(self) -> list[StageLag]:
        lags: list[StageLag] = []
        for query in self._queries:
            lags = unfinished(query())
            if lags:
                break
        return lags
