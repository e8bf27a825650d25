"""How much of what one sender writes may be parked before something is wrong with the sender, and not with single records."""

from dataclasses import dataclass

WINDOW = 2_000
"""Records in a block. Blocks follow each other and do not slide: a burst across a border counts in two halves."""
RECOVERED = 100
"""So many usable records in a row are the end of it."""


@dataclass(frozen=True)
class DeadLetterLimit:
    """Policy: the largest share of a block of ``WINDOW`` records, and the longest run, that may be parked of one sender."""

    share: float
    run: int


class ParkedCount:
    """What was parked lately of one sender. Counted in blocks of ``WINDOW`` of its records, so it costs nothing to keep."""

    __slots__ = ("_block_parked", "_limit", "_run", "_seen", "_usable_run", "parked")

    def __init__(self, limit: DeadLetterLimit) -> None:
        self._limit = limit
        self._run = self._usable_run = self._seen = self._block_parked = 0
        self.parked = 0
        """Since this was made."""

    def use(self, records: int) -> None:
        """Count ``records`` that could be used and follow each other; they end a run of parked ones."""
        if records:
            self._run = 0
            self._usable_run += records
            self._count(records, 0)

    def park(self, records: int = 1) -> bool:
        """Count parked records that follow each other; gives whether their run or the block's share is over the limit."""
        self.parked += records
        self._run += records
        self._usable_run = 0
        self._count(records, records)
        # Of the whole block, not of what was seen of it: a few bad records at its beginning are no share yet.
        many = self._seen >= WINDOW // 10 and self._block_parked > self._limit.share * WINDOW
        return many or self._run >= self._limit.run

    @property
    def recovered(self) -> bool:
        """Whether so many could be used in a row that it is over."""
        return self._usable_run >= RECOVERED

    def _count(self, seen: int, parked: int) -> None:
        if self._seen >= WINDOW:
            self._seen = self._block_parked = 0
        self._seen += seen
        self._block_parked += parked
