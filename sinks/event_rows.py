"""Events and dead letters → rows, column by column. Pure; times are milliseconds UTC, an absent name is an empty text."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

from broker.records import PartitionRecord
from schemas.errors import Park
from schemas.event_codec import TYPE_OF, decode
from schemas.events import BODIES
from schemas.fields import to_ms
from schemas.structs import struct_of
from sinks.columns import Column, columns_of
from sinks.ports import Block
from sinks.tables import BODY_COLUMNS, DEAD_LETTER_LOG, RAW_EVENTS

_NULLABLE = frozenset({"due_at", "rework_minutes", "recheck_minutes", "effectiveness", "consistency", "on_time", "csat"})
"""Columns that keep "absent" as null; in the others it is an empty text."""
_RECORD = ("partition", "offset", "timestamp", "key", "value")
_ENVELOPE = ("source", "id", "subject", "time", "sequence", "revision", "recordedat", "deleted", "data")


class _Kind:
    """What one event type gives to the columns of bodies."""

    def __init__(self, event_type: str) -> None:
        body = BODIES[event_type]
        self.columns = {column: field for column, field in BODY_COLUMNS.items() if field in body.model_fields}
        kinds = {column: body.model_fields[field].annotation for column, field in self.columns.items()}
        self.optional = {column for column, kind in kinds.items() if type(None) in get_args(kind)}
        self.blank = struct_of(body)(**dict.fromkeys(body.model_fields))
        """Body of a retraction that carries none: every field is absent."""

    def cells(self, bodies: Sequence[Any]) -> dict[str, Column]:
        """Of each column the type has the cells."""
        texts = self.optional
        if None in bodies:
            bodies = [self.blank if body is None else body for body in bodies]
            texts = set(self.columns)
        found = dict(zip(self.columns, columns_of(bodies, list(self.columns.values())), strict=True))
        for column in texts - _NULLABLE:
            found[column] = [cell or "" for cell in found[column]]
        if "due_at" in found:
            found["due_at"] = [None if moment is None else to_ms(moment) for moment in found["due_at"]]
        return found


_KINDS = {struct: _Kind(event_type) for struct, event_type in TYPE_OF.items()}


def rows_of_events(records: Iterable[PartitionRecord]) -> tuple[Block, Counter[str]]:
    """Rows of raw_events, and how many records were unreadable, by reason.

    An unreadable record makes no row here: journeys park it, and its dead letter is its row.
    """
    readable, unreadable = list(records), Counter[str]()
    partitions, offsets, timestamps, keys, values = columns_of(readable, _RECORD)
    try:
        events = list(map(decode, keys, values))
    except Park:
        readable, events = _readable(readable, unreadable)
        partitions, offsets, timestamps, keys, values = columns_of(readable, _RECORD)
    sources, ids, subjects, times, sequences, revisions, recorded, deleted, bodies = columns_of(events, _ENVELOPE)
    columns: list[Column] = [
        *(partitions, offsets, timestamps, keys, [TYPE_OF[type(event)] for event in events], sources, ids, subjects),
        *(list(map(to_ms, times)), sequences, revisions),
        *([None if moment is None else to_ms(moment) for moment in recorded], deleted, values),
        *_body_columns(events, bodies),
    ]
    return Block(RAW_EVENTS.name, RAW_EVENTS.columns, columns), unreadable


def _readable(records: list[PartitionRecord], unreadable: Counter[str]) -> tuple[list[PartitionRecord], list[Any]]:
    found, events = [], []
    for record in records:
        try:
            events.append(decode(record.key, record.value))
        except Park as park:
            unreadable[park.reason] += 1
        else:
            found.append(record)
    return found, events


def _body_columns(events: list[Any], bodies: Column) -> Iterator[Column]:
    """What the types have in common stands in the same columns; in each an event has the cell of its own place."""
    places: dict[type, list[int]] = {}
    for place, struct in enumerate(map(type, events)):
        mine = places.get(struct)
        if mine is None:
            mine = places[struct] = []
        mine.append(place)
    cells = {struct: _KINDS[struct].cells([bodies[place] for place in mine]) for struct, mine in places.items()}
    for column in BODY_COLUMNS:
        whole: list[Any] = [None if column in _NULLABLE else ""] * len(events)
        for struct, mine in places.items():
            for place, cell in zip(mine, cells[struct].get(column, ()), strict=False):  # a type without the column has none
                whole[place] = cell
        yield whole


def rows_of_dead_letters(records: Iterable[PartitionRecord]) -> Block:
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
