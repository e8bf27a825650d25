"""The outbox in memory: the shipped twin of Kafka's, for laws and oracles."""

from collections.abc import Sequence

from schemas.dead_letters import DeadLetter
from schemas.topics import CONTRIBUTIONS, FACTS, SCORES
from streams.engine.ports import Outgoing, Tick

_WHAT = {FACTS: "fact", CONTRIBUTIONS: "contribution", SCORES: "score"}


class MemoryOutbox:
    """Keeps what was acknowledged, in order: ("fact", key, value), ("contribution", …) and ("score", …) alike,
    ("mark", partition, tick) or ("letter", position, letter)."""

    def __init__(self) -> None:
        self.log: list[tuple[str, object, object]] = []

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Append (kind, key, value) for each record; acknowledged at once."""
        self.log += [(_WHAT[record.topic], record.key, record.value) for record in records]

    async def watermark(self, partition: int, ticks: Sequence[Tick]) -> None:
        """Append ("mark", partition, tick) for each tick, in order."""
        self.log += [("mark", partition, tick) for tick in ticks]

    async def dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Append ("letter", position, letter) for each parked record."""
        self.log += [("letter", letter.position, letter) for letter in letters]
