"""What the worker published, read back and held against what was sent: checked before any speed is told."""

import asyncio
from dataclasses import dataclass, field

from bench.ground import Ground
from bench.history import Loaded
from bench.log import Place, stretches
from bench.outcome import Wrong
from schemas.record_codec import decode_fact_or_watermark, decode_score_or_watermark
from schemas.structs.fact_records import ItemRecord
from schemas.structs.scores import Score
from schemas.structs.watermarks import Watermark
from schemas.topics import EVENTS, FACTS, SCORES


@dataclass
class Published:
    """Facts records of one stretch: the newest (version, events, moves, steps) of each item, and the last watermarks."""

    records: int = 0
    newest: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    marks: dict[tuple[int, int], int] = field(default_factory=dict)

    def take(self, value: bytes) -> None:
        """Add a facts record."""
        fact = decode_fact_or_watermark(value)
        self.records += 1
        if isinstance(fact, Watermark):
            self.marks[fact.partition, fact.target] = max(fact.offset, self.marks.get((fact.partition, fact.target), -1))
        elif (
            isinstance(fact, ItemRecord)
            and fact.body is not None
            and fact.version > self.newest.get(fact.subject, (-1, 0, 0, 0))[0]
        ):
            self.newest[fact.subject] = (fact.version, fact.body.events, fact.body.moves, fact.body.reassignments)

    @property
    def steps(self) -> int:
        """Steps of all custody paths."""
        return sum(newest[3] for newest in self.newest.values())


def since(on: Ground, starts: dict[Place, int]) -> Published:
    """What was published after ``starts``."""
    found = Published()

    wanted = {place: end for place, end in on.ends().items() if place[0] == FACTS}

    async def read() -> None:
        async for polled in stretches(on.kafka, starts, wanted, 50_000):
            for records in polled.values():
                for record in records:
                    found.take(record.value)

    asyncio.run(read())
    return found


def check(on: Ground, found: Published, loaded: Loaded) -> None:
    """Raises ``Wrong`` unless each item's newest fact counts its events and moves, and watermarks are at the last ticks."""
    stated = (len(found.newest), sum(n[1] for n in found.newest.values()), sum(n[2] for n in found.newest.values()))
    sent = (loaded.items, loaded.of_items, loaded.moves)
    if stated != sent:
        raise Wrong(f"published (items, events, moves) {stated}, sent {sent}")
    last = {p: end - 1 for (topic, p), end in on.ends().items() if topic == EVENTS}
    wanted = {(p, target): offset for p, offset in last.items() for target in range(on.partitions[FACTS])}
    if found.marks != wanted:
        raise Wrong(f"last watermarks at {found.marks}, the last ticks are {wanted}")


def scored(on: Ground, starts: dict[Place, int]) -> int:
    """Moves that the newest rows of 30 days count, over all two teams: what was written to the scores after ``starts``."""
    newest: dict[tuple[str, ...], tuple[int, int]] = {}
    wanted = {place: end for place, end in on.ends().items() if place[0] == SCORES}

    async def read() -> None:
        async for polled in stretches(on.kafka, starts, wanted, 50_000):
            for record in (record for records in polled.values() for record in records):
                score = decode_score_or_watermark(record.value)
                if type(score) is Score and (score.scope, score.window) == ("both", "30d"):
                    (moves,) = [result.n for result in score.results if result.measure == "moves"]
                    newest[tuple(score.parts)] = max(newest.get(tuple(score.parts), (-1, 0)), (score.version, moves))

    asyncio.run(read())
    return sum(moves for _, moves in newest.values())
