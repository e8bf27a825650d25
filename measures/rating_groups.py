"""Rating groups: which waiting votes are released together (metrics 1.5). Nothing published is ever a sum over less than one.

Waiting votes of one deliverable and period become a group as soon as they are of ``RATERS`` different raters. At the period's
close what is left of a pair's deliverables becomes one group without deliverable, if so many raters gave it; else it waits on
with the next period's votes. A supplier's ratings of itself are grouped among themselves, a team's agreed vote stands alone.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from measures.votes import month_of
from schemas.fields import VoteMode
from schemas.names import one_person
from schemas.structs.facts import RatingGroupFact, VoteFact
from schemas.ticks import BOUNDARY_MS
from schemas.timestamps import DAY_MS

RATERS = 5
"""Least different raters of a group. Spellings of one name are one rater here, though their votes are several."""
CLOSE_DAYS = 5
"""Business days, Monday to Friday, after which a month that is over is closed."""


class Release(NamedTuple):
    """A group and the votes it is made of."""

    group: RatingGroupFact
    votes: list[VoteFact]


class _Pooled(NamedTuple):
    """Whose votes may share a group."""

    supplier: str
    customer: str
    mode: VoteMode


def is_release(before: int, w: int) -> bool:
    """Whether votes are released at W: the first of all, then the first of each UTC day on the five-minute grid.

    ``before``: the last W that may have released, the first or one on the grid; -1: none. A rebuild takes these ticks, and few
    others, for the past: groups of one generation are those of the next, or their differences would be no groups.
    """
    return before < 0 or (w % BOUNDARY_MS == 0 and before // DAY_MS != w // DAY_MS)


def next_release(before: int, w: int) -> int:
    """The earliest W after ``w`` at which votes may be released; ``before`` as in ``is_release``."""
    newest = w if before < 0 or w % BOUNDARY_MS == 0 else before
    if newest // DAY_MS == w // DAY_MS:
        return (w // DAY_MS + 1) * DAY_MS
    return (w // BOUNDARY_MS + 1) * BOUNDARY_MS


def next_period(period: str) -> str:
    """The month after a month."""
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def closes_at(period: str, zone: ZoneInfo) -> int:
    """When a period is closed, ms UTC: at the end of the fifth business day after it, in local time."""
    after = next_period(period)
    day, left = date(int(after[:4]), int(after[5:]), 1), CLOSE_DAYS
    while left:
        left -= day.weekday() < 5
        day += timedelta(days=1)
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def open_period(w: int, zone: ZoneInfo) -> str:
    """The earliest period that is not closed at W: the month of W, or the one before it."""
    now = month_of(w, zone)
    last_day = date(int(now[:4]), int(now[5:]), 1) - timedelta(days=1)
    before = f"{last_day.year:04d}-{last_day.month:02d}"
    return before if w < closes_at(before, zone) else now


def released(waiting: Iterable[VoteFact], before: int, w: int, zone: ZoneInfo) -> list[Release]:
    """The groups that waiting votes make at W, in an order that tells nothing of theirs; ``before`` as in ``is_release``."""
    pools: dict[_Pooled, list[VoteFact]] = {}
    for vote in waiting:
        pools.setdefault(_Pooled(vote.supplier, vote.customer, vote.mode), []).append(vote)
    # What is about a period closed before waits with the votes of the first one that was open then. As of the last release,
    # the first tick of that UTC day: since then, and before now, a period may have closed at a local midnight.
    floor = open_period(before // DAY_MS * DAY_MS, zone) if before >= 0 else ""
    found: list[Release] = []
    for pool, votes in sorted(pools.items()):
        if pool.mode == "team":
            ordered = sorted(votes, key=lambda vote: (vote.month, vote.deliverable))
            found += [_release(pool, vote.deliverable, vote.month, w, [vote]) for vote in ordered]
        else:
            found += _of_pool(pool, votes, floor, w, open_period(w, zone))
    return found


def _of_pool(pool: _Pooled, votes: list[VoteFact], floor: str, w: int, still_open: str) -> list[Release]:
    found: list[Release] = []
    left = votes
    while True:
        # 1 by deliverable and period
        parts: dict[tuple[str, str], list[VoteFact]] = {}
        for vote in left:
            parts.setdefault((max(vote.month, floor), vote.deliverable), []).append(vote)
        full = {part: of_part for part, of_part in sorted(parts.items()) if _enough(of_part)}
        found += [_release(pool, deliverable, period, w, some) for (period, deliverable), some in full.items()]
        left = [vote for vote in left if (max(vote.month, floor), vote.deliverable) not in full]
        closing = min((max(vote.month, floor) for vote in left), default=still_open)
        if closing >= still_open:
            return found
        # 2 the earliest period is closed: its leftovers together, or on with the next period that has votes
        of_closing = [vote for vote in left if vote.month <= closing]
        if _enough(of_closing):
            found.append(_release(pool, None, closing, w, of_closing))
            left = [vote for vote in left if vote.month > closing]
        floor = min([still_open, *(vote.month for vote in left if vote.month > closing)])


def _enough(votes: Iterable[VoteFact]) -> bool:
    return _raters(votes) >= RATERS


def _raters(votes: Iterable[VoteFact]) -> int:
    return len({one_person(vote.rater) for vote in votes})


def _release(pool: _Pooled, deliverable: str | None, period: str, w: int, votes: Sequence[VoteFact]) -> Release:
    cells: dict[str, int] = {}
    for cell in sorted(f"{vote.effectiveness}{vote.consistency}" for vote in votes):
        cells[cell] = cells.get(cell, 0) + 1
    group = RatingGroupFact(
        mode=pool.mode,
        supplier=pool.supplier,
        customer=pool.customer,
        deliverable=deliverable,
        period=period,
        at=w,
        cells=cells,
        raters=_raters(votes),
        earlier=sum(vote.month < period for vote in votes),
    )
    return Release(group, list(votes))
