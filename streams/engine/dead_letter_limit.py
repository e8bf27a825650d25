"""How much may be parked before it looks like a bad deploy rather than bad records."""

from dataclasses import dataclass

from schemas.errors import Stop

# Records in a block. Blocks follow each other and do not slide: a burst across a border counts in two halves.
WINDOW = 2_000


@dataclass(frozen=True)
class DeadLetterLimit:
    """Policy: the largest share of the last ``WINDOW`` records, and the longest run, that may be parked."""

    share: float
    run: int


class ParkedCount:
    """What one partition has parked lately. Counted per block of ``WINDOW`` records, so it costs nothing to keep."""

    def __init__(self, limit: DeadLetterLimit, topic: str, partition: int) -> None:
        self._limit = limit
        self._topic = topic
        self._partition = partition
        # In memory alone: a restart counts from nothing, so a limit raised for one start can be taken back afterwards.
        self._run = 0
        self._parked = 0
        self._seen = 0

    def fine(self, records: int = 1) -> None:
        """Count ``records`` that could be used and follow each other; they end a run of parked ones."""
        if records:
            self._run = 0
            self._count(records, 0)

    def parked(self, reason: str) -> None:
        """Count one parked record. Raises ``Stop`` when the run or the share reaches its limit."""
        self._run += 1
        if self._run >= self._limit.run:
            raise self._stop(f"{self._run} records in a row were parked, the last for {reason}")
        self._count(1, 1)
        # Of the whole block, not of what was seen of it: a few bad records at its beginning are no bad deploy yet.
        if self._seen >= WINDOW // 10 and self._parked > self._limit.share * WINDOW:
            raise self._stop(f"{self._parked} of the last {self._seen} records were parked, the last for {reason}")

    def _count(self, seen: int, parked: int) -> None:
        if self._seen >= WINDOW:
            self._seen = self._parked = 0
        self._seen += seen
        self._parked += parked

    def _stop(self, what: str) -> Stop:
        return Stop(
            f"dead-letter limit reached in {self._topic} partition {self._partition}: {what}",
            '`baton sql "SELECT reason, detail, count() FROM dead_letters GROUP BY ALL"` says what is wrong with them: '
            f"mend what writes them to {self._topic}; to let these records pass start the worker once with "
            "a higher BATON_DEAD_LETTER_RUN or BATON_DEAD_LETTER_SHARE "
            "(`baton down` first: a home that runs keeps its settings)",
        )
