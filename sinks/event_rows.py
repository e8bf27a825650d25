"""Events → rows, column by column. Pure; times are milliseconds UTC, an absent name is an empty text."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import get_args

from broker.records import PartitionRecord
from schemas.errors import Park
from schemas.event_bodies import BODIES
from schemas.event_codec import TYPE_OF, decode
from schemas.fields import sequence_number, to_ms
from schemas.kafka_binding import binding_headers
from schemas.names import one_form
from schemas.structs import event_bodies
from schemas.structs.events import AnyEvent
from sinks.columns import Column, columns_of
from sinks.ports import Block
from sinks.tables import BODY_COLUMNS, RAW_EVENTS

_MOMENTS = ("due_at", "since_at")
_NULLABLE = frozenset({*_MOMENTS, "rework_minutes", "recheck_minutes", "effectiveness", "consistency", "on_time", "csat"})
"""Columns that keep "absent" as null; in the others it is an empty text."""
_NAMES = frozenset({"to_team", "from_team", "supplier", "customer", "team", "deliverable"})
"""Columns of teams and deliverables, which are compared in one form, as journeys do."""
_RECORD = ("partition", "offset", "timestamp", "key", "value")
_NO_HEADERS: Mapping[str, bytes] = {}
_ENVELOPE = ("source", "id", "subject", "revision", "deleted", "data")


class _Kind:
    """What one event type gives to the columns of bodies."""

    def __init__(self, event_type: str) -> None:
        body = BODIES[event_type]
        self.columns = {column: field for column, field in BODY_COLUMNS.items() if field in body.model_fields}
        kinds = {column: body.model_fields[field].annotation for column, field in self.columns.items()}
        self.optional = {column for column, kind in kinds.items() if type(None) in get_args(kind)}
        self.blank: object = getattr(event_bodies, body.__name__)(**dict.fromkeys(body.model_fields))
        """Body of a retraction that carries none: every field is absent."""

    def cells(self, bodies: Sequence[object]) -> dict[str, Column]:
        """Of each column the type has the cells."""
        texts = self.optional
        # Only retractions have no body; the usual batch has none and is not copied.
        if None in bodies:
            bodies = [self.blank if body is None else body for body in bodies]
            texts = set(self.columns)
        found = dict(zip(self.columns, columns_of(bodies, list(self.columns.values())), strict=True))
        for column in texts - _NULLABLE:
            found[column] = [cell or "" for cell in found[column]]
        for column in _NAMES & self.columns.keys():
            found[column] = [cell and one_form(cell) for cell in found[column]]
        for column in _MOMENTS:
            if column in found:
                found[column] = [to_ms(moment) if isinstance(moment, datetime) else None for moment in found[column]]
        return found


_KINDS = {struct: _Kind(event_type) for struct, event_type in TYPE_OF.items()}


def rows_of_events(records: Iterable[PartitionRecord]) -> tuple[Block, Counter[str]]:
    """Rows of raw_events, and how many records were unreadable, by reason.

    An unreadable record makes no row here: journeys park it, and its dead letter is its row.
    """
    readable, unreadable = list(records), Counter[str]()
    partitions, offsets, timestamps, keys, values = columns_of(readable, _RECORD)
    try:
        # First as if all were readable, which is nearly always so: no ``try`` for each record.
        events = [decode(record.key, record.value, record.headers) for record in readable]
    except Park:
        # One of them is not: decode again, one by one, and leave it out.
        readable, events = _readable(readable, unreadable)
        partitions, offsets, timestamps, keys, values = columns_of(readable, _RECORD)
    sources, ids, subjects, revisions, deleted, bodies = columns_of(events, _ENVELOPE)
    recorded = [None if event.recordedat is None else to_ms(event.recordedat) for event in events]
    # Below the millisecond, as journeys order by them.
    nanos = [event.time.microsecond % 1000 * 1000 + event.timenanos for event in events]
    # Likewise: a text that is no number is none.
    sequences = [e.sequence if type(e.sequence) is int else sequence_number(e.sequence) or 0 for e in events]
    if None in values:  # a retraction in binary mode may have no data
        values = [value or b"" for value in values]
    binding = [dict(binding_headers(record.headers)) if record.headers else _NO_HEADERS for record in readable]
    columns: list[Column] = [
        *(partitions, offsets, timestamps, keys, [TYPE_OF[type(event)] for event in events], sources, ids, subjects),
        *([to_ms(event.time) for event in events], nanos, sequences, revisions, recorded, deleted, values, binding),
        *_body_columns(events, bodies),
    ]
    return Block(RAW_EVENTS.name, RAW_EVENTS.columns, columns), unreadable


def _readable(records: list[PartitionRecord], unreadable: Counter[str]) -> tuple[list[PartitionRecord], list[AnyEvent]]:
    found: list[PartitionRecord] = []
    events: list[AnyEvent] = []
    for record in records:
        try:
            events.append(decode(record.key, record.value, record.headers))
        except Park as park:
            unreadable[park.reason] += 1
        else:
            found.append(record)
    return found, events


def _body_columns(events: Sequence[AnyEvent], bodies: Column) -> Iterator[Column]:
    """What the types have in common stands in the same columns; in each an event has its own cell."""
    rows_of: dict[type, list[int]] = {}
    for row, struct in enumerate(map(type, events)):
        of_struct = rows_of.get(struct)
        if of_struct is None:
            of_struct = rows_of[struct] = []
        of_struct.append(row)
    cells = {struct: _KINDS[struct].cells([bodies[row] for row in of_struct]) for struct, of_struct in rows_of.items()}
    for column in BODY_COLUMNS:
        # A type that lacks the column leaves its rows at the default.
        whole: list[object] = [None if column in _NULLABLE else ""] * len(events)
        for struct, of_struct in rows_of.items():
            for row, cell in zip(of_struct, cells[struct].get(column, ()), strict=False):  # a type without the column has none
                whole[row] = cell
        yield whole
