"""Dead letters → rows. Pure; times are ms UTC."""

from collections.abc import Iterable

from broker.records import PartitionRecord
from schemas.kafka_binding import binding_headers
from schemas.topics import DEAD_LETTERS
from sinks.ports import Block
from sinks.tables import DEAD_LETTER_LOG


def rows_of_dead_letters(records: Iterable[PartitionRecord]) -> Block:
    """Rows of dead_letter_log. Raises ``KeyError`` or ``ValueError``, naming the record, when it has no letter's headers."""
    rows = []
    for record in records:
        try:
            rows.append(_row(record))
        except Exception as error:
            # Only the worker writes here, so this is a bug and stops the sink; the note says at which record.
            error.add_note(f"{DEAD_LETTERS} partition {record.partition} offset {record.offset}")
            raise
    if not rows:
        return DEAD_LETTER_LOG.empty()
    return Block(DEAD_LETTER_LOG.name, DEAD_LETTER_LOG.columns, list(zip(*rows, strict=True)))


def _row(record: PartitionRecord) -> tuple[object, ...]:
    binding = dict(binding_headers(record.headers))  # the original's own, which may be anything
    headers = {name: content.decode() for name, content in record.headers if name not in binding}
    return (
        headers["origin"],
        int(headers["partition"]),
        int(headers["position"]),
        headers["reason"],
        headers["detail"],
        headers["by"],
        record.timestamp,
        record.key,
        record.value,
        binding,
    )
