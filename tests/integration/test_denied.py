"""A broker that denies access is no broker that is away: a worker stops and says what to grant."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiokafka.errors import AuthenticationFailedError, KafkaConnectionError, KafkaError, TopicAuthorizationFailedError
from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, NewTopic, ResourcePattern, ResourceType

from local.broker import broker_home
from local.broker.properties import server_properties
from schemas.errors import Stop
from schemas.topics import FACTS
from streams.engine.outbox import KafkaOutbox, _denied
from streams.engine.ports import Outgoing
from tests.fixtures.providers import Stack, local_stack

AUTHORIZER = """authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
"""
PATIENCE = 300


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A broker that asks who may do what; everybody may, until something is denied."""
    monkeypatch.setattr(broker_home, "server_properties", lambda *args: server_properties(*args) + AUTHORIZER)
    with local_stack(tmp_path / "home", ("broker",)) as stack:
        yield stack


async def publish(address: str) -> None:
    """One record of the facts, as a worker would."""
    outbox = KafkaOutbox(address, 1, 1, {FACTS: 1}, 1)
    try:
        await asyncio.wait_for(outbox.publish([Outgoing(FACTS, b"p", b"k", b"v")]), PATIENCE)
    finally:
        await outbox.close()


def told(address: str, denied: bool) -> Stop | None:
    """What publishing ends with, once the broker's own view of who may do what has caught up."""
    until = time.monotonic() + PATIENCE
    while True:
        found = None
        try:
            asyncio.run(publish(address))
        except Stop as stop:
            found = stop
        if (found is not None) == denied or time.monotonic() > until:
            return found


@pytest.mark.stack
@pytest.mark.filterwarnings("ignore:Topic .* is not authorized")
def test_a_denied_topic_stops_the_worker(broker: Stack) -> None:
    """Without the right to write the outbox stops, naming topic and right; with it again the same record is written."""
    with closing(KafkaAdminClient(bootstrap_servers=broker.kafka)) as admin:
        admin.create_topics([NewTopic(FACTS, num_partitions=1, replication_factor=1)])
        denial = ACL(
            "User:ANONYMOUS", "*", ACLOperation.WRITE, ACLPermissionType.DENY, ResourcePattern(ResourceType.TOPIC, FACTS)
        )
        admin.create_acls([denial])
        stop = told(broker.kafka, denied=True)
        assert stop is not None
        assert f"denies this account to write {FACTS}" in stop.problem
        assert f"grant it Write and Describe on {FACTS}" in stop.mend
        admin.delete_acls([denial])
        assert told(broker.kafka, denied=False) is None


@pytest.mark.parametrize(
    ("error", "denied"),
    [
        (TopicAuthorizationFailedError("t"), True),
        (AuthenticationFailedError("wrong password"), True),
        (KafkaConnectionError("away"), False),
        (OSError("away"), False),
        (KafkaError("unknown"), False),
    ],
)
def test_only_a_denial_is_one(error: Exception, denied: bool) -> None:
    """What may pass by itself is tried again; a denial is known also as the cause of another error, as clients hand it on."""
    assert _denied(error) is denied
    wrapped = KafkaError("Unexpected error during batch delivery")
    wrapped.__cause__ = error
    assert _denied(wrapped) is denied
