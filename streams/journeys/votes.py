"""The votes of a pair: of each rater, deliverable and local month the last one, and what is no vote at all (metrics R1)."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from measures.votes import mode_of, month_of, refusal_of
from schemas.facts import VOTE_BODY
from streams.journeys.agreements import Agreements, Pair
from streams.journeys.explicit_handoffs import Row
from streams.journeys.stored_event import BODY, RATED

Key = tuple[str, str]
"""(rater, "deliverable@month"): source and id of the vote's fact."""


class Votes(NamedTuple):
    """``facts``: ``VoteFact`` structs. ``refused``: (verdict, source, id) → why. ``asked``: pairs whose agreement decided."""

    facts: dict[Key, Any]
    refused: dict[tuple[str, str, str], str]
    asked: set[Pair]


def votes_of(rows: Sequence[Row], agreements: Agreements, zone: ZoneInfo) -> Votes:
    """The votes that stand after a subject's rows, which are in order: a later one replaces what has its key."""
    votes = Votes({}, {}, set())
    for time, _, code, source, event_id, event in rows:
        if code != RATED:
            continue
        rater, team, supplier, customer, deliverable, effectiveness, consistency, said_self, handoff = event[BODY:]
        pair = (supplier, customer)
        votes.asked.add(pair)
        if reason := refusal_of(team, supplier, customer, said_self):
            votes.refused["self_rating" if team == supplier else "anomaly", source, event_id] = reason
            continue
        mode = mode_of(said_self, agreements.team_votes(pair, time))
        if mode == "team":
            rater = customer
        month = month_of(time, zone)
        key = (rater, f"{deliverable}@{month}")
        votes.facts.pop(key, None)  # to the end: the order is that of the votes that count
        votes.facts[key] = VOTE_BODY(
            rater=rater,
            team=team,
            supplier=supplier,
            customer=customer,
            deliverable=deliverable,
            month=month,
            at=time,
            effectiveness=effectiveness,
            consistency=consistency,
            mode=mode,
            handoff=handoff or None,
        )
    return votes
