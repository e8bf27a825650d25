"""Ports are kept."""

import socket
from pathlib import Path

from local.stack.ports import FIRST, LAST, free_ports, is_free, remembered_ports


def test_ports_are_the_same_at_each_start(tmp_path: Path) -> None:
    """A home's processes come back at the ports they had."""
    memory = tmp_path / "broker" / "ports.json"
    assert remembered_ports(memory, 2) == remembered_ports(memory, 2)


def test_a_port_in_use_is_replaced_and_the_other_stays(tmp_path: Path) -> None:
    """Only the port that is taken changes, and the new one is remembered."""
    memory = tmp_path / "ports.json"
    kept, lost = remembered_ports(memory, 2)
    with socket.socket() as other:
        other.bind(("127.0.0.1", lost))
        other.listen()
        assert not is_free(lost)
        now = remembered_ports(memory, 2)
    assert kept in now and lost not in now
    assert set(remembered_ports(memory, 2)) == set(now)


def test_ports_lie_below_those_of_outgoing_connections() -> None:
    """A client that asks for a process that is down must never be given its port to ask from."""
    ports = free_ports(50)
    assert len(set(ports)) == 50
    assert all(FIRST <= port <= LAST < 32_768 for port in ports)
