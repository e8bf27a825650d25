"""Records of the facts topic.

Made by `python -m schemas.generate` from the models in schemas/facts.py; don't edit it by hand.
"""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.structs.facts import HandoffFact, IntakeFact, ItemFact, OutcomeFact, RatingGroupFact, Verdict, VoteFact
from schemas.structs.fields import Count, Ms, Subject


class FactHead(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Who wrote which fact, and at which tick. ``deleted``: the fact no longer holds; its body is empty."""

    subject: Subject
    version: Count
    partition: Count
    w: Ms
    source: Annotated[str, Meta(max_length=200)] = ""
    id: Annotated[str, Meta(max_length=220)] = ""
    deleted: bool = False


class ItemRecord(FactHead, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="item"):
    """Record of an item fact on ``baton.facts.v1``."""

    body: ItemFact | None = None


class HandoffRecord(FactHead, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="handoff"):
    """Record of a handoff fact; ``source`` and ``id`` are the move's where it is implicit, else empty and the handoff's id."""

    body: HandoffFact | None = None


class VoteRecord(FactHead, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="vote"):
    """Record of a vote fact; ``source`` is the rater, ``id`` deliverable and month, and a mode that is not individual."""

    body: VoteFact | None = None


class RatingGroupRecord(
    FactHead, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="rating_group"
):
    """Record of a rating group's fact; ``id`` is its number within the pair."""

    body: RatingGroupFact | None = None


class OutcomeRecord(FactHead, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="outcome"):
    """Record of an outcome fact."""

    body: OutcomeFact | None = None


class IntakeRecord(FactHead, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="intake"):
    """Record of an intake fact: ``subject`` is the source, ``source`` the partition's number, ``id`` the pane."""

    body: IntakeFact | None = None


class VerdictRecord(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="verdict"):
    """Record of a verdict on ``baton.facts.v1``; ``source`` and ``id`` are the judged event's."""

    subject: Subject
    version: Count
    partition: Count
    w: Ms
    body: Verdict
    source: Annotated[str, Meta(max_length=200)] = ""
    id: Annotated[str, Meta(max_length=220)] = ""
    deleted: bool = False


AnyFactRecord = ItemRecord | HandoffRecord | VoteRecord | RatingGroupRecord | OutcomeRecord | IntakeRecord | VerdictRecord
