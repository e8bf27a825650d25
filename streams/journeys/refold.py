"""Folds all that a subject's events say anew, as of W: item, handoffs, votes, outcome, verdicts, and what they give to scopes.

Parts that came out as in the last fold in this memory (their traces) are not made again; what is published is the same with
and without that. Nothing here knows of time but W, or of order but the events' own.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from measures.entries import entries_of_handoff, entries_of_item, entries_of_vote, route_of
from measures.handoffs import Due, Life, Sla, due_of, handoff_fact, sla_of
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
_PATH = "path"


class Standing(NamedTuple):
    """A handoff's life, when it is due, and where it stands at W."""

    life: Life
    due: Due
    sla: Sla


def refold(item: Item, where: Where, agreements: Agreements, zone: ZoneInfo) -> tuple[list[Row], list[Outgoing]]:
    """The subject's events before W in order, and the records that differ from what stands published.

    Sets everything in ``item`` that follows from its events, but for the shelf.
    """
    rows = item.rows(where.w)
    told = Changed(item, where)
    traces: Traces = {}
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
        standings = [_standing(life, agreements, where.w) for life in lives]
        asked = {(life.supplier, life.customer) for life in lives if life.due_at is None}
        _tell_handoffs(told, item, body, standings, traces)
        for standing in standings:
            if standing.sla == "future" and (wake < 0 or standing.due.at < wake):  # type: ignore[operator]  # future: it has one
                wake = standing.due.at  # type: ignore[assignment]  # as above
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


def _standing(life: Life, agreements: Agreements, w: int) -> Standing:
    hours = None
    if life.due_at is None:
        hours = agreements.sla_hours((life.supplier, life.customer), life.deliverable, life.got_at)
    due = due_of(life, hours)
    return Standing(life, due, sla_of(life, due.at, w))


def _tell_handoffs(told: Changed, item: Item, journey: Any, standings: list[Standing], traces: Traces) -> None:
    """Handoff facts, and what the item gives to pairs, to each two teams, and to its route."""
    before = item.traces
    changed: set[Pair] = set()
    bodies: dict[OutputKey, Any] = {}
    of_pair: dict[Pair, list[tuple[OutputKey, Standing]]] = {}
    for standing in standings:
        life, due, sla = standing
        key = (HANDOFF, *life.key)
        pair = (life.supplier, life.customer)
        of_pair.setdefault(pair, []).append((key, standing))
        trace = traces[key] = pair, hash((life.parts(), due, sla))
        if before is not None and before.get(key) == trace:
            told.keep(key)
            continue
        changed.add(pair)
        bodies[key] = handoff_fact(life, due, sla)
        told.tell(key, bodies[key])
    cold = before is None
    if before is not None:
        changed.update(_left(before, traces, HANDOFF))
    for pair, mine in of_pair.items():
        if cold or pair in changed:
            entries = [entry for key, standing in mine for entry in entries_of_handoff(_body(bodies, key, standing))]
            if entries:
                told.tell((PAIR, *pair), entries)
        else:
            told.keep((PAIR, *pair))
    same_path = _tell_path(told, item, journey, traces)
    if len({team for pair in of_pair for team in pair}) > 2:
        _tell_route(told, item, journey.path, of_pair, bodies, same_path and not changed)


def _tell_path(told: Changed, item: Item, journey: Any, traces: Traces) -> bool:
    """What the item's custody path gives to each two teams; whether it is the same as before."""
    way = traces[_PATH] = _PATH, hash((tuple(journey.path), tuple(journey.path_at)))
    if item.traces is not None and item.traces.get(_PATH) == way:
        for key in item.prints:
            if key[0] == BOTH:
                told.keep(key)
        return True
    if len(journey.path) > 1:
        for both, entries in entries_of_item(journey).items():
            told.tell((BOTH, *both), entries)
    return False


def _tell_route(
    told: Changed,
    item: Item,
    path: list[str],
    of_pair: dict[Pair, list[tuple[OutputKey, Standing]]],
    bodies: dict[OutputKey, Any],
    same: bool,
) -> None:
    if same:
        for key in item.prints:
            if key[0] == ROUTE:
                told.keep(key)
        return
    facts = [_body(bodies, key, standing) for mine in of_pair.values() for key, standing in mine]
    route = route_of(path, facts)
    if route:
        told.tell((ROUTE, *route), [entry for fact in facts for entry in entries_of_handoff(fact)])


def _body(bodies: dict[OutputKey, Any], key: OutputKey, standing: Standing) -> Any:
    body = bodies.get(key)
    if body is None:
        body = bodies[key] = handoff_fact(*standing)
    return body


def _tell_votes(told: Changed, item: Item, facts: dict[tuple[str, str], Any], traces: Traces) -> None:
    """Vote facts, and what each month's votes give to the pair."""
    before = item.traces
    changed: set[OutputKey] = set()
    of_month: dict[OutputKey, list[Any]] = {}
    for fact_id, fact in facts.items():
        key, scope = (VOTE, *fact_id), (VOTES, fact.supplier, fact.customer, fact.month)
        of_month.setdefault(scope, []).append(fact)
        trace = traces[key] = scope, hash(fact)
        if before is not None and before.get(key) == trace:
            told.keep(key)
            continue
        changed.add(scope)
        told.tell(key, fact)
    if before is not None:
        changed.update(_left(before, traces, VOTE))
    for scope, votes in of_month.items():
        if before is None or scope in changed:
            told.tell(scope, [entry for vote in votes for entry in entries_of_vote(vote)])
        else:
            told.keep(scope)


def _left(before: Traces, now: Traces, kind: int) -> Iterator[Any]:
    """Scopes that a fact of this kind gave to before and gives to no more."""
    for key, (scope, _) in before.items():
        if key[0] == kind and (key not in now or now[key][0] != scope):
            yield scope


def _verdicts(before: Verdicts, now: Verdicts, where: Where) -> list[Outgoing]:
    if before == now:
        return []
    return [
        verdict(where, key, now.get(key) or before[key], deleted=key not in now)
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]
