"""`baton status` tells a trouble to people and programs, and that not everything works."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest
import typer

from baton.commands import status
from baton.letters import WHICH, Letters
from local.stack import run_state
from local.stack.process import report_parked_sources, report_trouble
from local.stack.process_identity import identify
from local.stack.run_state import ProcessStatus, RunState

WORDS = "partition 0: every tick refused for over a minute"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose supervisor and worker are this very process, on servers that nobody asks."""
    monkeypatch.setenv("BATON_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("BATON_CLICKHOUSE", "http://127.0.0.1:2")
    monkeypatch.setattr(status, "process_lags", lambda _settings: {})
    monkeypatch.setattr(status, "waiting_partitions", lambda *_: [])
    monkeypatch.setattr(status, "letters_in", lambda _settings: None)
    me = identify(os.getpid())
    assert me is not None
    run_state.run_folder(tmp_path).mkdir()
    run_state.write(tmp_path, RunState(me, {}, (ProcessStatus("worker", "ready", me, None, 0, None, "", 5.0),)))
    return tmp_path


def test_a_trouble_is_told_and_ends_with_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While a process reports a trouble it stands below it and in its JSON, nothing counts as up, and the exit code is 1."""
    report_trouble(home, "worker", WORDS)
    with pytest.raises(typer.Exit) as ended:
        status.command(home)
    assert ended.value.exit_code == 1
    assert f"TROUBLE {WORDS}" in capsys.readouterr().out
    with pytest.raises(typer.Exit):
        status.command(home, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["up"], found["running"], found["processes"][0]["trouble"]) == (False, True, WORDS)


def test_without_a_trouble_all_is_well(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once it is over nothing of it is told, and the exit code is 0."""
    report_trouble(home, "worker", WORDS)
    report_trouble(home, "worker", "")
    status.command(home)
    assert "TROUBLE" not in capsys.readouterr().out
    status.command(home, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["up"], found["processes"][0]["trouble"]) == (True, "")


def test_a_source_in_trouble_is_told_and_the_process_is_up(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whose records are mostly parked stands below the worker and in its JSON, the exit code is 1, and the home is up."""
    report_parked_sources(home, "worker", "source 'x': 500 records parked\nmend")
    with pytest.raises(typer.Exit) as ended:
        status.command(home)
    assert ended.value.exit_code == 1
    assert "PARKS source 'x': 500 records parked" in capsys.readouterr().out
    with pytest.raises(typer.Exit):
        status.command(home, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["up"], found["processes"][0]["trouble"]) == (True, "")
    assert found["processes"][0]["parked_sources"] == ["source 'x': 500 records parked", "mend"]


def test_what_was_parked_is_told(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, with the query that says which; where nothing was, nothing is said."""
    status.command(home)
    assert "PARKED" not in capsys.readouterr().out
    letters = Letters(16, datetime(2026, 3, 2, 22, 10), "wrong_partition", 14)
    monkeypatch.setattr(status, "letters_in", lambda _settings: letters)
    status.command(home)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("PARKED")]
    assert "16 dead letters, 14 of them for wrong_partition, the newest of 2026-03-02 22:10 UTC" in line and WHICH in line
    status.command(home, as_json=True)
    assert json.loads(capsys.readouterr().out)["dead_letters"] == 16
    assert str(Letters(1, datetime(2026, 3, 2, 22, 10), "rejected", 1)).startswith("1 dead letter, for rejected, the newest")
