"""The votes of a pair: of each rater, deliverable and local month the last one, and what is no vote (metrics R1)."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from measures.votes import mode_of, month_of, refusal_of
from schemas.facts import VerdictWord
from schemas.structs.facts import VoteFact
from streams.journeys.agreements import Agreements, Pair
from streams.journeys.stored_event import OrderedEvent, Rated

VoteKey: TypeAlias = tuple[str, str]
"""(rater, "deliverable@month"): source and id of the vote's fact."""


class Votes(NamedTuple):
    """``refused``: (verdict, source, id) → why. ``asked``: pairs whose agreement decided."""

    facts: dict[VoteKey, VoteFact]
    refused: dict[tuple[VerdictWord, str, str], str]
    asked: set[Pair]


def votes_of(ordered: Sequence[OrderedEvent], agreements: Agreements, zone: ZoneInfo) -> Votes:
    """The votes that stand after a subject's events, which are in order: a later one replaces what has its key."""
    votes = Votes({}, {}, set())
    for time, _, _, source, event_id, event in ordered:
        body = event.body
        if type(body) is not Rated:
            continue
        rater, team, supplier, customer, deliverable = body.rater, body.team, body.supplier, body.customer, body.deliverable
        pair = (supplier, customer)
        # Also for a vote that is refused: a later agreement on the rating mode must find the subject.
        votes.asked.add(pair)
        if reason := refusal_of(team, supplier, customer, body.said_self):
            votes.refused["self_rating" if team == supplier else "anomaly", source, event_id] = reason
            continue
        mode = mode_of(body.said_self, agreements.team_votes(pair, time))
        # One vote for the team: under one key the last of its members' votes holds.
        if mode == "team":
            rater = customer
        month = month_of(time, zone)
        key = (rater, f"{deliverable}@{month}")
        votes.facts.pop(key, None)  # to the end: the order is that of the votes that count
        votes.facts[key] = VoteFact(
            rater=rater,
            team=team,
            supplier=supplier,
            customer=customer,
            deliverable=deliverable,
            month=month,
            at=time,
            effectiveness=body.effectiveness,
            consistency=body.consistency,
            mode=mode,
            handoff=body.handoff or None,
        )
    return votes
