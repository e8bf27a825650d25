"""`baton status` tells a trouble to people and programs, and that not everything works."""

import json
import os
from pathlib import Path

import pytest
import typer

from baton.commands import status
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
    assert "PARKED source 'x': 500 records parked" in capsys.readouterr().out
    with pytest.raises(typer.Exit):
        status.command(home, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["up"], found["processes"][0]["trouble"]) == (True, "")
    assert found["processes"][0]["parked_sources"] == ["source 'x': 500 records parked", "mend"]
