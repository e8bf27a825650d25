"""The run state and what is read from it."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from local.stack import run_state
from local.stack.addresses import Addresses, addresses
from local.stack.process_identity import identify
from local.stack.run_state import ProcessStatus, RunState
from schemas.errors import Stop


@pytest.fixture
def running(tmp_path: Path) -> RunState:
    """State of a home whose supervisor is this very process."""
    run_state.run_folder(tmp_path).mkdir()
    me = identify(os.getpid())
    assert me is not None
    broker = ProcessStatus("broker", "ready", me, "127.0.0.1:1", 2, -9, "boom", 5.0)
    return RunState(me, {"kafka": "127.0.0.1:1", "clickhouse": "http://127.0.0.1:2"}, (broker, replace(broker, identity=None)))


def test_what_is_written_is_read(tmp_path: Path, running: RunState) -> None:
    """Reading gives exactly what was written."""
    run_state.write(tmp_path, running)
    assert run_state.read(tmp_path) == running


def test_addresses_of_a_running_home(tmp_path: Path, running: RunState) -> None:
    """Other commands find broker and warehouse through the home."""
    run_state.write(tmp_path, running)
    assert addresses(tmp_path) == Addresses("127.0.0.1:1", "http://127.0.0.1:2")


def test_a_home_whose_supervisor_is_gone_is_not_running(tmp_path: Path, running: RunState) -> None:
    """State left by a killed supervisor is not taken for a running stack, even when its pid lives again."""
    run_state.write(tmp_path, replace(running, supervisor=replace(running.supervisor, started="earlier")))
    with pytest.raises(Stop, match="baton up"):
        addresses(tmp_path)


def test_a_home_never_started_is_not_running(tmp_path: Path) -> None:
    """The message says which command mends it."""
    with pytest.raises(Stop) as stop:
        addresses(tmp_path)
    assert "baton up" in stop.value.mend


def test_spoilt_state_says_which_file(tmp_path: Path) -> None:
    """A file that isn't JSON is named, with what to do."""
    run_state.run_folder(tmp_path).mkdir()
    (run_state.run_folder(tmp_path) / "state.json").write_text("{")
    with pytest.raises(Stop, match=r"state\.json"):
        run_state.read(tmp_path)
