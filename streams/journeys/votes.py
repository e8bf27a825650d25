"""The votes of a pair: of each rater, deliverable, period and mode the last one, and what is no vote (metrics R1, 1.5).

A vote waits until it is released in a rating group. From then on it is spent: the group stays, whatever becomes of the event,
and what would change it is judged ``released``.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from measures.rating_groups import next_period, released
from measures.votes import mode_of, month_of, refusal_of, vote_id
from schemas.facts import VerdictWord
from schemas.fields import VoteMode
from schemas.structs.facts import RatingGroupFact, VoteFact
from streams.journeys.agreements import Agreements, Pair
from streams.journeys.event_conversion import cells_of
from streams.journeys.stored_event import NAMELESS, EventKey, OrderedEvent, Rated, StoredEvent

VoteKey: TypeAlias = tuple[str, str]
"""(rater, ``vote_id``): source and id of the vote's fact."""
_encode = msgspec.msgpack.Encoder().encode


class ReleasedVote(NamedTuple):
    """The event whose vote is in group ``group`` (its place among the pair's groups), where it stood in the order of events,
    and a fingerprint of what it said."""

    group: int
    source: str
    id: str
    time: int
    sequence: int
    fingerprint: bytes


ReleasedVotes: TypeAlias = dict[VoteKey, ReleasedVote]


class Votes(NamedTuple):
    """``events``: of each waiting vote its event. ``refused``: (verdict, source, id) → why. ``asked``: pairs whose agreement
    decided.
    """

    facts: dict[VoteKey, VoteFact]
    events: dict[VoteKey, OrderedEvent]
    refused: dict[tuple[VerdictWord, str, str], str]
    asked: set[Pair]


def fingerprint(event: StoredEvent) -> bytes:
    """Stands for what an event says, its revision included, but not for when it was recorded."""
    return blake2b(_encode(cells_of(msgspec.structs.replace(event, recorded=-1))), digest_size=8).digest()


def votes_of(
    ordered: Sequence[OrderedEvent],
    agreements: Agreements,
    zone: ZoneInfo,
    events: Mapping[EventKey, StoredEvent],
    groups: Sequence[RatingGroupFact],
    spent: ReleasedVotes,
) -> Votes:
    """The votes that stand after a subject's events, which are in order: a later one replaces what has its key.

    ``events``: all it ever had, retracted and younger ones too; ``groups`` and ``spent``: what was released before.
    """
    votes = Votes({}, {}, {}, set())
    # An event that was released and is not as it was then. Not only those in order: it may be retracted by now.
    by_event = {(vote.source, vote.id): (key, vote) for key, vote in spent.items()}
    of_team = {key[1]: key for key in spent if key[1].endswith("@team")}
    for event_key, (_, vote) in by_event.items():
        now = events[event_key]
        if fingerprint(now) != vote.fingerprint:
            votes.refused["released", *event_key] = "retracted_after_release" if now.deleted else "corrected_after_release"
    for row in ordered:
        time, sequence, _, source, event_id, event = row
        body = event.body
        if type(body) is not Rated:
            continue
        pair = (body.supplier, body.customer)
        # Also for a vote that is refused: a later agreement on the rating mode must find the subject.
        votes.asked.add(pair)
        if ("released", source, event_id) in votes.refused:
            continue
        if (source, event_id) in by_event:
            key, vote = by_event[source, event_id]
            # Its mode is that of its group: an agreement that comes later does not take it out.
            period = body.period or month_of(time, zone)
            votes.facts[key] = _fact(body, key, time, groups[vote.group].mode, period, vote.group)
            continue
        if not (body.team and all(pair) and body.deliverable):
            votes.refused["anomaly", source, event_id] = NAMELESS
            continue
        month = month_of(time, zone)
        period = body.period or month
        if reason := refusal_of(body.team, *pair, body.said_self):
            votes.refused["self_rating" if body.team == body.supplier else "anomaly", source, event_id] = reason
            continue
        # One month ahead a period may have begun at the rater's place; beyond that the vote would wait for years.
        if period != month and period > next_period(month):
            votes.refused["anomaly", source, event_id] = "period_ahead"
            continue
        mode = mode_of(body.said_self, agreements.team_votes(pair, time))
        # One vote for the team: under one key the last of its members' votes holds.
        key = (body.customer if mode == "team" else body.rater, vote_id(body.deliverable, period, mode))
        # The customer may have another name than at the release: it is the same team's vote of that period.
        key = of_team.get(key[1], key)
        if key in spent:
            before = spent[key]
            # What it had replaced before the release, or would have, says nothing new.
            if (time, sequence, source, event_id) > (before.time, before.sequence, before.source, before.id):
                votes.refused["released", source, event_id] = "replaced_after_release"
            continue
        votes.facts.pop(key, None)  # to the end: the order is that of the votes that count
        votes.facts[key] = _fact(body, key, time, mode, period, None)
        votes.events[key] = row
    return votes


def _fact(body: Rated, key: VoteKey, time: int, mode: VoteMode, period: str, group: int | None) -> VoteFact:
    rater, _ = key
    return VoteFact(
        rater=rater,
        team=body.team,
        supplier=body.supplier,
        customer=body.customer,
        deliverable=body.deliverable,
        month=period,
        at=time,
        effectiveness=body.effectiveness,
        consistency=body.consistency,
        mode=mode,
        handoff=body.handoff or None,
        rating_group=group,
    )


def waits(votes: Votes) -> bool:
    """Whether any vote is in no group yet."""
    return any(fact.rating_group is None for fact in votes.facts.values())


def release(
    votes: Votes,
    events: Mapping[EventKey, StoredEvent],
    groups: list[RatingGroupFact],
    spent: ReleasedVotes,
    before: int,
    w: int,
    zone: ZoneInfo,
) -> None:
    """Make groups of the votes that wait, as far as they suffice; ``before`` as in ``measures.rating_groups.is_release``."""
    waiting = [fact for fact in votes.facts.values() if fact.rating_group is None]
    for group, members in released(waiting, before, w, zone):
        number = len(groups)
        groups.append(group)
        for fact in members:
            key = (fact.rater, vote_id(fact.deliverable, fact.month, fact.mode))
            time, sequence, _, source, event_id, _ = votes.events[key]
            # Of the event as it came: a team that is renamed later does not correct it.
            said = fingerprint(events[source, event_id])
            spent[key] = ReleasedVote(number, source, event_id, time, sequence, said)
            votes.facts[key] = msgspec.structs.replace(fact, rating_group=number)
