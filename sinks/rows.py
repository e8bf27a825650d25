"""Records → rows, column by column. Pure; times are milliseconds UTC, an absent name is an empty text."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from schemas.codec import TYPE_OF, decode
from schemas.errors import Park
from schemas.facts import ITEM_BODY, KIND_OF, decode_fact
from schemas.fields import to_ms
from schemas.watermarks import GENERATION_SHIFT
from sinks.ports import Block, Record
from sinks.tables import (
    BODY_COLUMNS,
    DEAD_LETTER_LOG,
    ITEM_BODY_COLUMNS,
    ITEM_FACTS,
    RAW_EVENTS,
    VERDICT_FACTS,
    WATERMARK_HISTORY,
    WATERMARKS,
)


class _Nothing:
    """Body of a retraction that carries none: every field is absent."""

    def __getattr__(self, name: str) -> None:
        return None


_NOTHING = _Nothing()
_NO_ITEM = ITEM_BODY(
    **dict.fromkeys(("holder", "status", "deliverable", "due_at", "resolved_at", "closed_at")),
    **dict.fromkeys(("reassignments", "bounces", "revisits", "assignment_changes", "reopens", "moves", "events"), 0),
    **{"path": [], "reopened_teams": [], "opened_at": 0, "last_event_at": 0, "touch_ms": {}, "queue_ms": {}},
)
_NULLABLE = frozenset(
    {
        "due_at",
        "rework_minutes",
        "recheck_minutes",
        "effectiveness",
        "consistency",
        "on_time",
        "csat",
        "resolved_at",
        "closed_at",
    }
)
"""Columns that keep "absent" as null; in the others it is an empty text."""


def rows_of_events(records: Iterable[Record]) -> tuple[Block, Counter[str]]:
    """Rows of raw_events, and how many records were unreadable, by reason.

    An unreadable record makes no row here: journeys park it, and its dead letter is its row.
    """
    unreadable: Counter[str] = Counter()
    groups: dict[type, tuple[list[Record], list[Any]]] = {}
    for record in records:
        try:
            event = decode(record.key, record.value)
        except Park as park:
            unreadable[park.reason] += 1
            continue
        group = groups.get(type(event))
        if group is None:
            group = groups[type(event)] = ([], [])
        group[0].append(record)
        group[1].append(event)
    values: list[list[Any]] = [[] for _ in RAW_EVENTS.columns]
    for kind, (placed, events) in groups.items():
        for column, cells in zip(values, _event_columns(kind, placed, events), strict=True):
            column.extend(cells)
    return Block(RAW_EVENTS.name, RAW_EVENTS.columns, values), unreadable


def _event_columns(kind: type, records: list[Record], events: list[Any]) -> list[Sequence[Any]]:
    bodies = [_NOTHING if event.data is None else event.data for event in events]
    return [
        [record.partition for record in records],
        [record.offset for record in records],
        [record.timestamp for record in records],
        [record.key for record in records],
        [TYPE_OF[kind]] * len(events),
        [event.source for event in events],
        [event.id for event in events],
        [event.subject for event in events],
        [to_ms(event.time) for event in events],
        [event.sequence for event in events],
        [event.revision for event in events],
        [None if event.recordedat is None else to_ms(event.recordedat) for event in events],
        [event.deleted for event in events],
        [record.value for record in records],
        *(_body_column(column, field, bodies) for column, field in BODY_COLUMNS.items()),
    ]


def _body_column(column: str, field: str, bodies: list[Any]) -> list[Any]:
    present = next((body for body in bodies if body is not _NOTHING), _NOTHING)
    absent = None if column in _NULLABLE else ""
    if not hasattr(present, field):
        return [absent] * len(bodies)
    cells = [getattr(body, field) for body in bodies]
    if column == "due_at":
        return [None if moment is None else to_ms(moment) for moment in cells]
    return cells if absent is None else [cell or "" for cell in cells]


class FactRows(NamedTuple):
    """Rows of one stretch of the facts topic. ``watermarks`` may be written only after all the others."""

    items: Block
    verdicts: Block
    history: Block
    watermarks: Block


def rows_of_facts(records: Iterable[Record]) -> FactRows:
    """Rows of item_facts, verdict_facts, watermark_history and watermarks.

    Raises ``msgspec.MsgspecError`` for what Baton did not write, naming the record: that is a bug, not input.
    """
    kinds: dict[str, list[Any]] = {"item": [], "verdict": [], "watermark": []}
    for record in records:
        try:
            fact = decode_fact(record.value)  # type: ignore[arg-type]  # a null value raises like any other
        except Exception as error:
            error.add_note(f"baton.facts.v1 partition {record.partition} offset {record.offset}")
            raise
        kinds[KIND_OF[type(fact)]].append(fact)
    return FactRows(_items(kinds["item"]), _verdicts(kinds["verdict"]), *_watermarks(kinds["watermark"]))


def _items(facts: list[Any]) -> Block:
    bodies = [_NO_ITEM if fact.deleted or fact.body is None else fact.body for fact in facts]
    return Block(
        ITEM_FACTS.name,
        ITEM_FACTS.columns,
        [
            [fact.version >> GENERATION_SHIFT for fact in facts],
            [fact.subject for fact in facts],
            *_fact_columns(facts),
            *(_item_column(column, bodies) for column in ITEM_BODY_COLUMNS),
        ],
    )


def _item_column(column: str, bodies: list[Any]) -> list[Any]:
    cells = [getattr(body, column) for body in bodies]
    return cells if column in _NULLABLE else ["" if cell is None else cell for cell in cells]


def _verdicts(facts: list[Any]) -> Block:
    bodies = [fact.body for fact in facts]
    return Block(
        VERDICT_FACTS.name,
        VERDICT_FACTS.columns,
        [
            [fact.version >> GENERATION_SHIFT for fact in facts],
            [fact.subject for fact in facts],
            [fact.source for fact in facts],
            [fact.id for fact in facts],
            *_fact_columns(facts),
            [body.verdict for body in bodies],
            [body.reason for body in bodies],
        ],
    )


def _fact_columns(facts: list[Any]) -> list[list[Any]]:
    return [
        [fact.version for fact in facts],
        [int(fact.deleted) for fact in facts],
        [fact.partition for fact in facts],
        [fact.w for fact in facts],
    ]


def _watermarks(marks: list[Any]) -> tuple[Block, Block]:
    ticks = [mark for mark in marks if mark.target == 0]  # every target says the same of a tick: one row is enough
    history = [[getattr(mark, column) for mark in ticks] for column in WATERMARK_HISTORY.columns]
    values = [[getattr(mark, column) for mark in marks] for column in WATERMARKS.columns[:-1]]
    values.append([mark.generation << GENERATION_SHIFT | max(mark.offset, 0) for mark in marks])
    return (
        Block(WATERMARK_HISTORY.name, WATERMARK_HISTORY.columns, history),
        Block(WATERMARKS.name, WATERMARKS.columns, values),
    )


def rows_of_dead_letters(records: Iterable[Record]) -> Block:
    """Rows of dead_letter_log. Raises ``KeyError`` or ``ValueError``, naming the record, when it has no letter's headers."""
    rows = []
    for record in records:
        try:
            headers = {name: content.decode() for name, content in record.headers}
            rows.append(
                (
                    headers["origin"],
                    int(headers["partition"]),
                    int(headers["position"]),
                    headers["reason"],
                    headers["detail"],
                    headers["by"],
                    record.timestamp,
                    record.key,
                    record.value,
                )
            )
        except Exception as error:
            error.add_note(f"baton.dead-letters.v1 partition {record.partition} offset {record.offset}")
            raise
    if not rows:
        return DEAD_LETTER_LOG.empty()
    return Block(DEAD_LETTER_LOG.name, DEAD_LETTER_LOG.columns, list(zip(*rows, strict=True)))
