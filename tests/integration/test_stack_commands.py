"""The process commands, without any process running."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.settings import Settings

PATIENCE = 300


def baton(home: Path, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of Baton in this home, with these settings in its environment."""
    environment = {**os.environ, "BATON_HOME": str(home), **settings}
    command = [sys.executable, "-m", "baton.main", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_doctor_names_every_setting_and_no_secret(tmp_path: Path) -> None:
    """Each setting is listed with the value in effect, a password is not."""
    said = baton(tmp_path, "doctor", BATON_CLICKHOUSE_PASSWORD="not for print", BATON_TICK_MS="500").stdout
    assert all(f"BATON_{name.upper()} " in said for name in Settings.model_fields)
    tick = next(line for line in said.splitlines() if line.startswith("BATON_TICK_MS"))
    assert tick.split()[1] == "500"
    assert "not for print" not in said and "****" in said


def test_doctor_prints_no_secret_of_an_address(tmp_path: Path) -> None:
    """An address is shown without the name and password in it; the rest of it is."""
    who = "anne:s/w,@ord7@"
    addresses = {
        "BATON_CLICKHOUSE": f"http://{who}127.0.0.1:8123",
        "BATON_KAFKA": "anne:ord7@one:9092,anne:ord7@two:9092",
        "BATON_STATE_URL": f"s3://{who}localhost/states",
    }
    said = baton(tmp_path, "doctor", **addresses).stdout
    unreached = baton(tmp_path, "sql", "SELECT 1", BATON_KAFKA="x:1", BATON_CLICKHOUSE=f"http://{who[:5]}ord7@127.0.0.1:1")
    assert "http://****@127.0.0.1:1" in unreached.stderr and "ord7" not in unreached.stderr
    assert "anne" not in said and "ord7" not in said
    for shown in ("http://****@127.0.0.1:8123", "****@one:9092,****@two:9092", "s3://****@localhost/states"):
        assert shown in said
    assert "http://localhost:8123" in baton(tmp_path, "doctor", BATON_CLICKHOUSE="http://localhost:8123").stdout


def test_doctor_says_how_to_mend(tmp_path: Path) -> None:
    """What is wrong has a mend and a code that is not 0; where all is right every line says ok."""
    wrong = baton(tmp_path, "doctor", BATON_TIME_ZONE="Mars/Olympus")
    assert wrong.returncode == 78
    assert "no such time zone" in wrong.stderr and "mend:" in wrong.stderr
    assert "ok     " in baton(tmp_path, "doctor").stdout


def test_wrong_settings_stop_every_command(tmp_path: Path) -> None:
    """The message names the setting and what it holds; the code is 78."""
    said = baton(tmp_path, "status", BATON_TICK_MS="1")
    assert said.returncode == 78
    assert "tick_ms" in said.stderr and "'1'" in said.stderr and "mend:" in said.stderr


def test_reset_leaves_a_directory_that_is_no_home(tmp_path: Path) -> None:
    """A mistyped --home deletes nothing; a home is emptied only with --yes."""
    (tmp_path / "letters").write_text("dear")
    refused = baton(tmp_path, "reset", "--yes")
    assert refused.returncode == 78 and (tmp_path / "letters").exists()
    (tmp_path / "run").mkdir()
    asked = baton(tmp_path, "reset")
    assert asked.returncode == 78 and "--yes" in asked.stderr and (tmp_path / "letters").exists()
    assert baton(tmp_path, "reset", "--yes").returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_logs_names_what_there_is(tmp_path: Path) -> None:
    """A log that doesn't exist is answered with those that do; one that does is printed from its end."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "broker.log").write_text("one\ntwo\nthree\n")
    missing = baton(tmp_path, "logs", "brokr")
    assert missing.returncode == 78 and "broker" in missing.stderr
    assert baton(tmp_path, "logs", "broker", "-n", "2").stdout == "two\nthree\n"


@pytest.mark.parametrize("name", ["up", "down", "status", "doctor", "logs", "reset", "setup", "prepare"])
def test_help_has_an_example(tmp_path: Path, name: str) -> None:
    """Every process command shows how it is used."""
    said = baton(tmp_path, name, "--help").stdout
    assert "Example" in said and f"baton {name}" in said
