"""Folds what a subject's events say, as of W: item, handoffs, votes, outcome, verdicts, and what they give to scopes.

An item of moves and statuses alone whose new events all come after the ones it has goes on from where the last fold in this
memory stood; anything else is folded from its first event. Parts that come out as before are not made again. What is published
is the same either way: the laws take both. Nothing here knows of time but W, or of order but the events' own.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from measures.entries import entries_of_handoff, entries_of_item, entries_of_vote, route_of
from measures.handoffs import HandoffState, as_of, handoff_fact
from streams.engine.ports import Outgoing
from streams.journeys.agreements import Agreements, Pair
from streams.journeys.explicit_handoffs import Custody, Row, follow
from streams.journeys.implicit_handoffs import moves_of
from streams.journeys.item_state import FoldCache, Item, OutputKey, Verdicts
from streams.journeys.journey import journey_of
from streams.journeys.outcomes import outcome_of
from streams.journeys.output_diff import BOTH, HANDOFF, ITEM, OUTCOME, PAIR, ROUTE, VOTE, VOTES, Diff, Stamp, encode, verdict
from streams.journeys.stored_event import CANCELLED, DELIVERED, ESCAPED, MOVED, RATED, REQUESTED, RESOLVED, STATUS
from streams.journeys.votes import votes_of

_PLAIN = 1 << MOVED | 1 << STATUS
_EXPLICIT = sum(1 << code for code in range(REQUESTED, CANCELLED + 1))
_OUTCOMES = sum(1 << code for code in range(DELIVERED, ESCAPED + 1))
_RATED = 1 << RATED
_NO_HANDOFF_EVENTS = Custody()


def refold(item: Item, where: Stamp, agreements: Agreements, zone: ZoneInfo) -> tuple[bool, list[Outgoing]]:
    """Whether the subject has ended, and the records that differ from what stands published.

    Ended: nothing is awaited, and its last status is resolved or closed, or it never had one and all its handoffs are
    completed or cancelled, or it says nothing. Who was rated may be rated again at any time. Sets everything in ``item`` that
    follows from its events, but for the shelf.
    """
    fresh, item.fresh = item.fresh, []
    traces = item.traces
    if traces is not None and traces.moves is not None and fresh is not None and _goes_on(item, traces, fresh, where.w):
        return _go_on(item, traces, fresh, where, agreements)
    return _anew(item, where, agreements, zone)


def _goes_on(item: Item, traces: FoldCache, fresh: list[Row], w: int) -> bool:
    """Whether the new events are moves and statuses that come after all others, and none waits."""
    if item.pending >= 0 or item.codes & ~_PLAIN:
        return False
    if fresh:
        fresh.sort()
        return traces.last is not None and fresh[0] > traces.last and fresh[-1][0] < w
    return True


def _go_on(
    item: Item, traces: FoldCache, fresh: list[Row], where: Stamp, agreements: Agreements
) -> tuple[bool, list[Outgoing]]:
    journey, moves = traces.journey, traces.moves
    assert journey is not None
    assert moves is not None
    told = Diff(item, where, whole=False)
    for row in fresh:
        journey.step(row)
        moves.step(row)
    if fresh:
        traces.last, traces.path, traces.path_at = fresh[-1], journey.walk.path, journey.walk.path_at
        told.tell((ITEM,), journey.fact(_NO_HANDOFF_EVENTS))
    altered: dict[OutputKey, None] = {}
    for life in moves.touched:
        key = (HANDOFF, life.source, life.id)
        traces.lives[key] = life
        altered[key] = None
    moves.touched.clear()
    stood = [(life.due_at, life.sla) for life in moves.lives]
    item.asked, item.wake = _as_of(moves.lives, agreements, where.w, -1)
    for life, before in zip(moves.lives, stood, strict=True):
        if before != (life.due_at, life.sla):
            altered[HANDOFF, life.source, life.id] = None
    if altered or traces.steps != len(traces.path):
        _tell_parts(told, traces, altered, {_pair(traces.lives[key]) for key in altered}, traces.steps, whole=False)
    return item.wake < 0 and journey.status >= RESOLVED, told.records


def _anew(item: Item, where: Stamp, agreements: Agreements, zone: ZoneInfo) -> tuple[bool, list[Outgoing]]:
    before, rows = item.traces, item.rows(where.w)
    told, traces = Diff(item, where), FoldCache()
    verdicts: Verdicts = {}
    asked: set[Pair] = set()
    wake, status, over = item.pending, -1, False
    journey_rows = [row for row in rows if row[2] <= CANCELLED] if item.codes & (_OUTCOMES | _RATED) else rows
    if journey_rows:
        custody = follow(journey_rows) if item.codes & _EXPLICIT else _NO_HANDOFF_EVENTS
        verdicts = {("anomaly", *key): reason for key, reason in custody.anomalies.items()}
        journey = journey_of(journey_rows)
        status, lives = journey.status, custody.lives
        over = status < 0 and custody.over
        if not custody.explicit:
            moves = moves_of(journey_rows)
            lives = moves.lives
            moves.touched.clear()
            traces.journey, traces.moves, traces.last = journey, moves, journey_rows[-1]
        asked, wake = _as_of(lives, agreements, where.w, wake)
        body = journey.fact(custody)
        told.tell((ITEM,), body)
        traces.path, traces.path_at = body.path, body.path_at
        _compare(told, before, traces, lives)
    if item.codes & _OUTCOMES and (outcome := outcome_of(rows)) is not None:
        told.tell((OUTCOME,), outcome)
    if item.codes & _RATED:
        votes = votes_of(rows, agreements, zone)
        verdicts.update(votes.refused)
        asked |= votes.asked
        _tell_votes(told, before, votes.facts, traces)
    told.finish()
    told.records += _verdicts(item.verdicts, verdicts, where)
    item.verdicts, item.traces, item.wake, item.asked = verdicts, traces, wake, asked
    ended = wake < 0 and not item.codes & _RATED and (not rows or over or status >= RESOLVED)
    return ended, told.records


def _as_of(lives: Iterable[HandoffState], agreements: Agreements, w: int, wake: int) -> tuple[set[Pair], int]:
    """Set where handoffs stand; gives the pairs whose agreements had a say, and the earlier of ``wake`` and the next due."""
    asked: set[Pair] = set()
    for life in lives:
        hours = None
        if life.own_due is None:
            pair = _pair(life)
            asked.add(pair)
            hours = agreements.sla_hours(pair, life.deliverable, life.got_at)
        as_of(life, w, hours)
        due = life.due_at
        if due is not None and life.sla == "future" and (wake < 0 or due < wake):
            wake = due
    return asked, wake


def _pair(life: HandoffState) -> Pair:
    return (life.supplier, life.customer)


def _compare(told: Diff, before: FoldCache | None, traces: FoldCache, lives: list[HandoffState]) -> None:
    """Tell what the lives and the path are now, but for those parts that are as they were."""
    traces.lives = {(HANDOFF, life.source, life.id): life for life in lives}
    if before is None:
        _tell_parts(told, traces, traces.lives, {_pair(life) for life in lives}, 0)
        return
    altered: dict[OutputKey, None] = {}
    pairs: set[Pair] = set()
    for key, life in traces.lives.items():
        old = before.lives.get(key)
        if old == life:
            traces.given[key] = before.given[key]
            continue
        altered[key] = None
        pairs.add(_pair(life))
        if old is not None:
            pairs.add(_pair(old))
    pairs.update(_pair(old) for key, old in before.lives.items() if key not in traces.lives)
    n = before.steps
    same = before.path[:n] == traces.path[:n] and before.path_at[:n] == traces.path_at[:n]
    _tell_parts(told, traces, altered, pairs, n if same else 0)


def _tell_parts(
    told: Diff, traces: FoldCache, altered: Mapping[OutputKey, Any], pairs: set[Pair], steps: int, whole: bool = True
) -> None:
    """Handoff facts, and what the item gives to pairs, to each two teams, and to its route.

    ``altered``: handoffs that are others than before; ``pairs``: those that must be told; ``steps``: how much of the path was
    told already.
    """
    lives, given = traces.lives, traces.given
    for key in altered:
        body = handoff_fact(lives[key])
        told.tell(key, body)
        given[key] = encode(entries_of_handoff(body))[1:-1]
    if whole:
        for key in lives.keys() - altered.keys():
            told.keep(key)
    of_pair: dict[Pair, list[bytes]] = {}
    for key, life in lives.items():
        of_pair.setdefault(_pair(life), []).append(given[key])
    for pair, parts in of_pair.items():
        if pair not in pairs:
            told.keep((PAIR, *pair))
        elif any(parts):
            told.tell_encoded((PAIR, *pair), _joined(parts))
    if whole and steps:
        told.keep_all(BOTH, BOTH)
    _tell_custody(told, traces, steps)
    if len(of_pair) > 1 and len({team for pair in of_pair for team in pair}) > 2:
        route = route_of(traces.path, list(lives.values()))
        if route:
            told.replace(ROUTE, (ROUTE, *route), _joined([given[key] for key in lives]))


def _joined(parts: list[bytes]) -> bytes:
    """Lists of entries in JSON, without brackets, as one with them."""
    return b"[%b]" % b",".join([part for part in parts if part])


def _tell_custody(told: Diff, traces: FoldCache, steps: int) -> None:
    path = traces.path
    new = {tuple(sorted(path[n - 1 : n + 1])) for n in range(max(steps, 1), len(path))}
    for both, entries in entries_of_item(traces).items() if new else ():
        if both in new:
            told.tell((BOTH, *both), entries)
    traces.steps = len(path)


def _tell_votes(told: Diff, before: FoldCache | None, facts: dict[tuple[str, str], Any], traces: FoldCache) -> None:
    """Vote facts, and what each month's votes give to the pair."""
    known = before.votes if before is not None else {}
    changed: set[OutputKey] = set()
    of_month: dict[OutputKey, list[Any]] = {}
    for fact_id, fact in facts.items():
        key = (VOTE, *fact_id)
        traces.votes[key] = fact
        scope = _scope(fact)
        of_month.setdefault(scope, []).append(fact)
        if known.get(key) == fact:
            told.keep(key)
            continue
        changed.add(scope)
        told.tell(key, fact)
    changed.update(_scope(fact) for key, fact in known.items() if key not in traces.votes)
    for scope, votes in of_month.items():
        if before is None or scope in changed:
            told.tell(scope, [entry for vote in votes for entry in entries_of_vote(vote)])
        else:
            told.keep(scope)


def _scope(vote: Any) -> OutputKey:
    return (VOTES, vote.supplier, vote.customer, vote.month)


def _verdicts(before: Verdicts, now: Verdicts, where: Stamp) -> list[Outgoing]:
    if before == now:
        return []
    return [
        verdict(where, key, now.get(key) or before[key], deleted=key not in now)
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]
