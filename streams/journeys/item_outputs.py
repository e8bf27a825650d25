"""What a subject's handoffs, path, votes and rating groups publish: facts, and what goes to pairs, each two teams, routes."""

from collections.abc import Iterable, Mapping, Sequence

from measures.contributions import groups_of_handoff
from measures.entries import SHORTEST_ROUTE, entries_of_group, route_of
from measures.handoffs import HandoffState, handoff_fact
from schemas.structs.facts import RatingGroupFact, VoteFact
from streams.journeys.agreements import Pair
from streams.journeys.item_state import FoldCache, OutputKey
from streams.journeys.output_diff import BOTH, GROUP, HANDOFF, OFFERS, PAIR, VOTE, VOTES, Diff, encode
from streams.journeys.votes import VoteKey


def handoff_key(handoff: HandoffState) -> OutputKey:
    """Its key among the outputs of its subject."""
    return (HANDOFF, handoff.source, handoff.id)


def pair_of(handoff: HandoffState) -> Pair:
    """Supplier and customer."""
    return (handoff.supplier, handoff.customer)


def publish_changed_parts(diff: Diff, before: FoldCache | None, cache: FoldCache, handoffs: Sequence[HandoffState]) -> None:
    """Publish what the handoffs and the path are now, but for those parts that are as they were ``before``."""
    cache.handoffs = {handoff_key(handoff): handoff for handoff in handoffs}
    cache.last_offer = max((handoff.offers[0].offered_at for handoff in handoffs if handoff.offers), default=-1)
    cache.teams = {team for handoff in handoffs for team in pair_of(handoff)}
    # After a restart or an eviction there is nothing to compare with: all is encoded, and the fingerprints sort out the rest.
    altered = dict.fromkeys(cache.handoffs)
    if before is not None:
        for key, handoff in cache.handoffs.items():
            if before.handoffs.get(key) == handoff:
                cache.entries[key] = before.entries[key]
                del altered[key]
        # A path that only grew leaves what its earlier steps gave to each two teams as it was.
        n = len(before.path)
        if before.path == cache.path[:n] and before.path_at == cache.path_at[:n]:
            cache.custody = before.custody
            diff.keep_all(BOTH)
    publish_parts(diff, cache, altered, route_of(cache.path, handoffs) if len(cache.teams) >= SHORTEST_ROUTE else [])
    for key in cache.handoffs.keys() - altered.keys():
        diff.keep(key)
        for group, _ in cache.entries[key]:
            diff.keep(_given_key(cache.handoffs[key], group))


def publish_parts(diff: Diff, cache: FoldCache, altered: Iterable[OutputKey], route: Sequence[str]) -> None:
    """Facts of the handoffs that are others than before, what they give to pairs and to the item's route, and what the path's
    new steps give to each two teams.
    """
    handoffs, entries = cache.handoffs, cache.entries
    for key in altered:
        body = handoff_fact(handoffs[key])
        diff.publish(key, body)
        entries[key] = [(group, encode(given)) for group, given in groups_of_handoff(body).items()]
    for key in handoffs if diff.set_route(route) else altered:
        for group, encoded in entries[key]:
            diff.give(_given_key(handoffs[key], group), encoded)
    for one, other, number in cache.custody.extend(cache.path):
        diff.publish((BOTH, one, other, str(number)), cache.custody.entries((one, other, number), cache))


def _given_key(handoff: HandoffState, group: int) -> OutputKey:
    pair, fact = pair_of(handoff), (handoff.source, handoff.id)
    return (OFFERS, *pair, *fact, str(group)) if group else (PAIR, *pair, *fact)


def add_to_route(cache: FoldCache, new: Sequence[HandoffState], route: Sequence[str]) -> Sequence[str]:
    """Take in handoffs that were added; gives the item's route with them. Before them it was ``route``."""
    alike = True
    for handoff in new:
        offered_at, pair = handoff.offers[0].offered_at, pair_of(handoff)
        # Offered behind all others between teams that have their places, it changes no route.
        alike = alike and offered_at > cache.last_offer and cache.teams.issuperset(pair)
        cache.last_offer = max(cache.last_offer, offered_at)
        cache.teams.update(pair)
    return route if alike else route_of(cache.path, list(cache.handoffs.values()))


def publish_votes(diff: Diff, before: FoldCache | None, facts: Mapping[VoteKey, VoteFact], cache: FoldCache) -> None:
    """Vote facts. By themselves they give nothing to anybody: only groups do."""
    known = before.votes if before is not None else {}
    for fact_id, fact in facts.items():
        key: OutputKey = (VOTE, *fact_id)
        cache.votes[key] = fact
        if known.get(key) == fact:
            diff.keep(key)
        else:
            diff.publish(key, fact)


def publish_groups(diff: Diff, before: FoldCache | None, groups: Sequence[RatingGroupFact], cache: FoldCache) -> None:
    """Rating groups, and what each gives to its pair."""
    known = before.groups if before is not None else 0
    for number, group in enumerate(groups):
        fact: OutputKey = (GROUP, "", str(number))
        given: OutputKey = (VOTES, group.supplier, group.customer, str(number))
        if number < known:  # a group never changes
            diff.keep(fact)
            diff.keep(given)
        else:
            diff.publish(fact, group)
            diff.publish(given, entries_of_group(group))
    cache.groups = len(groups)
