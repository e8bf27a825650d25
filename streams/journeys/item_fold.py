"""Folds what a subject's events say, as of W: item, handoffs, votes, outcome, verdicts, and what they give to scopes.

An item of moves and statuses alone whose new events all come after the ones it has goes on from where the last fold in this
memory stood; anything else is folded from its first event. Parts that come out as before are not made again. What is published
is the same either way: the laws take both. Nothing here knows of time but W, or of order but the events' own. Of folds before
this one nothing decides but what they released of votes.
"""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from typing import NamedTuple
from zoneinfo import ZoneInfo

from measures.handoffs import HandoffState, as_of
from measures.rating_groups import is_release, next_release
from streams.engine.ports import Outgoing
from streams.journeys.agreements import Agreements, Pair
from streams.journeys.explicit_handoffs import Custody, explicit_handoffs
from streams.journeys.implicit_handoffs import implicit_handoffs
from streams.journeys.item_outputs import (
    add_to_route,
    handoff_key,
    pair_of,
    publish_changed_parts,
    publish_groups,
    publish_parts,
    publish_votes,
)
from streams.journeys.item_state import FoldCache, Item, Verdicts
from streams.journeys.journey import journey_of
from streams.journeys.outcomes import outcome_of
from streams.journeys.output_diff import ITEM, OUTCOME, Diff, Stamp, verdict
from streams.journeys.stored_event import (
    CANCELLED,
    DELIVERED,
    ESCAPED,
    MOVED,
    RATED,
    REJECTED,
    REQUESTED,
    RESOLVED,
    STATUS,
    OrderedEvent,
    StatusSet,
)
from streams.journeys.team_names import TeamNames
from streams.journeys.votes import Votes, release, votes_of, waits

# A bit for each code, as ``Item.codes`` has them: which parts a fold can skip is seen without looking at the events.
_PLAIN = 1 << MOVED | 1 << STATUS
_EXPLICIT = sum(1 << code for code in range(REQUESTED, CANCELLED + 1))
_OUTCOMES = sum(1 << code for code in range(DELIVERED, ESCAPED + 1))
_RATED = 1 << RATED
_NO_HANDOFF_EVENTS = Custody()


def refold(
    item: Item, stamp: Stamp, agreements: Agreements, zone: ZoneInfo, last_boundary: int
) -> tuple[bool, list[Outgoing]]:
    """Whether the subject has ended, and the records that differ from what is published now.

    ``last_boundary``: the last W before this one that was the first of all or on the five-minute grid, or -1.

    Ended: nothing is awaited, and its last status is resolved or closed, or it never had one and all its handoffs are
    completed or cancelled, or it says nothing. Who was rated may be rated again at any time. Sets everything in ``item`` that
    follows from its events, but for ``ended_day``.
    """
    # From here on the item collects new events for the next fold; None would force that one to start over.
    fresh, item.fresh = item.fresh, []
    cache = item.cache
    if cache is not None and fresh is not None and _goes_on(item, cache, fresh, stamp.w, agreements.teams):
        return _go_on(item, cache, fresh, stamp, agreements)
    return _from_first_event(item, stamp, agreements, zone, last_boundary)


def _goes_on(item: Item, cache: FoldCache, fresh: list[OrderedEvent], w: int, teams: TeamNames) -> bool:
    """Whether the new events are moves and statuses that come after all others, of teams with one name, and none waits."""
    # An event that waits for its time is not in the cache and may come between those that are.
    if cache.implicit is None or item.pending >= 0 or item.codes & ~_PLAIN:
        return False
    if not fresh:
        return True
    # A rejection may take away the handoff that the move before it had offered, or be an anomaly: only a whole fold withdraws.
    if any(type(event.body) is StatusSet and event.body.status == REJECTED for *_, event in fresh):
        return False
    fresh.sort()
    newest, *_ = fresh[-1]
    # Strictly behind the last one, or what was folded would be another order; before W, or it must wait.
    return cache.last is not None and fresh[0] > cache.last and newest < w and not teams.concern(fresh)


def _go_on(
    item: Item, cache: FoldCache, fresh: list[OrderedEvent], stamp: Stamp, agreements: Agreements
) -> tuple[bool, list[Outgoing]]:
    journey, implicit = cache.journey, cache.implicit
    assert journey is not None
    assert implicit is not None
    # Not whole: what is not looked at here stays as it was, so that an event costs what it changes.
    diff = Diff(item, stamp, whole=False)
    for event in fresh:
        journey.step(event)
        implicit.step(event)
    if fresh:
        cache.last, cache.path, cache.path_at = fresh[-1], journey.custody.path, journey.custody.path_at
        diff.publish((ITEM,), journey.fact(_NO_HANDOFF_EVENTS))
    altered = {handoff_key(handoff): handoff for handoff in implicit.touched}
    implicit.touched.clear()
    new = [handoff for key, handoff in altered.items() if key not in cache.handoffs]
    cache.handoffs.update(altered)
    # W moves those that were not due yet. An agreement that is another now has the item folded from its first event.
    while cache.awaited and cache.awaited[0] < (stamp.w,):
        _, key = heappop(cache.awaited)
        altered[key] = cache.handoffs[key]
    asked = _as_of(altered.values(), agreements, stamp.w)
    for handoff in new:
        if handoff.due_at is not None and handoff.sla == "future":
            heappush(cache.awaited, (handoff.due_at, handoff_key(handoff)))
    if not asked <= item.asked:
        item.asked = item.asked | asked
    item.timer = _next_due(cache)
    publish_parts(diff, cache, altered, add_to_route(cache, new, item.route))
    return item.timer < 0 and journey.status >= RESOLVED, diff.records


def _from_first_event(
    item: Item, stamp: Stamp, agreements: Agreements, zone: ZoneInfo, last_boundary: int
) -> tuple[bool, list[Outgoing]]:
    before, ordered = item.cache, item.in_order(stamp.w)
    renamed = agreements.teams.concern(ordered)
    if renamed:
        ordered = agreements.teams.as_known(ordered)
    diff, cache = Diff(item, stamp), FoldCache()
    verdicts: Verdicts = {}
    asked: set[Pair] = set()
    timer, status, over = item.pending, -1, False
    # Votes and outcomes share the subject's events and say nothing of custody.
    of_journey = ordered
    if item.codes & (_OUTCOMES | _RATED):
        of_journey = [event for event in ordered if _code(event) <= CANCELLED]
    if of_journey:
        custody = explicit_handoffs(of_journey) if item.codes & _EXPLICIT else _NO_HANDOFF_EVENTS
        anomalies = custody.anomalies
        journey = journey_of(of_journey)
        status, handoffs = journey.status, custody.handoffs
        over = status < 0 and custody.over
        if not custody.explicit:
            implicit = implicit_handoffs(of_journey)
            handoffs = implicit.handoffs
            anomalies = implicit.anomalies
            # A whole fold compares every handoff with the cache before it, so what the steps touched is not asked for.
            implicit.touched.clear()
            # Explicit handoffs are not kept: one late event may change what each later one means.
            # Nor are those of teams that have several names: which one an item knows depends on all its events.
            if not renamed:
                cache.journey, cache.implicit, cache.last = journey, implicit, of_journey[-1]
        verdicts = {("anomaly", source, event_id): reason for (source, event_id), reason in anomalies.items()}
        asked = _as_of(handoffs, agreements, stamp.w)
        # Once W has passed a due time the verdict is final for these events, and no timer is needed.
        cache.awaited = [(h.due_at, handoff_key(h)) for h in handoffs if h.due_at is not None and h.sla == "future"]
        if cache.awaited:
            heapify(cache.awaited)
            timer = min(timer, _next_due(cache)) if timer >= 0 else _next_due(cache)
        body = journey.fact(custody)
        diff.publish((ITEM,), body)
        cache.path, cache.path_at = body.path, body.path_at
        # ``before`` spares encoding what came out as it was; published is the same without it, as after a restart.
        publish_changed_parts(diff, before, cache, handoffs)
    else:
        diff.set_route(())
    if item.codes & _OUTCOMES and (outcome := outcome_of(ordered)) is not None:
        diff.publish((OUTCOME,), outcome)
    if item.codes & _RATED:
        votes = _ratings(item, diff, cache, ordered, _Ratings(agreements, zone, last_boundary, stamp.w))
        verdicts.update(votes.refused)
        asked |= votes.asked
        if waits(votes):
            # One before: timers are due when W has passed them, and that very W may release.
            look_again = next_release(last_boundary, stamp.w) - 1
            timer = look_again if timer < 0 else min(timer, look_again)
    # Behind all parts: what none of them published or kept is withdrawn.
    diff.finish()
    diff.records += _verdicts(item.verdicts, verdicts, stamp)
    item.verdicts, item.cache, item.timer, item.asked = verdicts, cache, timer, asked
    # A timer is something awaited, a pair of ratings never ends, and an item whose events were all retracted has ended.
    ended = timer < 0 and not item.codes & _RATED and (not ordered or over or status >= RESOLVED)
    return ended, diff.records


class _Ratings(NamedTuple):
    """What decides about a pair's votes besides its events; ``last_boundary`` as in ``refold``."""

    agreements: Agreements
    zone: ZoneInfo
    last_boundary: int
    w: int


def _ratings(item: Item, diff: Diff, cache: FoldCache, ordered: list[OrderedEvent], by: _Ratings) -> Votes:
    """Publish the votes and rating groups of a pair."""
    votes = votes_of(ordered, by.agreements, by.zone, item.events, item.groups, item.spent)
    # Between two midnights votes only gather: what is released then can't tell in which order they came.
    if is_release(by.last_boundary, by.w):
        release(votes, item.events, item.groups, item.spent, by.last_boundary, by.w, by.zone)
    publish_votes(diff, item.cache, votes.facts, cache)
    publish_groups(diff, item.cache, item.groups, cache)
    return votes


def _code(ordered: OrderedEvent) -> int:
    _, _, code, _, _, _ = ordered
    return code


def _next_due(cache: FoldCache) -> int:
    """The earliest due time (ms) that W has not passed, -1 for none."""
    return next((due for due, _ in cache.awaited), -1)


def _as_of(handoffs: Iterable[HandoffState], agreements: Agreements, w: int) -> set[Pair]:
    """Set where handoffs stand; gives the pairs whose agreements had a say."""
    asked: set[Pair] = set()
    for handoff in handoffs:
        hours = None
        if handoff.own_due is None:
            pair = pair_of(handoff)
            # Asked even where nothing is agreed: an agreement that comes later must find this subject.
            asked.add(pair)
            hours = agreements.sla_hours(pair, handoff.deliverable, handoff.got_at)
        as_of(handoff, w, hours)
    return asked


def _verdicts(before: Verdicts, now: Verdicts, stamp: Stamp) -> list[Outgoing]:
    if before == now:
        return []
    return [
        verdict(stamp, *key, now.get(key) or before[key], deleted=key not in now)
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]
