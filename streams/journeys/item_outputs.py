"""What a subject's handoffs, path and votes publish: their facts, and what they give to pairs, each two teams and routes."""

from collections.abc import Iterable, Mapping, Sequence

from measures.entries import entries_of_handoff, entries_of_item, entries_of_vote, route_of
from measures.handoffs import HandoffState, handoff_fact
from schemas.structs.facts import VoteFact
from streams.journeys.agreements import Pair
from streams.journeys.item_state import FoldCache, OutputKey
from streams.journeys.output_diff import BOTH, HANDOFF, PAIR, ROUTE, VOTE, VOTES, Diff, encode
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
    # After a restart or an eviction there is nothing to compare with: all is encoded, and the fingerprints sort out the rest.
    if before is None:
        publish_parts(diff, cache, cache.handoffs, {pair_of(handoff) for handoff in handoffs}, 0)
        return
    altered: dict[OutputKey, None] = {}
    pairs: set[Pair] = set()
    for key, handoff in cache.handoffs.items():
        old = before.handoffs.get(key)
        if old == handoff:
            cache.entries[key] = before.entries[key]
            continue
        altered[key] = None
        pairs.add(pair_of(handoff))
        if old is not None:
            # A correction may have moved the handoff to another pair: the one it left must be published without it.
            pairs.add(pair_of(old))
    # Of those that are gone, too.
    pairs.update(pair_of(old) for key, old in before.handoffs.items() if key not in cache.handoffs)
    # A path that only grew leaves what its earlier steps gave to each two teams as it was.
    n = before.steps
    same = before.path[:n] == cache.path[:n] and before.path_at[:n] == cache.path_at[:n]
    publish_parts(diff, cache, altered, pairs, n if same else 0)


def publish_parts(
    diff: Diff, cache: FoldCache, altered: Mapping[OutputKey, object], pairs: set[Pair], steps: int, whole: bool = True
) -> None:
    """Handoff facts, and what the item gives to pairs, to each two teams, and to its route.

    ``altered``: handoffs that are others than before; ``pairs``: those that must be published; ``steps``: how much of the path
    was published already; ``whole`` as in ``Diff``.
    """
    handoffs, entries = cache.handoffs, cache.entries
    for key in altered:
        body = handoff_fact(handoffs[key])
        diff.publish(key, body)
        # Without brackets, so that a pair's contribution is joined from bytes and not encoded again for each change.
        entries[key] = encode(entries_of_handoff(body))[1:-1]
    if whole:
        for key in handoffs.keys() - altered.keys():
            diff.keep(key)
    of_pair: dict[Pair, list[bytes]] = {}
    for key, handoff in handoffs.items():
        of_pair.setdefault(pair_of(handoff), []).append(entries[key])
    for pair, parts in of_pair.items():
        # Kept by name: ``finish`` would withdraw what was neither published nor kept.
        if pair not in pairs:
            diff.keep((PAIR, *pair))
        elif any(parts):
            diff.publish_encoded((PAIR, *pair), _joined(parts))
    if whole and steps:
        diff.keep_all(BOTH)
    _publish_custody(diff, cache, steps)
    # A route needs three teams; between two there is only the pair.
    if len(of_pair) > 1 and len({team for pair in of_pair for team in pair}) > 2:
        route = route_of(cache.path, list(handoffs.values()))
        if route:
            diff.replace((ROUTE, *route), _joined(entries[key] for key in handoffs))


def _joined(parts: Iterable[bytes]) -> bytes:
    """Lists of entries in JSON, without brackets, as one with them."""
    return b"[%b]" % b",".join([part for part in parts if part])


def _publish_custody(diff: Diff, cache: FoldCache, steps: int) -> None:
    path = cache.path
    # Sorted: bounces between two teams belong to both, whoever began.
    new = {tuple(sorted(path[n - 1 : n + 1])) for n in range(max(steps, 1), len(path))}
    for both, entries in entries_of_item(cache).items() if new else ():
        if both in new:
            diff.publish((BOTH, *both), entries)
    cache.steps = len(path)


def publish_votes(diff: Diff, before: FoldCache | None, facts: Mapping[VoteKey, VoteFact], cache: FoldCache) -> None:
    """Vote facts, and what each month's votes give to the pair."""
    known = before.votes if before is not None else {}
    changed: set[OutputKey] = set()
    of_month: dict[OutputKey, list[VoteFact]] = {}
    for fact_id, fact in facts.items():
        key: OutputKey = (VOTE, *fact_id)
        cache.votes[key] = fact
        scope = _month_of(fact)
        of_month.setdefault(scope, []).append(fact)
        if known.get(key) == fact:
            diff.keep(key)
            continue
        changed.add(scope)
        diff.publish(key, fact)
    changed.update(_month_of(fact) for key, fact in known.items() if key not in cache.votes)
    for scope, votes in of_month.items():
        if before is None or scope in changed:
            diff.publish(scope, [entry for vote in votes for entry in entries_of_vote(vote)])
        else:
            diff.keep(scope)


def _month_of(vote: VoteFact) -> OutputKey:
    return (VOTES, vote.supplier, vote.customer, vote.month)
