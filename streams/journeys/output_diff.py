"""Only what changed is published: of each output a subject has, its state keeps a fingerprint of what is published now.

A fold publishes everything that holds. What has the same fingerprint is left out, what differs goes out, and what is no longer
published is withdrawn: facts as deleted, contributions as not live. So a contribution that left its scope can't be forgotten.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple, TypeAlias, cast

import msgspec

from schemas.facts import VerdictWord
from schemas.fields import Scope
from schemas.keys import contribution_key, fact_key, scope_partition_key
from schemas.record_codec import encode_record
from schemas.structs.contributions import Contribution, Entry
from schemas.structs.fact_records import HandoffRecord, ItemRecord, OutcomeRecord, RatingGroupRecord, VerdictRecord, VoteRecord
from schemas.structs.facts import HandoffFact, ItemFact, OutcomeFact, RatingGroupFact, Verdict, VoteFact
from schemas.topics import CONTRIBUTIONS, FACTS
from streams.engine.ports import Outgoing
from streams.journeys.item_state import Item, OutputKey

# Numbers are in saved fingerprints, and above zero because ``Item.pack`` negates them. Facts below PAIR.
ITEM, OUTCOME, HANDOFF, VOTE, GROUP, PAIR, OFFERS, BOTH, VOTES = range(1, 10)
"""Kinds of outputs: five of facts, then four of contributions. GROUP: a rating group. PAIR: of a handoff, OFFERS: of some of
its earlier offers; both stand on the item's route, too. VOTES: what a rating group gives to its pair."""
FACT_KINDS: Final = {ITEM: "item", OUTCOME: "outcome", HANDOFF: "handoff", VOTE: "vote", GROUP: "rating_group"}
SCOPES: Final[dict[int, Scope]] = {PAIR: "pair", OFFERS: "pair", BOTH: "both", VOTES: "pair"}
_RECORDS: Final = {
    **{ITEM: ItemRecord, OUTCOME: OutcomeRecord, HANDOFF: HandoffRecord, VOTE: VoteRecord, GROUP: RatingGroupRecord}
}
FactBody: TypeAlias = ItemFact | OutcomeFact | HandoffFact | VoteFact | RatingGroupFact
encode: Final = msgspec.json.Encoder().encode
"""JSON of a fact's body or of entries."""
_NOTHING: Final = msgspec.Raw(b"[]")


class Stamp(NamedTuple):
    """What every record of one subject at one tick says of itself. ``version`` as in ``schemas.watermarks``, ``w`` in ms."""

    subject: str
    version: int
    partition: int
    w: int


class Given(NamedTuple):
    """What gives, within a subject: a handoff by source and id, or a group by its number."""

    source: str = ""
    id: str = ""
    group: int = 0


_OF_SUBJECT: Final = Given()


class Diff:
    """What is published of a subject at one tick, against what was published before; ``records`` are those to send.

    ``whole``: everything that holds is published or kept, and ``finish`` withdraws the rest. Otherwise only what may have
    changed is published, and nothing else has.
    """

    def __init__(self, item: Item, stamp: Stamp, whole: bool = True) -> None:
        self._item = item
        self._stamp = stamp
        # Whole: a new dict, so that what is missing in it at the end can be withdrawn. Otherwise the item's own, changed in
        # place.
        self._fingerprints: dict[OutputKey, bytes] = {} if whole else item.fingerprints
        self._rerouted = False
        self.records: list[Outgoing] = []

    def keep(self, key: OutputKey) -> None:
        """An output is as it was, published or not."""
        before = self._item.fingerprints.get(key)
        if before is not None:
            self._fingerprints[key] = before

    def keep_all(self, kind: int) -> None:
        """All outputs of a kind are as they were."""
        for key, fingerprint in self._item.fingerprints.items():
            of, *_ = key
            if of == kind:
                self._fingerprints[key] = fingerprint

    def publish(self, key: OutputKey, content: FactBody | Sequence[Entry]) -> None:
        """What an output is now: a fact's body, or a contribution's entries."""
        self.publish_encoded(key, encode(content))

    def publish_encoded(self, key: OutputKey, encoded: bytes) -> bool:
        """As ``publish``; the content is in JSON already. True where it is another than before."""
        # Eight bytes instead of the content: it is kept for each output of every item. Of the body alone, since the version
        # changes at every tick.
        fingerprint = blake2b(encoded, digest_size=8).digest()
        before = self._item.fingerprints.get(key)
        self._fingerprints[key] = fingerprint
        if before != fingerprint:
            self.records.append(self._record(key, msgspec.Raw(encoded)))
        return before != fingerprint

    def set_route(self, route: Sequence[str]) -> bool:
        """The item's route, before anything is given; True where it is another: every handoff must be given again."""
        before, self._item.route = self._item.route, tuple(route)
        self._rerouted = before != self._item.route
        if self._rerouted and before:
            # All leave the old route in the same step: a consumer never counts an item on two routes at one W.
            given = [_given(key) for key in sorted(self._item.fingerprints) if _is_given(key)]
            self.records += [self._on_route(before, what, None) for what in given]
        return self._rerouted

    def give(self, key: OutputKey, encoded: bytes) -> None:
        """Publish what a handoff gives: to its pair, and to the item's route where there is one."""
        changed = self.publish_encoded(key, encoded)
        # Of a route there is no fingerprint: on it stands, with the same content, whatever stands at a pair.
        if self._item.route and (changed or self._rerouted):
            self.records.append(self._on_route(self._item.route, _given(key), msgspec.Raw(encoded)))

    def finish(self) -> None:
        """Withdraw what was published before and not now."""
        before, now, route = self._item.fingerprints, self._fingerprints, self._item.route
        if before.keys() != now.keys():
            # Sorted: the records of a withdrawal are the same in every replay.
            gone = [key for key in sorted(before) if key not in now]
            self.records += [self._record(key, None) for key in gone]
            if gone and route and not self._rerouted:
                # A correction may have moved a handoff to another pair; on the route it stands as before.
                left = {_given(key) for key in gone if _is_given(key)} - {_given(key) for key in now if _is_given(key)}
                self.records += [self._on_route(route, what, None) for what in sorted(left)]
        self._item.fingerprints = now

    def _on_route(self, route: tuple[str, ...], given: Given, content: msgspec.Raw | None) -> Outgoing:
        return contribution(self._stamp, "route", list(route), content, given)

    def _record(self, key: OutputKey, content: msgspec.Raw | None) -> Outgoing:
        kind, *parts = key
        if kind < PAIR:
            return self._fact(kind, parts, content)
        return contribution(self._stamp, SCOPES[kind], parts[:2], content, _given(key))

    def _fact(self, kind: int, parts: list[str], body: msgspec.Raw | None) -> Outgoing:
        subject, version, partition, w = self._stamp
        source, event_id = parts if parts else ("", "")
        record = _RECORDS[kind](
            subject=subject,
            source=source,
            id=event_id,
            version=version,
            partition=partition,
            w=w,
            deleted=body is None,
            body=cast(Any, body),  # JSON already: encoded once, for fingerprint and record
        )
        key = fact_key(FACT_KINDS[kind], subject, source, event_id)
        return Outgoing(FACTS, key, key, encode_record(record))


def _is_given(key: OutputKey) -> bool:
    kind, *_ = key
    return kind in {PAIR, OFFERS}


def _given(key: OutputKey) -> Given:
    kind, *texts = key
    _, _, *what = texts
    if kind in {BOTH, VOTES}:
        (number,) = what
        return Given(group=int(number))
    source, event_id, *earlier = what
    return Given(source, event_id, sum(map(int, earlier)))


def contribution(
    stamp: Stamp, scope: Scope, parts: list[str], entries: Sequence[Entry] | msgspec.Raw | None, given: Given = _OF_SUBJECT
) -> Outgoing:
    """The record of a contribution; None: it no longer holds."""
    subject, version, partition, w = stamp
    record = Contribution(
        scope=scope,
        parts=parts,
        subject=subject,
        version=version,
        partition=partition,
        w=w,
        live=entries is not None,
        entries=cast(list[Entry], _NOTHING if entries is None else entries),  # may be encoded already
        source=given.source,
        id=given.id,
        group=given.group,
    )
    key = contribution_key(scope, parts, subject, *given)
    return Outgoing(CONTRIBUTIONS, scope_partition_key(scope, parts), key, encode_record(record))


def verdict(
    stamp: Stamp,
    word: VerdictWord,
    source: str,
    event_id: str,
    reason: str,
    deleted: bool = False,
    forgotten_tick: int | None = None,
) -> Outgoing:
    """The record of a verdict on the event with this source and id."""
    subject, version, partition, w = stamp
    record = VerdictRecord(
        subject=subject,
        source=source,
        id=event_id,
        version=version,
        partition=partition,
        w=w,
        deleted=deleted,
        body=Verdict(verdict=word, reason=reason, forgotten_tick=forgotten_tick),
    )
    key = fact_key(word, subject, source, event_id)
    return Outgoing(FACTS, key, key, encode_record(record))
