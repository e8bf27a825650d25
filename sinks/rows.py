"""Events and dead letters → rows, column by column. Pure; times are milliseconds UTC, an absent name is an empty text."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from schemas.codec import TYPE_OF, decode
from schemas.errors import Park
from schemas.fields import to_ms
from sinks.ports import Block, Record
from sinks.tables import BODY_COLUMNS, DEAD_LETTER_LOG, RAW_EVENTS


class _Nothing:
    """Body of a retraction that carries none: every field is absent."""

    def __getattr__(self, name: str) -> None:
        return None


_NOTHING = _Nothing()
_NULLABLE = frozenset({"due_at", "rework_minutes", "recheck_minutes", "effectiveness", "consistency", "on_time", "csat"})
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
