"""Partitions of the events that wait for a transaction to end: nothing behind its first record is read before."""

from contextlib import closing
from typing import NamedTuple

from broker.reader import TopicReader
from broker.topics import described
from schemas.topics import EVENTS


class OpenTransaction(NamedTuple):
    """Readers of ``partition`` wait at ``offset``; ``behind`` records and markers stand from there on."""

    partition: int
    offset: int
    behind: int

    def __str__(self) -> str:
        return (
            f"WAITS {EVENTS} partition {self.partition} waits at offset {self.offset}: a transaction is open there, and "
            f"{self.behind} records from it on are read when its producer commits or aborts, or the broker times it out"
        )


def open_transactions(kafka: str) -> list[OpenTransaction]:
    """Raises ``Retry`` while the broker is away, ``Stop`` when there is no such topic."""
    count = described(kafka, [EVENTS])[EVENTS].partitions
    with closing(TopicReader(kafka, uncommitted=True)) as everything, closing(TopicReader(kafka)) as committed:
        ends = everything.ends(EVENTS, count)  # first: what comes between the two questions must not look held up
        stable = committed.ends(EVENTS, count)
    return [OpenTransaction(p, at, end - at) for p, (at, end) in enumerate(zip(stable, ends, strict=True)) if at < end]
