"""Whether the broker answers: a real metadata answer over the protocol, not just an open port.

The only module of ``local`` that speaks to Kafka.
"""

import socket
from contextlib import closing

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from kafka.errors import KafkaError

TIMEOUT_MS = 10_000
EXERCISE_MS = 60_000


def broker_answers(address: str) -> bool:
    """True when the broker at ``host:port`` names at least one broker that is not fenced."""
    if not _listens(address):  # asked first: a client that can't bootstrap keeps trying, and keeps its thread
        return False
    try:
        with closing(
            KafkaAdminClient(bootstrap_servers=address, request_timeout_ms=TIMEOUT_MS, bootstrap_timeout_ms=TIMEOUT_MS)
        ) as admin:
            brokers = admin.describe_cluster()["brokers"]
    except (KafkaError, OSError):
        return False
    # A broker that registers again after a crash is listed as fenced and serves nothing until its old session is over.
    return any(not broker.get("is_fenced", False) for broker in brokers)


def exercise(address: str) -> None:
    """Create a topic, write a record and read it in a group, so that the classes of a first use get loaded."""
    with closing(KafkaAdminClient(bootstrap_servers=address)) as admin:
        admin.create_topics([NewTopic("exercise", num_partitions=1, replication_factor=1)])
    with closing(KafkaProducer(bootstrap_servers=address, acks="all")) as producer:
        producer.send("exercise", b"record").get(EXERCISE_MS / 1000)
    reading = KafkaConsumer(
        "exercise",
        bootstrap_servers=address,
        group_id="exercise",
        auto_offset_reset="earliest",
        consumer_timeout_ms=EXERCISE_MS,
    )
    with closing(reading) as consumer:
        next(consumer)
        consumer.commit()


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=TIMEOUT_MS / 1000).close()
    except OSError:
        return False
    return True
