"""Only what changed is published: of each output a subject has, its state keeps a fingerprint of what stands published.

A refold tells everything that holds. What has the same fingerprint stays unsaid, what differs goes out, and what is no longer
told is withdrawn: facts as deleted, contributions as not live. So a contribution that left its scope can't be forgotten.
"""

from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec

from schemas.contributions import CONTRIBUTION, contribution_key, encode_contribution, place_of
from schemas.facts import FACT_STRUCTS, VERDICT_BODY, encode_fact, fact_key
from schemas.topics import CONTRIBUTIONS, FACTS
from streams.engine.ports import Outgoing
from streams.journeys.item_state import Item, OutputKey

ITEM, OUTCOME, HANDOFF, VOTE, PAIR, BOTH, ROUTE, VOTES = range(1, 9)
"""Kinds of outputs: four of facts, then four of contributions. VOTES: of a pair in a month."""
FACT_KINDS: Final = {ITEM: "item", OUTCOME: "outcome", HANDOFF: "handoff", VOTE: "vote"}
SCOPES: Final = {PAIR: "pair", BOTH: "both", ROUTE: "route", VOTES: "pair"}
_verdict_record = FACT_STRUCTS["verdict"]
_RECORDS: Final = {number: FACT_STRUCTS[kind] for number, kind in FACT_KINDS.items()}
encode: Final = msgspec.json.Encoder().encode
"""JSON of a fact's body or of entries."""
_NOTHING: Final = msgspec.Raw(b"[]")


class Stamp(NamedTuple):
    """What every record of one subject at one tick says of itself."""

    subject: str
    version: int
    partition: int
    w: int


class Diff:
    """Collects what is told of a subject at one tick; ``records`` are those to publish.

    ``whole``: everything that holds is told or kept, and ``finish`` withdraws the rest. Otherwise only what may have changed
    is told, and nothing else has.
    """

    def __init__(self, item: Item, where: Stamp, whole: bool = True) -> None:
        self._item = item
        self._where = where
        self._fingerprints: dict[OutputKey, bytes] = {} if whole else item.fingerprints
        self.records: list[Outgoing] = []

    def keep(self, key: OutputKey) -> None:
        """An output is as it was, published or not."""
        before = self._item.fingerprints.get(key)
        if before is not None:
            self._fingerprints[key] = before

    def keep_all(self, first: int, last: int) -> None:
        """All outputs of the kinds ``first`` to ``last`` are as they were."""
        for key, fingerprint in self._item.fingerprints.items():
            if first <= key[0] <= last:
                self._fingerprints[key] = fingerprint

    def tell(self, key: OutputKey, content: Any) -> None:
        """What an output is now: a fact's body, or a contribution's entries."""
        self.tell_encoded(key, encode(content))

    def tell_encoded(self, key: OutputKey, encoded: bytes) -> None:
        """As ``tell``; the content is in JSON already."""
        fingerprint = blake2b(encoded, digest_size=8).digest()
        before = self._item.fingerprints.get(key)
        self._fingerprints[key] = fingerprint
        if before != fingerprint:
            self.records.append(self._record(key, msgspec.Raw(encoded)))

    def finish(self) -> None:
        """Withdraw what was published before and not told now."""
        before = self._item.fingerprints
        if before.keys() != self._fingerprints.keys():
            self.records += [self._record(key, None) for key in sorted(before) if key not in self._fingerprints]
        self._item.fingerprints = self._fingerprints

    def replace(self, kind: int, key: OutputKey, encoded: bytes) -> None:
        """Of a kind there is only this one now; its content is in JSON."""
        for old in [old for old in self._fingerprints if old[0] == kind and old != key]:
            del self._fingerprints[old]
            self.records.append(self._record(old, None))
        self.tell_encoded(key, encoded)

    def _record(self, key: OutputKey, content: Any | None) -> Outgoing:
        subject, version, partition, w = self._where
        kind = key[0]
        if kind < PAIR:
            _, source, event_id = key if len(key) == 3 else (kind, "", "")
            record = _RECORDS[kind](
                subject=subject,
                source=source,
                id=event_id,
                version=version,
                partition=partition,
                w=w,
                deleted=content is None,
                body=content,
            )
            place = fact_key(FACT_KINDS[kind], subject, source, event_id)
            return Outgoing(FACTS, place, place, encode_fact(record))
        parts = list(key[1:])
        if kind == VOTES:
            subject = f"{subject}#{parts.pop()}"
        return contribution(Stamp(subject, version, partition, w), SCOPES[kind], parts, content)


def contribution(where: Stamp, scope: str, parts: list[str], entries: Any | None) -> Outgoing:
    """The record of a contribution; None: it no longer holds."""
    subject, version, partition, w = where
    record = CONTRIBUTION(
        scope=scope,
        parts=parts,
        subject=subject,
        version=version,
        partition=partition,
        w=w,
        live=entries is not None,
        entries=_NOTHING if entries is None else entries,
    )
    return Outgoing(
        CONTRIBUTIONS, place_of(scope, parts), contribution_key(scope, parts, subject), encode_contribution(record)
    )


def verdict(where: Stamp, key: tuple[str, str, str], reason: str, deleted: bool = False) -> Outgoing:
    """The record of a verdict: ``key`` is its word and the judged event's source and id."""
    word, source, event_id = key
    body = VERDICT_BODY(verdict=word, reason=reason)
    record = _verdict_record(source=source, id=event_id, deleted=deleted, body=body, **where._asdict())
    place = fact_key(word, where.subject, source, event_id)
    return Outgoing(FACTS, place, place, encode_fact(record))
