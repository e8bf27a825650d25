"""Questions to the broker that Faust's client can't ask: a topic's id, and the installation's record."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from schemas.errors import Retry, Stop
from schemas.installation import KEY, Installation, decode
from schemas.topics import CONTROL

_TIMEOUT_MS = 30_000
_BOOTSTRAP_MS = 10_000
"""A person may be waiting for `baton verify` to say that the broker is away."""


class TopicFacts(NamedTuple):
    """Kafka's own id of a topic (another one after delete and create), and its partition count."""

    id: str
    partitions: int


def describe(bootstrap: str, names: list[str]) -> dict[str, TopicFacts]:
    """The named topics. Raises ``Stop`` for one that is missing, ``Retry`` when the broker does not answer."""
    with _answering(bootstrap):
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap, request_timeout_ms=_TIMEOUT_MS, bootstrap_timeout_ms=_BOOTSTRAP_MS
        )
        try:
            found = {t["name"]: t for t in admin.describe_topics(names) if not t.get("error_code")}
        finally:
            admin.close()
    missing = sorted(set(names) - found.keys())
    if missing:
        raise Stop(f"topics missing at {bootstrap}: {', '.join(missing)}", "run `baton topics apply`")
    return {name: TopicFacts(str(t["topic_id"]), len(t["partitions"])) for name, t in found.items()}


def installation(bootstrap: str) -> Installation | None:
    """The newest installation record on the control topic; None when there is none yet. Raises ``Retry``."""
    with _answering(bootstrap):
        consumer = KafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            request_timeout_ms=_TIMEOUT_MS,
            bootstrap_timeout_ms=_BOOTSTRAP_MS,
        )
        try:
            return _newest(consumer)
        finally:
            consumer.close()


@contextmanager
def _answering(bootstrap: str) -> Iterator[None]:
    """Asked first whether anybody listens: a client keeps trying for ten seconds where a refusal comes at once."""
    try:
        _knock(bootstrap)
        yield
    except (KafkaError, OSError) as error:
        raise Retry(f"the broker at {bootstrap} does not answer: {error}") from error


def _knock(bootstrap: str) -> None:
    """Open and close a connection to the first of ``host:port,host:port`` that takes one.

    Raises ``OSError`` when none does. An address without a port is left to the client.
    """
    refused: OSError | None = None
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        if not (host and port.isdecimal()):
            return
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_BOOTSTRAP_MS / 1000).close()
            return
        except OSError as error:
            refused = error
    if refused is not None:
        raise refused


def _newest(consumer: KafkaConsumer) -> Installation | None:
    partition = TopicPartition(CONTROL, 0)
    consumer.assign([partition])
    end = consumer.end_offsets([partition])[partition]
    consumer.seek_to_beginning(partition)
    newest: Installation | None = None
    while consumer.position(partition) < end:
        for records in consumer.poll(timeout_ms=1000).values():
            for record in records:
                if record.key == KEY and record.value is not None:
                    newest = decode(record.value)
    return newest
