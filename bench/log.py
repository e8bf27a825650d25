"""The topics as the benchmarks write and read them (adapter: aiokafka, the client Faust uses)."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.history import Sent

_BATCH_BYTES = 256 << 10
_FETCH_BYTES = 4 << 20
Place = tuple[str, int]
"""Topic and partition."""


class Filler:
    """Writes records in batches, acknowledged when ``flush`` returns. Uncompressed, as Baton's producers write."""

    def __init__(self, producer: Any, topic: str) -> None:
        self._producer = producer
        self._topic = topic
        self._batches: dict[int, Any] = {}
        self._flying: list[Any] = []
        self.written = 0

    async def put(self, record: Sent) -> None:
        """Add a record; sends its partition's batch when it is full."""
        batch = self._batches.get(record.partition)
        if batch is None:
            batch = self._batches[record.partition] = self._producer.create_batch()
        if batch.append(key=record.key, value=record.value, timestamp=None) is None:
            await self._send(record.partition)
            batch = self._batches[record.partition] = self._producer.create_batch()
            batch.append(key=record.key, value=record.value, timestamp=None)
        self.written += 1

    async def flush(self) -> None:
        """Send what waits and wait for every acknowledgement."""
        for partition in list(self._batches):
            await self._send(partition)
        flying, self._flying = self._flying, []
        for future in flying:
            await future

    async def _send(self, partition: int) -> None:
        batch = self._batches.pop(partition)
        self._flying.append(await self._producer.send_batch(batch, self._topic, partition=partition))
        if len(self._flying) > 64:
            await self._flying.pop(0)


@asynccontextmanager
async def filler(bootstrap: str, topic: str) -> AsyncIterator[Filler]:
    """A ``Filler``; what it holds is flushed at the end."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_batch_size=_BATCH_BYTES)
    await producer.start()
    try:
        filling = Filler(producer, topic)
        yield filling
        await filling.flush()
    finally:
        await producer.stop()


async def fill(bootstrap: str, topic: str, records: Iterable[Sent]) -> int:
    """Write all records; how many."""
    async with filler(bootstrap, topic) as filling:
        for record in records:
            await filling.put(record)
        return filling.written


async def ends(bootstrap: str, partitions: Mapping[str, int]) -> dict[Place, int]:
    """Next offset of every partition. ``partitions``: how many each topic has."""
    async with _reader(bootstrap) as consumer:
        places = [TopicPartition(topic, p) for topic, count in partitions.items() for p in range(count)]
        return {(tp.topic, tp.partition): end for tp, end in (await consumer.end_offsets(places)).items()}


async def stretches(
    bootstrap: str, starts: Mapping[Place, int], stops: Mapping[Place, int], most: int
) -> AsyncIterator[dict[Place, list[Any]]]:
    """``getmany`` and nothing else: what it gives, at most ``most`` records at once, from ``starts`` until all ``stops``."""
    async with _reader(bootstrap) as consumer:
        left = {TopicPartition(*place): stop for place, stop in stops.items() if stop > starts.get(place, 0)}
        consumer.assign(list(left))
        for tp in left:
            consumer.seek(tp, starts.get((tp.topic, tp.partition), 0))
        while left:
            got = await consumer.getmany(*left, timeout_ms=1000, max_records=most)
            for tp, records in got.items():
                if records[-1].offset + 1 >= left[tp]:
                    del left[tp]
            if got:
                yield {(tp.topic, tp.partition): records for tp, records in got.items()}


@asynccontextmanager
async def _reader(bootstrap: str) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, max_partition_fetch_bytes=_FETCH_BYTES)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
