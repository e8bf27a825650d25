"""Folds all that a subject's events say anew, as of W: item, handoffs, votes, outcome, verdicts, and what they give to scopes.

Parts that came out as in the last fold in this memory (their traces) are not made again; what is published is the same with
and without that. Nothing here knows of time but W, or of order but the events' own.
"""

from typing import Any
from zoneinfo import ZoneInfo

from measures.entries import entries_of_handoff, entries_of_item, entries_of_vote, route_of
from measures.handoffs import Life, as_of, handoff_fact
from streams.engine.ports import Outgoing
from streams.journeys.agreements import Agreements, Pair
from streams.journeys.arrivals import CANCELLED, DELIVERED, ESCAPED, RATED, REQUESTED
from streams.journeys.changed import BOTH, HANDOFF, ITEM, OUTCOME, PAIR, ROUTE, VOTE, VOTES, Changed, Where, verdict
from streams.journeys.item import Item, OutputKey, Traces, Verdicts
from streams.journeys.lifecycle import Custody, Row, follow
from streams.journeys.moves import infer
from streams.journeys.outcomes import outcome_of
from streams.journeys.path import item_fact
from streams.journeys.votes import votes_of

_EXPLICIT = sum(1 << code for code in range(REQUESTED, CANCELLED + 1))
_OUTCOMES = sum(1 << code for code in range(DELIVERED, ESCAPED + 1))
_RATED = 1 << RATED
_NO_HANDOFF_EVENTS = Custody()


def refold(item: Item, where: Where, agreements: Agreements, zone: ZoneInfo) -> tuple[list[Row], list[Outgoing]]:
    """The subject's events before W in order, and the records that differ from what stands published.

    Sets everything in ``item`` that follows from its events, but for the shelf.
    """
    w = where.w
    rows = item.rows(w)
    told = Changed(item, where)
    traces = Traces()
    verdicts: Verdicts = {}
    asked: set[Pair] = set()
    journey, custody = rows, _NO_HANDOFF_EVENTS
    if item.codes & (_OUTCOMES | _RATED):
        journey = [row for row in rows if row[2] <= CANCELLED]
    if item.codes & _EXPLICIT:
        custody = follow(journey)
        verdicts = {("anomaly", *key): reason for key, reason in custody.anomalies.items()}
    wake = item.pending
    if journey:
        body = item_fact(journey, custody)
        told.tell((ITEM,), body)
        lives = custody.lives if custody.explicit else infer(journey)
        for life in lives:
            hours = None
            if life.own_due is None:
                pair = (life.supplier, life.customer)
                asked.add(pair)
                hours = agreements.sla_hours(pair, life.deliverable, life.got_at)
            as_of(life, w, hours)
            due = life.due_at
            if due is not None and life.sla == "future" and (wake < 0 or due < wake):
                wake = due
        traces.path, traces.path_at = body.path, body.path_at
        _tell_handoffs(told, item, lives, traces)
    if item.codes & _OUTCOMES and (outcome := outcome_of(rows)) is not None:
        told.tell((OUTCOME,), outcome)
    if item.codes & _RATED:
        votes = votes_of(rows, agreements, zone)
        verdicts.update({("self_rating", *key): reason for key, reason in votes.refused.items()})
        asked |= votes.asked
        _tell_votes(told, item, votes.facts, traces)
    told.finish()
    if verdicts or item.verdicts:
        told.records += _verdicts(item.verdicts, verdicts, where)
    item.verdicts, item.traces, item.wake = verdicts, traces, wake
    item.asked = asked
    return rows, told.records


def _tell_handoffs(told: Changed, item: Item, lives: list[Life], traces: Traces) -> None:
    """Handoff facts, and what the item gives to pairs, to each two teams, and to its route."""
    before = item.traces
    changed: set[Pair] = set()
    bodies: dict[OutputKey, Any] = {}
    known = before.lives if before is not None else {}
    for life in lives:
        key = (HANDOFF, life.source, life.id)
        traces.lives[key] = life
        old = known.get(key)
        if old == life:
            told.keep(key)
            continue
        changed.add((life.supplier, life.customer))
        if old is not None:
            changed.add((old.supplier, old.customer))
        bodies[key] = handoff_fact(life)
        told.tell(key, bodies[key])
    changed.update((old.supplier, old.customer) for key, old in known.items() if key not in traces.lives)
    same_path = before is not None and (before.path, before.path_at) == (traces.path, traces.path_at)
    if same_path and not changed:
        told.keep_all(PAIR, ROUTE)
        return
    _tell_scopes(told, before is None, changed, bodies, traces)
    if same_path:
        told.keep_all(BOTH, BOTH)
    elif len(traces.path) > 1:
        for both, entries in entries_of_item(traces).items():
            told.tell((BOTH, *both), entries)


def _tell_scopes(told: Changed, cold: bool, changed: set[Pair], bodies: dict[OutputKey, Any], traces: Traces) -> None:
    """What the handoffs give to their pairs, and all of them to the item's route."""
    of_pair: dict[Pair, list[OutputKey]] = {}
    for key, life in traces.lives.items():
        of_pair.setdefault((life.supplier, life.customer), []).append(key)
    for pair, keys in of_pair.items():
        if cold or pair in changed:
            entries = [e for key in keys for e in entries_of_handoff(_body(bodies, key, traces))]
            if entries:
                told.tell((PAIR, *pair), entries)
        else:
            told.keep((PAIR, *pair))
    if len(of_pair) > 1 and len({team for pair in of_pair for team in pair}) > 2:
        facts = [_body(bodies, key, traces) for key in traces.lives]
        route = route_of(traces.path, facts)
        if route:
            told.tell((ROUTE, *route), [entry for fact in facts for entry in entries_of_handoff(fact)])


def _body(bodies: dict[OutputKey, Any], key: OutputKey, traces: Traces) -> Any:
    body = bodies.get(key)
    if body is None:
        body = bodies[key] = handoff_fact(traces.lives[key])
    return body


def _tell_votes(told: Changed, item: Item, facts: dict[tuple[str, str], Any], traces: Traces) -> None:
    """Vote facts, and what each month's votes give to the pair."""
    known = item.traces.votes if item.traces is not None else {}
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
        if item.traces is None or scope in changed:
            told.tell(scope, [entry for vote in votes for entry in entries_of_vote(vote)])
        else:
            told.keep(scope)


def _scope(vote: Any) -> OutputKey:
    return (VOTES, vote.supplier, vote.customer, vote.month)


def _verdicts(before: Verdicts, now: Verdicts, where: Where) -> list[Outgoing]:
    if before == now:
        return []
    return [
        verdict(where, key, now.get(key) or before[key], deleted=key not in now)
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]
