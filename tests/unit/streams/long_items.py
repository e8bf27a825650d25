"""Items with many moves through the journeys fold, and the bytes of what it publishes, by topic."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schemas.record_codec import decode_contribution, encode_record
from schemas.structs.contributions import Contribution, Entry
from schemas.topics import CONTRIBUTIONS, FACTS
from streams.engine.memory_store import MemoryStore
from streams.engine.ports import Outgoing, Tick
from streams.journeys.fold import Journeys
from streams.journeys.late_arrivals import Arrival
from streams.journeys.stored_event import MOVED, STATUS, WORKING, Moved, StatusSet, StoredBody, StoredEvent

T0 = 1_772_442_000_000
MINUTE = 60_000


class Shape(NamedTuple):
    """How an item goes round: ``teams`` in turn, and whether each works on it before it hands on."""

    teams: int
    works: bool


SHAPES = {
    "three teams that work": Shape(3, works=True),
    "three teams that hand on": Shape(3, works=False),
    "two teams that work": Shape(2, works=True),
    "two teams that send it back": Shape(2, works=False),
    "twenty teams that work": Shape(20, works=True),
}


def arrival(subject: str, number: int, code: int, body: StoredBody) -> Arrival:
    """The ``number``-th event, a minute after the one before; all arrive at one time, as imported ones do."""
    time = T0 + number * MINUTE
    return Arrival(subject, ("desk", f"e{number}"), T0, StoredEvent(0, -1, False, time, 0, 0, code, body))


def moved(subject: str, number: int, team: int) -> Arrival:
    """A move to a team."""
    return arrival(subject, number, MOVED, Moved(f"team-{team}", "", "", "", -1))


def events(shape: Shape, moves: int, subject: str = "long") -> Iterator[Arrival]:
    """The item's events in order."""
    number = 0
    for n in range(moves):
        yield moved(subject, number, n % shape.teams)
        number += 1
        if shape.works:
            yield arrival(subject, number, STATUS, StatusSet(WORKING))
            number += 1


class Published(NamedTuple):
    """Bytes of keys and values by topic, those of arrivals left out; and those of contributions in the old way: all of an
    item's entries of a scope, once more at each change of one of them."""

    bytes_of: Counter[str]
    whole: int


def fold() -> Journeys:
    """A fold with room for all items."""
    return Journeys(MemoryStore(), 0, 1, 400, 10_000)


def published(journeys: Journeys, arrivals: Iterable[Arrival]) -> Published:
    """What is published of events of one item that each close a cut of their own."""
    bytes_of: Counter[str] = Counter()
    whole = 0
    stands: dict[tuple[str, ...], dict[bytes, list[Entry]]] = {}
    for offset, one in enumerate(arrivals):
        touched: dict[tuple[str, ...], Contribution] = {}
        for record in journeys.close([one], Tick(one.event.time + 1, offset, one.append_ms)):
            given = decode_contribution(record.value) if record.topic == CONTRIBUTIONS else None
            if record.key.startswith(b"intake") or (given is not None and given.scope == "source"):
                continue
            bytes_of[record.topic] += size(record)
            if given is not None:
                scope = (given.scope, *given.parts)
                touched[scope] = given
                stands.setdefault(scope, {})[record.key] = given.entries
        for scope, last in touched.items():
            every = [entry for entries in stands[scope].values() for entry in entries]
            together = Contribution(
                scope=last.scope,
                parts=last.parts,
                subject=last.subject,
                version=last.version,
                partition=last.partition,
                w=last.w,
                live=bool(every),
                entries=every,
            )
            whole += len(encode_record(together)) + len("".join(scope))
    return Published(bytes_of, whole)


def size(record: Outgoing) -> int:
    """Bytes of a record's key and value."""
    return len(record.key) + len(record.value)


def main() -> None:
    """Print bytes for items of 50 to 200 moves: ``python -m tests.unit.streams.long_items``."""
    for name, shape in SHAPES.items():
        for moves in (50, 100, 200):
            found = published(fold(), events(shape, moves))
            line = f"{name}, {moves} moves: contributions {found.bytes_of[CONTRIBUTIONS]:,} bytes"
            print(f"{line}, whole {found.whole:,}; facts {found.bytes_of[FACTS]:,}")  # noqa: T201  # what it is for


if __name__ == "__main__":
    main()
