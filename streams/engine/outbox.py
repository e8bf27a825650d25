"""The outbox on aiokafka: whole batches, acknowledged by all in-sync replicas before the call returns.

While the broker is away it backs off (``runtime.retry``) and logs each wait. A batch whose fate is unknown is sent again by a
new producer: every record is an upsert at a version, so a second copy changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    ClusterAuthorizationFailedError,
    KafkaError,
    MessageSizeTooLargeError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnsupportedSaslMechanismError,
)

from broker.partitioner import output_partition
from runtime.retry import AsyncRetry
from schemas.dead_letters import DeadLetter
from schemas.errors import Retry, Stop
from schemas.keys import watermark_key
from schemas.record_codec import encode_record
from schemas.structs.watermarks import Watermark
from schemas.topics import DEAD_LETTERS
from streams.engine.ports import Outgoing, Tick

_log = structlog.get_logger("outbox")
_BREATH = 200
"""Records between two looks at the event loop."""
_BATCH_BYTES = 1 << 20
_MOST_LETTER_BYTES = (4 << 20) - (192 << 10)
"""Of key and value. A letter has headers that its original had not, and must still be one record of its topic."""
_DENIALS = (
    TopicAuthorizationFailedError,
    ClusterAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
)
"""Trying again changes nothing: the account lacks a grant."""
Payload: TypeAlias = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]
"""Key, value and headers."""
Batches: TypeAlias = dict[tuple[str, int], list[Payload]]
"""By topic and partition."""


class KafkaOutbox:
    """Publishes for one stage of one worker.

    ``partitions``: of the stage's source topic. ``targets``: topic the stage writes → its partition count; each watermark
    goes to every one of them. ``letter_targets``: partitions of the dead-letter topic. Every call raises ``StopRequested``
    once ``stop`` is set while the broker is away.
    """

    def __init__(
        self,
        bootstrap: str,
        generation: int,
        partitions: int,
        targets: Mapping[str, int],
        letter_targets: int,
        stop: asyncio.Event | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._retry = AsyncRetry(stop or asyncio.Event())
        self._generation = generation
        self._partitions = partitions
        self._targets = targets
        self._letter_targets = letter_targets
        self._producer: AIOKafkaProducer | None = None
        # All partitions of the worker share one producer, and their steps call at once.
        self._starting = asyncio.Lock()
        self._building = asyncio.Lock()

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Publish records, each to the partition that its ``partition_key`` gives."""
        rows: Batches = {}
        for number, (topic, partition_key, key, value) in enumerate(records):
            rows.setdefault((topic, output_partition(partition_key, self._targets[topic])), []).append((key, value, []))
            if number % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
        await self._deliver(rows)

    async def watermark(self, partition: int, ticks: Sequence[Tick]) -> None:
        """One watermark for each tick, in order, to every partition of every target."""
        rows: Batches = {}
        for topic, targets in self._targets.items():
            for target in range(targets):
                rows[topic, target] = [
                    (
                        watermark_key(partition),
                        encode_record(
                            Watermark(
                                generation=self._generation,
                                partition=partition,
                                partitions=self._partitions,
                                target=target,
                                targets=targets,
                                w=tick.w,
                                offset=tick.offset,
                            )
                        ),
                        [],
                    )
                    for tick in ticks
                ]
        await self._deliver(rows)

    async def dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Parked records, original bytes as they were; of one that is too large for a letter the beginning."""
        rows: Batches = {}
        for letter in map(fitting, letters):
            target = (DEAD_LETTERS, letter.partition % self._letter_targets)
            rows.setdefault(target, []).append((letter.key, letter.value, letter.headers()))
        await self._deliver(rows)

    async def _deliver(self, rows: Batches) -> None:
        if rows:
            await self._retry.until_done("publish", partial(self._try, rows))

    async def _try(self, rows: Batches) -> None:
        """One attempt. A batch whose fate is unknown is sent again: every record is an upsert at a version."""
        topics = " and ".join(sorted({topic for topic, _ in rows}))
        producer = None
        try:
            producer = await self._started()
            sent = []
            async with self._building:  # one at a time: building costs the processor, and consuming must go on between
                for (topic, partition), payloads in rows.items():
                    sent.append(await self._send(producer, topic, partition, payloads))
            # Waited for outside the lock: the round trips of all batches overlap, those of other calls too.
            for acknowledged in sent:
                await acknowledged()
        except MessageSizeTooLargeError as error:
            raise Stop(
                f"the broker refuses a record of {topics} as too large",
                "raise max.message.bytes of that topic on the broker, then start the worker again",
            ) from error
        except (KafkaError, OSError) as error:
            # An idempotent producer that lost a batch has a hole in its sequence and is refused for good; the next starts
            # anew.
            await self._forget(producer)
            if _denied(error):
                raise Stop(
                    f"the broker at {self._bootstrap} denies this account to write {topics}: {error!r}",
                    f"grant it Write and Describe on {topics}, then start the worker again; nothing is lost meanwhile",
                ) from error
            raise Retry(f"the broker at {self._bootstrap}: {error!r}") from error

    async def _send(
        self, producer: AIOKafkaProducer, topic: str, partition: int, rows: Iterable[Payload]
    ) -> Callable[[], Awaitable[None]]:
        """Hand rows over in batches; gives what waits for their acknowledgement."""
        # Whole batches: one ``send`` for each record took most of a fold's time.
        waiting = []
        batch = producer.create_batch()
        for number, (key, value, headers) in enumerate(rows):
            if number % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
            if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
                waiting.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                # Alone larger than a batch. ``send`` takes it up to max_request_size and names it too large beyond.
                if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
                    waiting.append(await producer.send(topic, value, key, partition, headers=headers))
        if batch.record_count():
            waiting.append(await producer.send_batch(batch, topic, partition=partition))

        async def acknowledged() -> None:
            await asyncio.gather(*waiting)

        return acknowledged

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    acks="all",
                    enable_idempotence=True,
                    max_batch_size=_BATCH_BYTES,
                    max_request_size=4 * _BATCH_BYTES,
                    # the client compresses lz4 at its slowest level
                    compression_type="zstd",
                    request_timeout_ms=30_000,
                )
                try:
                    await producer.start()
                except BaseException:
                    # Also when cancelled: a client that was only half started leaves its tasks behind.
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def _forget(self, producer: AIOKafkaProducer | None) -> None:
        # Several calls fail with the same producer; only the first replaces it.
        if self._producer is not producer or producer is None:
            return
        self._producer = None
        try:
            # It waits for acknowledgements that a broker that is away never sends; they are sent again anyway.
            await asyncio.wait_for(producer.stop(), 5)
        except (KafkaError, OSError, TimeoutError) as error:
            _log.info("the old producer did not stop cleanly", error=repr(error))

    async def close(self) -> None:
        """Stop the producer. Nothing is left unsent: every call has waited for its acknowledgement."""
        if self._producer is not None:
            await self._forget(self._producer)


def _denied(error: BaseException | None) -> bool:
    """Whether the broker refuses, rather than being away; the client may hand it over as the cause of another error."""
    while error is not None and not isinstance(error, _DENIALS):
        error = error.__cause__
    return error is not None


def fitting(letter: DeadLetter) -> DeadLetter:
    """The letter, cut where key and value are too large for its topic; its detail then tells what was kept.

    An original may be that large because the broker measures what is compressed. The larger part is cut, so that the
    letter is still unusable for the same reason.
    """
    key, value = letter.key or b"", letter.value or b""
    if len(key) + len(value) <= _MOST_LETTER_BYTES:
        return letter
    key = key[: _MOST_LETTER_BYTES // 2]
    value = value[: _MOST_LETTER_BYTES - len(key)]
    detail = (
        f"{letter.detail}; kept here: {len(key)} bytes of the key, {len(value)} of the value; the whole is at its position"
    )
    return replace(letter, key=letter.key and key, value=letter.value and value, detail=detail)
