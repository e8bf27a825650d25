"""A poll → the blocks to insert, in the order that keeps a reader's promise: rows, then watermarks, then positions."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from broker.records import PartitionRecord, TopicPartition
from schemas.topics import DEAD_LETTERS, EVENTS, FACTS, SCORES
from sinks.dead_letter_rows import rows_of_dead_letters
from sinks.event_rows import rows_of_events
from sinks.fact_rows import rows_of_facts
from sinks.hole_rows import rows_of_holes
from sinks.ports import Block, Hole, Polled
from sinks.score_rows import rows_of_scores
from sinks.tables import SINK_POSITIONS


class Batch(NamedTuple):
    """What one round writes. Empty blocks are left out.

    ``rows`` may go in any order; ``watermarks`` only after all rows; ``positions_block`` only after both. ``records``: how
    many were polled, unreadable ones included.
    """

    rows: tuple[Block, ...]
    watermarks: tuple[Block, ...]
    positions_block: Block
    positions: dict[TopicPartition, int]
    unreadable: Counter[str]
    records: int

    @property
    def rows_in_all(self) -> int:
        """Rows of all blocks, positions not counted."""
        return sum(block.rows for block in (*self.rows, *self.watermarks))


def batch_of(polled: Polled, holes: Sequence[Hole] = ()) -> Batch:
    """The batch of a poll and the holes passed in it. A record stands for one row at most, watermarks for two."""
    # All of it in memory before anything is inserted: what can't be decoded raises here, while nothing is half written.
    events, unreadable = rows_of_events(_records(polled, EVENTS))
    *facts, marks = rows_of_facts(_records(polled, FACTS))
    scores, score_marks = rows_of_scores(_records(polled, SCORES))
    letters = rows_of_dead_letters(_records(polled, DEAD_LETTERS))
    # Behind the last record of each partition, also where records made no row: they need not be read again.
    positions = {of: records[-1].offset + 1 for of, records in polled.items() if records}
    # A hole may reach beyond the last record; without this the next start would find it again.
    for hole in holes:
        positions[hole.of] = max(positions.get(hole.of, 0), hole.last + 1)
    positions_block = Block(
        SINK_POSITIONS.name,
        SINK_POSITIONS.columns,
        [[p.topic for p in positions], [p.partition for p in positions], list(positions.values())],
    )
    return Batch(
        # The history of watermarks is no promise to readers, so it may go with the rows.
        rows=_filled(events, letters, *facts, marks.history, scores, score_marks.history, rows_of_holes(holes)),
        watermarks=_filled(marks.watermarks, score_marks.watermarks),
        positions_block=positions_block,
        positions=positions,
        unreadable=unreadable,
        records=sum(map(len, polled.values())),
    )


def _records(polled: Polled, topic: str) -> Iterator[PartitionRecord]:
    return (record for of, records in polled.items() if of.topic == topic for record in records)


def _filled(*blocks: Block) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.rows)
