"""Records of the facts topic → rows, column by column. Pure; times are milliseconds UTC, an absent name is an empty text."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, NamedTuple

from broker.records import PartitionRecord
from schemas.facts import (
    HANDOFF_BODY,
    ITEM_BODY,
    KIND_OF,
    OUTCOME_BODY,
    VOTE_BODY,
    HandoffFact,
    ItemFact,
    OutcomeFact,
    VoteFact,
    decode_fact,
)
from sinks.columns import Column, columns_of, generations, marks_and_ticks
from sinks.ports import Block
from sinks.tables import (
    HANDOFF_BODY_COLUMNS,
    HANDOFF_FACTS,
    INTAKE_FACTS,
    ITEM_BODY_COLUMNS,
    ITEM_FACTS,
    OFFER_COLUMNS,
    OUTCOME_BODY_COLUMNS,
    OUTCOME_FACTS,
    VERDICT_FACTS,
    VOTE_BODY_COLUMNS,
    VOTE_FACTS,
    WATERMARK_HISTORY,
    WATERMARKS,
    Table,
)


def _blank(shape: Any, body: type[Any]) -> Any:
    """A body that says nothing, for a fact that was taken away: nothing where nothing is allowed, else zero or empty."""
    zeros: dict[Any, Any] = {str: "", int: 0, bool: False}
    found = {}
    for name, field in body.model_fields.items():
        kind = field.annotation
        base = getattr(kind, "__origin__", kind)
        found[name] = None if _may_be_none(kind) else base() if base in (list, dict) else zeros.get(base, "")
    return shape(**found)


def _may_be_none(kind: Any) -> bool:
    return type(None) in getattr(kind, "__args__", ())


_NO_ITEM = _blank(ITEM_BODY, ItemFact)
_NO_HANDOFF = _blank(HANDOFF_BODY, HandoffFact)
_NO_VOTE = _blank(VOTE_BODY, VoteFact)
_NO_OUTCOME = _blank(OUTCOME_BODY, OutcomeFact)
_UPSERT = ("version", "deleted", "partition", "w")


class FactRows(NamedTuple):
    """Rows of one stretch of the facts topic. ``watermarks`` may be written only after all the others."""

    items: Block
    handoffs: Block
    votes: Block
    outcomes: Block
    intake: Block
    verdicts: Block
    history: Block
    watermarks: Block


def rows_of_facts(records: Iterable[PartitionRecord]) -> FactRows:
    """Rows of all tables of facts and of watermarks.

    Raises ``msgspec.MsgspecError`` for what Baton did not write, naming the record: that is a bug, not input.
    """
    kinds: dict[str, list[Any]] = {kind: [] for kind in KIND_OF.values()}
    takers: dict[type, Callable[[Any], None]] = {struct: kinds[kind].append for struct, kind in KIND_OF.items()}
    for record in records:
        try:
            fact = decode_fact(record.value)  # type: ignore[arg-type]  # a null value raises like any other
        except Exception as error:
            error.add_note(f"baton.facts.v1 partition {record.partition} offset {record.offset}")
            raise
        takers[type(fact)](fact)
    marks, ticks = marks_and_ticks(kinds["watermark"])
    return FactRows(
        items=_block(ITEM_FACTS, _items(kinds["item"])),
        handoffs=_block(HANDOFF_FACTS, _handoffs(kinds["handoff"])),
        votes=_block(VOTE_FACTS, _votes(kinds["vote"])),
        outcomes=_block(OUTCOME_FACTS, _outcomes(kinds["outcome"])),
        intake=_block(INTAKE_FACTS, _intake(kinds["intake"])),
        verdicts=_block(VERDICT_FACTS, _verdicts(kinds["verdict"])),
        history=_block(WATERMARK_HISTORY, ticks),
        watermarks=_block(WATERMARKS, marks),
    )


def _block(table: Table, columns: list[Column]) -> Block:
    return Block(table.name, table.columns, columns)


def _bodies(facts: list[Any], blank: Any) -> list[Any]:
    return [blank if fact.deleted or fact.body is None else fact.body for fact in facts]


def _items(facts: list[Any]) -> list[Column]:
    subjects, *upsert = columns_of(facts, ("subject", *_UPSERT))
    bodies = columns_of(_bodies(facts, _NO_ITEM), ITEM_BODY_COLUMNS, texts=("holder", "status", "deliverable"))
    return [generations(upsert[0]), subjects, *upsert, *bodies]


def _handoffs(facts: list[Any]) -> list[Column]:
    subjects, sources, ids, *upsert = columns_of(facts, ("subject", "source", "id", *_UPSERT))
    bodies = _bodies(facts, _NO_HANDOFF)
    offers = [body.offers for body in bodies]
    return [
        *(generations(upsert[0]), subjects, sources, ids, *upsert),
        *columns_of(bodies, HANDOFF_BODY_COLUMNS, texts=("due_from",)),
        *(_of_offers(offers, field) for field in OFFER_COLUMNS.values()),
    ]


def _of_offers(offers: list[list[Any]], field: str) -> Column:
    """For each handoff the cells of its offers."""
    take = attrgetter(field)
    if field == "reason":
        return [[take(offer) or "" for offer in of_one] for of_one in offers]
    return [list(map(take, of_one)) for of_one in offers]


def _votes(facts: list[Any]) -> list[Column]:
    subjects, sources, ids, *upsert = columns_of(facts, ("subject", "source", "id", *_UPSERT))
    bodies = columns_of(_bodies(facts, _NO_VOTE), VOTE_BODY_COLUMNS, texts=("handoff",))
    return [generations(upsert[0]), subjects, sources, ids, *upsert, *bodies]


def _outcomes(facts: list[Any]) -> list[Column]:
    subjects, *upsert = columns_of(facts, ("subject", *_UPSERT))
    bodies = columns_of(_bodies(facts, _NO_OUTCOME), OUTCOME_BODY_COLUMNS)
    return [generations(upsert[0]), subjects, *upsert, *bodies]


def _intake(facts: list[Any]) -> list[Column]:
    subjects, ids, *upsert = columns_of(facts, ("subject", "id", *_UPSERT))
    counts = [{} if fact.deleted or fact.body is None else fact.body.counts for fact in facts]
    return [generations(upsert[0]), subjects, [int(pane) for pane in ids], *upsert, counts]


def _verdicts(facts: list[Any]) -> list[Column]:
    subjects, sources, ids, *upsert = columns_of(facts, ("subject", "source", "id", *_UPSERT))
    bodies = columns_of([fact.body for fact in facts], ("verdict", "reason"))
    return [generations(upsert[0]), subjects, sources, ids, *upsert, *bodies]
