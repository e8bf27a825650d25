"""The session's broker and warehouse are real and come back from a crash."""

import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import clickhouse_connect
import pytest

from local.broker.kafka_probe import broker_answers
from tests.fixtures.providers import Stack

pytestmark = pytest.mark.stack


def count(stack: Stack, query: str) -> int:
    """One number from the warehouse."""
    host, _, port = stack.clickhouse.removeprefix("http://").rpartition(":")
    with closing(
        clickhouse_connect.get_client(
            host=host, port=int(port), username=stack.user, password=stack.password, autogenerate_session_id=False
        )
    ) as client:
        return int(client.query(query).result_rows[0][0])


def test_broker_and_warehouse_answer(stack: Stack) -> None:
    """Both speak their own protocols to ordinary clients."""
    assert broker_answers(stack.kafka)
    assert count(stack, "SELECT 41 + 1") == 42


@pytest.mark.parametrize("name", ["broker", "warehouse"])
def test_a_crashed_provider_comes_back_at_its_address(stack: Stack, name: str) -> None:
    """After `kill` nothing answers at the address, after `revive` the same address does."""
    host, _, port = {"broker": stack.kafka, "warehouse": stack.clickhouse.removeprefix("http://")}[name].rpartition(":")
    stack.kill(name)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port))).close()
    stack.revive()
    assert broker_answers(stack.kafka)
    assert count(stack, "SELECT 1") == 1


@pytest.mark.real
def test_a_real_log_is_found_or_named_as_missing(real_logs: Callable[[str], Path]) -> None:
    """Where the real logs are, their paths are given; elsewhere this test is named in the summary."""
    assert real_logs("bpic2013/incidents.xes.gz").stat().st_size > 1_000_000
