"""One contract for every outbox: the shipped twin in memory, and aiokafka on a real broker."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple, Protocol

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import NewTopic

from schemas.dead_letters import DeadLetter
from schemas.keys import fact_key
from schemas.record_codec import decode_fact_or_watermark
from schemas.structs.watermarks import Watermark
from schemas.topics import FACTS
from streams.engine import outbox as adapter
from streams.engine.memory_outbox import MemoryOutbox
from streams.engine.outbox import KafkaOutbox
from streams.engine.ports import Outbox, Outgoing, Tick
from tests.fixtures.providers import Stack

TARGETS = 2
LETTERS = [
    DeadLetter(b"W1", b"\xff\x00 not json", "invalid_json", "line 1: oddly \N{SNOWMAN}", "baton.events.v1", 1, 7, "journeys"),
    DeadLetter(None, None, "null_value", "x" * 900, "baton.events.v1", 1, 8, "journeys"),
]


class Letter(NamedTuple):
    """A dead letter as it is read back."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


class Published(Protocol):
    """What a reader finds, each partition's records in order."""

    def records(self) -> list[list[tuple[bytes, Any]]]:
        """Facts (key, value) and watermarks (b"mark", (w, offset)), a list for each partition."""

    def letters(self) -> list[Letter]:
        """The dead letters."""


class InMemory:
    """Reads the twin, which has one partition."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self.outbox = outbox

    def records(self) -> list[list[tuple[bytes, Any]]]:
        """Of its one log."""
        found: list[tuple[bytes, Any]] = []
        for what, key, value in self.outbox.log:
            if what == "fact":
                found.append((key, value))  # type: ignore[arg-type]  # the log is of several kinds
            elif what == "mark":
                found.append((b"mark", (value.w, value.offset)))  # type: ignore[attr-defined]  # as above
        return [found]

    def letters(self) -> list[Letter]:
        """Of its one log."""
        found = [letter for what, _, letter in self.outbox.log if what == "letter"]
        return [Letter(x.key, x.value, x.headers()) for x in found]  # type: ignore[attr-defined]  # as above


class OnBroker:
    """Reads the topics from their start to their end."""

    def __init__(self, bootstrap: str, facts: str, letters: str) -> None:
        self.bootstrap, self.facts, self.letter_topic = bootstrap, facts, letters

    def read(self, topic: str) -> list[list[Any]]:
        """Every record of a topic, by partition."""
        places = [TopicPartition(topic, n) for n in range(TARGETS)]
        found: dict[TopicPartition, list[Any]] = {place: [] for place in places}
        with closing(KafkaConsumer(bootstrap_servers=self.bootstrap)) as consumer:
            consumer.assign(places)
            consumer.seek_to_beginning(*places)
            ends = consumer.end_offsets(places)
            while any(consumer.position(place) < ends[place] for place in places):
                for place, records in consumer.poll(timeout_ms=1000).items():
                    found[place] += records
        return list(found.values())

    def records(self) -> list[list[tuple[bytes, Any]]]:
        """Of the facts topic; watermarks are checked for their place."""
        return [[self.record(r, target) for r in rows] for target, rows in enumerate(self.read(self.facts))]

    def record(self, record: Any, target: int) -> tuple[bytes, Any]:
        """A fact as it is, a watermark in short."""
        if not record.key.startswith(b"watermark"):
            return record.key, record.value
        mark = decode_fact_or_watermark(record.value)
        assert isinstance(mark, Watermark)
        assert (mark.generation, mark.partition, mark.partitions, mark.target, mark.targets) == (5, 1, 4, target, TARGETS)
        return b"mark", (mark.w, mark.offset)

    def letters(self) -> list[Letter]:
        """Of the dead letters' topic."""
        return [Letter(r.key, r.value, r.headers) for rows in self.read(self.letter_topic) for r in rows]


class Sender:
    """An outbox whose facts go to one topic."""

    def __init__(self, outbox: Outbox, topic: str) -> None:
        self.outbox, self.topic = outbox, topic
        self.watermark, self.dead_letters = outbox.watermark, outbox.dead_letters

    async def facts(self, records: list[tuple[bytes, bytes]]) -> None:
        """Keys and values; the key chooses the partition."""
        await self.outbox.publish([Outgoing(self.topic, key, key, value) for key, value in records])


Place = tuple[Sender, Published, Callable[[], Awaitable[None]]]


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.stack)])
def place(request: pytest.FixtureRequest, unique: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An outbox with empty topics of its own, what reads them, and how to close it."""
    if request.param == "memory":
        twin = MemoryOutbox()

        async def nothing() -> None: ...

        yield Sender(twin, FACTS), InMemory(twin), nothing
        return
    stack: Stack = request.getfixturevalue("stack")
    facts, letters = f"{unique}.facts", f"{unique}.letters"
    with closing(KafkaAdminClient(bootstrap_servers=stack.kafka)) as admin:
        admin.create_topics([NewTopic(t, num_partitions=TARGETS, replication_factor=1) for t in (facts, letters)])
    monkeypatch.setattr(adapter, "DEAD_LETTERS", letters)
    outbox = KafkaOutbox(stack.kafka, 5, 4, {facts: TARGETS}, TARGETS)
    yield Sender(outbox, facts), OnBroker(stack.kafka, facts, letters), outbox.close


def publish(place: Place, steps: Callable[[Sender], Awaitable[None]]) -> Published:
    """Run the steps, close the outbox; what a reader finds then."""
    outbox, published, close = place

    async def whole() -> None:
        try:
            await steps(outbox)
        finally:
            await close()

    asyncio.run(whole())
    return published


def fact(subject: str, value: bytes) -> tuple[bytes, bytes]:
    """A fact record; its value is opaque to the outbox."""
    return fact_key("item", subject), value


def test_facts_arrive_whole_and_in_order_by_key(place: Place) -> None:
    """Every fact is there once, byte for byte, a key's values in the order they were given, all in one partition."""
    facts = [fact(f"W{n % 7}", b"%d" % n) for n in range(500)]

    async def steps(outbox: Sender) -> None:
        await outbox.facts(facts)

    partitions = publish(place, steps).records()
    assert sorted(r for rows in partitions for r in rows) == sorted(facts)
    for key in {key for key, _ in facts}:
        holding = [[value for k, value in rows if k == key] for rows in partitions]
        assert [values for values in holding if values] == [[value for k, value in facts if k == key]]


def test_a_watermark_stands_behind_the_facts_before_it_everywhere(place: Place) -> None:
    """Each tick's watermark is in every partition, in order, behind all facts of calls that had returned."""
    first, second = [fact(f"W{n}", b"1") for n in range(20)], [fact(f"W{n}", b"2") for n in range(20)]
    ticks = [Tick(1000, 4, 0), Tick(2000, 5, 0), Tick(3000, 9, 0)]

    async def steps(outbox: Sender) -> None:
        await outbox.facts(first)
        await outbox.watermark(1, ticks[:2])
        await outbox.facts(second)
        await outbox.watermark(1, ticks[2:])

    partitions = publish(place, steps).records()
    for rows in partitions:
        assert [value for key, value in rows if key == b"mark"] == [(t.w, t.offset) for t in ticks]
        written = [value for _, value in rows]
        assert b"1" in written
        assert b"2" in written
        assert b"1" not in written[written.index((1000, 4)) :]
        assert b"2" not in written[: written.index((2000, 5))]
        assert b"2" not in written[written.index((3000, 9)) :]


def test_dead_letters_keep_their_bytes(place: Place) -> None:
    """A dead letter's key and value are the original's, null ones too; where from and why stand in the headers."""

    async def steps(outbox: Sender) -> None:
        await outbox.dead_letters(LETTERS)

    found = publish(place, steps).letters()
    assert found == [Letter(letter.key, letter.value, letter.headers()) for letter in LETTERS]
    headers = dict(found[1].headers)
    assert (headers["reason"], headers["position"], len(headers["detail"])) == (b"null_value", b"8", 500)


def test_nothing_to_publish_writes_nothing(place: Place) -> None:
    """Calls without records write no record."""

    async def steps(outbox: Sender) -> None:
        await outbox.facts([])
        await outbox.dead_letters([])
        await outbox.watermark(1, [])

    published = publish(place, steps)
    assert [r for rows in published.records() for r in rows] == []
    assert published.letters() == []


def test_more_than_one_batch_arrives(place: Place) -> None:
    """Calls far beyond one batch, with single records beyond it too, arrive whole."""
    facts = [fact(f"W{n}", bytes([n]) * 300_000) for n in range(20)] + [fact("large", b"\x00\x01" * 900_000)]

    async def steps(outbox: Sender) -> None:
        await outbox.facts(facts)

    partitions = publish(place, steps).records()
    assert sorted(r for rows in partitions for r in rows) == sorted(facts)


@pytest.mark.stack
def test_a_call_outlasts_a_crash_of_the_broker(stack: Stack, unique: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that meets a crash of the broker returns only when everything is there, maybe some of it twice."""
    facts, letters = f"{unique}.facts", f"{unique}.letters"
    with closing(KafkaAdminClient(bootstrap_servers=stack.kafka)) as admin:
        admin.create_topics([NewTopic(facts, num_partitions=TARGETS, replication_factor=1)])
    wanted = [fact(f"W{n}", b"%d" % n) for n in range(200)]
    outbox = KafkaOutbox(stack.kafka, 5, 4, {facts: TARGETS}, TARGETS)
    sender = Sender(outbox, facts)

    killed, begun = threading.Event(), threading.Event()

    async def steps() -> None:
        try:
            await sender.facts(wanted[:100])
            begun.set()
            await asyncio.to_thread(killed.wait, 600)
            await sender.facts(wanted[100:])
            assert revived.is_set(), "acknowledged by nobody"
        finally:
            await outbox.close()

    revived = threading.Event()
    with ThreadPoolExecutor(1) as pool:  # the broker ends with the thread that starts it, so that is this one
        sending = pool.submit(asyncio.run, steps())
        assert begun.wait(600), sending.exception()
        stack.kill("broker")
        killed.set()
        with pytest.raises(TimeoutError):
            sending.result(1)
        revived.set()
        stack.revive()
        sending.result(600)
    found = [r for rows in OnBroker(stack.kafka, facts, letters).records() for r in rows]
    assert sorted(set(found)) == sorted(wanted)
    assert all(found.count(record) == 1 for record in wanted[:100])
