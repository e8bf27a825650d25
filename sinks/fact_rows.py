"""Records of the facts topic → rows, column by column. Pure; times are milliseconds UTC, an absent name is an empty text."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from pydantic import BaseModel

from broker.records import PartitionRecord
from schemas import facts as models
from schemas.record_codec import decode_fact_or_watermark
from schemas.structs.fact_records import (
    HandoffRecord,
    IntakeRecord,
    ItemRecord,
    OutcomeRecord,
    RatingGroupRecord,
    VerdictRecord,
    VoteRecord,
)
from schemas.structs.facts import HandoffFact, ItemFact, OfferLine, OutcomeFact, RatingGroupFact, VoteFact
from schemas.structs.watermarks import Watermark
from schemas.topics import FACTS
from sinks.columns import Column, columns_of, generations
from sinks.ports import Block
from sinks.tables import (
    GROUP_BODY_COLUMNS,
    HANDOFF_BODY_COLUMNS,
    HANDOFF_FACTS,
    INTAKE_FACTS,
    ITEM_BODY_COLUMNS,
    ITEM_FACTS,
    OFFER_COLUMNS,
    OUTCOME_BODY_COLUMNS,
    OUTCOME_FACTS,
    RATING_GROUP_FACTS,
    VERDICT_BODY_COLUMNS,
    VERDICT_FACTS,
    VOTE_BODY_COLUMNS,
    VOTE_FACTS,
    WATERMARK_HISTORY,
    WATERMARKS,
    Table,
)
from sinks.watermark_rows import WatermarkRows, rows_of_watermarks

_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_Record = TypeVar(
    "_Record", ItemRecord, HandoffRecord, VoteRecord, RatingGroupRecord, OutcomeRecord, IntakeRecord, VerdictRecord
)


def _blank(struct: type[_Struct], model: type[BaseModel]) -> _Struct:
    """An empty body, for a fact that was taken away: None where the field allows it, else zero or empty."""
    # Columns that are not Nullable need some value; readers never see it, because the row is marked as deleted.
    zeros: dict[object, object] = {str: "", int: 0, bool: False}
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        kind = get_origin(field.annotation) or field.annotation
        may_be_none = type(None) in get_args(field.annotation)
        found[name] = None if may_be_none else kind() if kind in (list, dict) else zeros.get(kind, "")
    return struct(**found)


_NO_ITEM = _blank(ItemFact, models.ItemFact)
_NO_HANDOFF = _blank(HandoffFact, models.HandoffFact)
_NO_VOTE = _blank(VoteFact, models.VoteFact)
_NO_GROUP = _blank(RatingGroupFact, models.RatingGroupFact)
_NO_OUTCOME = _blank(OutcomeFact, models.OutcomeFact)
_UPSERT = ("version", "deleted", "partition", "w")


class FactRows(NamedTuple):
    """Rows of one stretch of the facts topic; those of ``watermarks`` may be written only after all the others."""

    items: Block
    handoffs: Block
    votes: Block
    groups: Block
    outcomes: Block
    intake: Block
    verdicts: Block
    watermarks: WatermarkRows


def rows_of_facts(records: Iterable[PartitionRecord]) -> FactRows:
    """Rows of all tables of facts and of their watermarks.

    Raises ``msgspec.MsgspecError`` for what Baton did not write, naming the record: that is a bug, not input.
    """
    items: list[ItemRecord] = []
    handoffs: list[HandoffRecord] = []
    votes: list[VoteRecord] = []
    groups: list[RatingGroupRecord] = []
    outcomes: list[OutcomeRecord] = []
    intake: list[IntakeRecord] = []
    verdicts: list[VerdictRecord] = []
    marks: list[Watermark] = []
    takers: dict[type, Callable[[Any], None]] = {  # each takes its own type
        **{ItemRecord: items.append, HandoffRecord: handoffs.append, VoteRecord: votes.append},
        RatingGroupRecord: groups.append,
        **{OutcomeRecord: outcomes.append, IntakeRecord: intake.append, VerdictRecord: verdicts.append},
        Watermark: marks.append,
    }
    for record in records:
        try:
            decoded = decode_fact_or_watermark(record.value or b"")
        except Exception as error:
            error.add_note(f"{FACTS} partition {record.partition} offset {record.offset}")
            raise
        # Looked up by type: no chain of isinstance for each record.
        takers[type(decoded)](decoded)
    return FactRows(
        items=_items(items),
        handoffs=_handoffs(handoffs),
        votes=_votes(votes),
        groups=_groups(groups),
        outcomes=_outcomes(outcomes),
        intake=_intake(intake),
        verdicts=_verdicts(verdicts),
        watermarks=rows_of_watermarks(marks, WATERMARK_HISTORY, WATERMARKS),
    )


def _block(table: Table, facts: Sequence[_Record], head: tuple[str, ...], *bodies: Column) -> Block:
    """``head``: the fields of the record that stand first in the table, behind the generation."""
    versions = generations([fact.version for fact in facts])
    return Block(table.name, table.columns, [versions, *columns_of(facts, (*head, *_UPSERT)), *bodies])


def _items(facts: list[ItemRecord]) -> Block:
    bodies = [_NO_ITEM if fact.deleted or fact.body is None else fact.body for fact in facts]
    columns = columns_of(bodies, ITEM_BODY_COLUMNS, texts=("holder", "status", "deliverable"))
    return _block(ITEM_FACTS, facts, ("subject",), *columns)


def _handoffs(facts: list[HandoffRecord]) -> Block:
    bodies = [_NO_HANDOFF if fact.deleted or fact.body is None else fact.body for fact in facts]
    offers = [body.offers for body in bodies]
    columns = columns_of(bodies, HANDOFF_BODY_COLUMNS, texts=("due_from",))
    of_offers = [_of_offers(offers, field) for field in OFFER_COLUMNS.values()]
    return _block(HANDOFF_FACTS, facts, ("subject", "source", "id"), *columns, *of_offers)


def _of_offers(offers: list[list[OfferLine]], field: str) -> Column:
    """For each handoff the cells of its offers."""
    cell = attrgetter(field)
    if field == "reason":
        return [[cell(offer) or "" for offer in of_one] for of_one in offers]
    return [list(map(cell, of_one)) for of_one in offers]


def _votes(facts: list[VoteRecord]) -> Block:
    bodies = [_NO_VOTE if fact.deleted or fact.body is None else fact.body for fact in facts]
    columns = columns_of(bodies, VOTE_BODY_COLUMNS, texts=("handoff",))
    return _block(VOTE_FACTS, facts, ("subject", "source", "id"), *columns)


def _groups(facts: list[RatingGroupRecord]) -> Block:
    bodies = [_NO_GROUP if fact.deleted or fact.body is None else fact.body for fact in facts]
    columns = columns_of(bodies, GROUP_BODY_COLUMNS, texts=("deliverable",))
    return _block(RATING_GROUP_FACTS, facts, ("subject", "id"), *columns)


def _outcomes(facts: list[OutcomeRecord]) -> Block:
    bodies = [_NO_OUTCOME if fact.deleted or fact.body is None else fact.body for fact in facts]
    return _block(OUTCOME_FACTS, facts, ("subject",), *columns_of(bodies, OUTCOME_BODY_COLUMNS))


def _intake(facts: list[IntakeRecord]) -> Block:
    versions = generations([fact.version for fact in facts])
    subjects, *upsert = columns_of(facts, ("subject", *_UPSERT))
    counts = [{} if fact.deleted or fact.body is None else fact.body.counts for fact in facts]
    columns: list[Column] = [versions, subjects, [int(fact.id) for fact in facts], *upsert, counts]
    return Block(INTAKE_FACTS.name, INTAKE_FACTS.columns, columns)


def _verdicts(facts: list[VerdictRecord]) -> Block:
    bodies = columns_of([fact.body for fact in facts], VERDICT_BODY_COLUMNS)
    return _block(VERDICT_FACTS, facts, ("subject", "source", "id"), *bodies)
