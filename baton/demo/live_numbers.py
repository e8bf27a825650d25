"""What the live table shows of each pair: its scores in ClickHouse, and its first passes a week before from the facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sinks.ports import WarehouseReader

NOW = """
SELECT supplier, customer, window, measure, value, n
FROM scores_current
WHERE scope = 'pair' AND part = '' AND n > 0
  AND (window, measure) IN (('7d', 'fpy'), ('7d', 'rework_rate'), ('7d', 'sla_hit_rate'), ('7d', 'wait_hours_p50'),
    ('1h', 'fpy'), ('30d', 'rating'), ('30d', 'team_rating'))
"""
"""Each pair's measures as they hold; ratings are those of the last midnight."""
WEEKS = """
WITH (SELECT w FROM score_as_of) AS as_of_w
SELECT supplier, customer,
    countIf(first_decision_at >= as_of_w - INTERVAL 7 DAY AND first_pass) AS passed,
    countIf(first_decision_at >= as_of_w - INTERVAL 7 DAY) AS decided,
    countIf(first_decision_at < as_of_w - INTERVAL 7 DAY AND first_pass) AS passed_before,
    countIf(first_decision_at < as_of_w - INTERVAL 7 DAY) AS decided_before
FROM handoffs
WHERE first_decision_at >= as_of_w - INTERVAL 14 DAY AND first_decision_at < as_of_w AND NOT void
GROUP BY supplier, customer
"""
PING_PONG = """
SELECT parts[1], parts[2], value, n
FROM scores_current
WHERE scope = 'both' AND window = '7d' AND measure = 'ping_pong_rate' AND value > 0
ORDER BY value DESC, parts
LIMIT 3
"""
TOTALS = """
SELECT
    (SELECT count() FROM raw_events WHERE type NOT LIKE 'baton.clock.%'),
    (SELECT count() FROM items),
    (SELECT count() FROM handoffs),
    w
FROM score_as_of
"""
LATEST = """
WITH (SELECT w FROM score_as_of) AS as_of_w
SELECT step.1 AS at, supplier, customer, deliverable, step.2 AS what, step.3 AS reason
FROM handoffs
ARRAY JOIN arrayConcat(
    arrayMap(at -> (at, 'offered', ''), offered_at),
    arrayMap(at -> (assumeNotNull(at), 'accepted', ''), arrayFilter(at -> at IS NOT NULL, accepted_at)),
    arrayMap(at -> (assumeNotNull(at), 'passed on', ''), arrayFilter(at -> at IS NOT NULL, passed_on_at)),
    arrayMap((at, reason) -> (assumeNotNull(at), 'sent back', toString(reason)),
        arrayFilter(at -> at IS NOT NULL, returned_at), arrayFilter((reason, at) -> at IS NOT NULL, reasons, returned_at))
) AS step
WHERE step.1 > as_of_w - INTERVAL 1 DAY AND step.1 < as_of_w
ORDER BY at DESC, item, handoff
LIMIT 5
"""
MIN_DECIDED = 5
"""Least handoffs in each of two weeks whose first passes are compared."""


@dataclass(frozen=True)
class PairScores:
    """One pair. Shares from 0 to 1, hours, points; None where too few, or nothing, is known.

    ``decided``: handoffs decided in seven days; ``hour``: in the last one, and ``hour_first_pass`` of those; ``trend``: first
    pass minus that of the week before; ``certain``: that difference is more than chance (95 %); ``votes``: behind the rating.
    """

    supplier: str
    customer: str
    decided: int
    hour: int
    hour_first_pass: float | None
    first_pass: float | None
    trend: float | None
    certain: bool
    rework: float | None
    in_time: float | None
    wait_hours: float | None
    rating: float | None
    votes: int


@dataclass(frozen=True)
class HandoffStep:
    """Something that just happened to a handoff: offered, accepted, passed on or sent back (``reason`` may be empty)."""

    at: datetime
    supplier: str
    customer: str
    deliverable: str
    what: str
    reason: str


@dataclass(frozen=True)
class LiveNumbers:
    """Everything the live table shows, as of ``w`` (None: nothing is complete yet)."""

    w: datetime | None
    events: int
    items: int
    handoffs: int
    pairs: tuple[PairScores, ...]
    ping_pong: tuple[tuple[str, str, float, int], ...]
    latest: tuple[HandoffStep, ...] = ()

    @property
    def has_numbers(self) -> bool:
        """Whether any pair has a score as of a W whose rows are complete: while a step is written, ratings may be missing."""
        return self.w is not None and any(pair.decided for pair in self.pairs)


def read_numbers(warehouse: WarehouseReader) -> LiveNumbers:
    """What there is now. Raises ``Retry`` while the warehouse is away, ``Stop`` when a view is missing."""
    events, items, handoffs, w = next(iter(warehouse.rows(TOTALS)), (0, 0, 0, None))
    scores: dict[tuple[str, str], dict[tuple[str, str], tuple[float | None, int]]] = {}
    for supplier, customer, window, measure, value, n in warehouse.rows(NOW):
        scores.setdefault((supplier, customer), {})[window, measure] = value, n
    weeks = {(supplier, customer): tuple(counts) for supplier, customer, *counts in warehouse.rows(WEEKS)}
    pairs = [_pair(pair, scores[pair], weeks.get(pair, (0, 0, 0, 0))) for pair in scores]
    pairs.sort(key=lambda pair: (-pair.decided, pair.supplier, pair.customer))
    back = tuple((a, b, share, n) for a, b, share, n in warehouse.rows(PING_PONG))
    latest = tuple(HandoffStep(*row) for row in warehouse.rows(LATEST))
    return LiveNumbers(w, events, items, handoffs, tuple(pairs), back, latest)


def _pair(
    pair: tuple[str, str], found: Mapping[tuple[str, str], tuple[float | None, int]], counts: tuple[int, ...]
) -> PairScores:
    passed, decided, passed_before, decided_before = counts
    nothing: tuple[float | None, int] = (None, 0)
    rating = found.get(("30d", "rating"), nothing)
    if rating[0] is None:
        rating = found.get(("30d", "team_rating"), nothing)
    trend, certain = compared(passed, decided, passed_before, decided_before)
    return PairScores(
        *pair,
        decided=found.get(("7d", "fpy"), nothing)[1],
        hour=found.get(("1h", "fpy"), nothing)[1],
        hour_first_pass=found.get(("1h", "fpy"), nothing)[0],
        first_pass=found.get(("7d", "fpy"), nothing)[0],
        trend=trend,
        certain=certain,
        rework=found.get(("7d", "rework_rate"), nothing)[0],
        in_time=found.get(("7d", "sla_hit_rate"), nothing)[0],
        wait_hours=found.get(("7d", "wait_hours_p50"), nothing)[0],
        rating=rating[0],
        votes=rating[1],
    )


def compared(passed: int, decided: int, passed_before: int, decided_before: int) -> tuple[float | None, bool]:
    """The difference of two shares and whether it is more than chance (two proportions, 95 %); None with too few in either."""
    if min(decided, decided_before) < MIN_DECIDED:
        return None, False
    difference = passed / decided - passed_before / decided_before
    pooled = (passed + passed_before) / (decided + decided_before)
    spread = pooled * (1 - pooled) * (1 / decided + 1 / decided_before)
    return difference, difference**2 > 1.96**2 * spread
