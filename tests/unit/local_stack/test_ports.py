"""Ports are kept."""

import ast
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.stack import ports as ports_module
from local.stack.ports import FIRST, LAST, free_ports, is_free, remembered_ports
from schemas.errors import Stop


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


def test_nobody_is_given_a_port_twice_before_its_process_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Broker and warehouse of one home, and homes started at once: where only four ports are, each is given once."""
    first = next(f for f in range(FIRST, LAST - 4) if all(map(is_free, range(f, f + 4))))
    monkeypatch.setattr(ports_module, "FIRST", first)
    monkeypatch.setattr(ports_module, "LAST", first + 3)
    monkeypatch.setattr(ports_module, "_claims", {})
    mine = (*free_ports(1), *free_ports(1))
    elsewhere = f"from local.stack import ports as p; p.FIRST, p.LAST = {first}, {first + 3}; print(p.free_ports(2))"
    theirs = ast.literal_eval(subprocess.check_output([sys.executable, "-c", elsewhere], text=True, timeout=600))
    assert len({*mine, *theirs}) == 4
    assert set(free_ports(2)) == set(theirs)  # control: that process has ended, its ports may be given again


def test_no_port_left_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """More ports than there are: the message names the range."""
    monkeypatch.setattr(ports_module, "LAST", FIRST)
    with pytest.raises(Stop, match=f"between {FIRST} and {FIRST}"):
        free_ports(2)
