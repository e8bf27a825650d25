"""The local warehouse may be killed at any moment: what it acknowledged is there, what it didn't may be sent again."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

COLUMNS = ["k", "n", "version"]


def test_killed_between_commit_and_reply(
    start: Callable[..., Any], connect: Callable[..., Client], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After the crash between commit and reply, and any kill -9, acknowledged rows are there and a retry doubles nothing."""
    path: Path = tmp_path_factory.mktemp("killed") / "home"
    process = start(path, "--die-after-insert", "2")
    client = connect(process.url)
    client.command("CREATE DATABASE baton")
    client.command(
        "CREATE TABLE baton.facts (k String, n Int64, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY k"
    )
    acknowledged = [(f"first {number}", 1, 1) for number in range(1000)]
    unanswered = [(f"second {number}", 2, 1) for number in range(1000)]
    client.insert("baton.facts", acknowledged, column_names=COLUMNS)
    with pytest.raises(ClickHouseError):
        client.insert("baton.facts", unanswered, column_names=COLUMNS)
    assert process.died() == -9

    process = start(path)
    client = connect(process.url, database="baton")
    assert client.command("SELECT count() FROM facts") == 2000, "committed before the crash, so there after it"
    client.command("SYSTEM STOP MERGES facts")
    client.insert("facts", unanswered, column_names=COLUMNS)
    assert client.command("SELECT count() FROM facts") == 3000, "the control: the retry did write the rows again"
    assert client.command("SELECT count(), sum(n) FROM facts FINAL") == ["2000", "3000"]

    process.kill()
    process = start(path)
    client = connect(process.url, database="baton")
    assert client.command("SELECT count(), sum(n) FROM facts FINAL") == ["2000", "3000"]

    second = subprocess.run(
        [sys.executable, "-m", "local.warehouse", "--path", str(path)], capture_output=True, text=True, check=False
    )
    assert (
        second.returncode,
        f"another process holds the warehouse in {path} (pid {process.process.pid})" in second.stderr,
    ) == (78, True)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(client.command, "SELECT sleep(3) + 7 /* slow */")
        watcher = connect(process.url)
        while not slow.done() and not watcher.command("SELECT count() FROM system.processes WHERE query LIKE 'SELECT sleep%'"):
            pass
        assert process.terminate() == 0
        assert slow.result() == 7, "SIGTERM lets a running request finish"
    assert not path.with_suffix(".ready").exists()


def test_only_loopback(tmp_path: Path) -> None:
    """The process refuses to listen where other machines could reach it."""
    for host in ("0.0.0.0", "192.0.2.1", "example.org"):
        command = [sys.executable, "-m", "local.warehouse", "--path", str(tmp_path / "x"), "--host", host]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (found.returncode, "stays on loopback" in found.stderr) == (78, True)


def test_taken_port_is_named(local: Any, tmp_path: Path) -> None:
    """A port that is in use is named, with what to do."""
    port = local.url.rpartition(":")[2]
    command = [sys.executable, "-m", "local.warehouse", "--path", str(tmp_path / "x"), "--port", port]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 78
    assert f"can't listen on 127.0.0.1:{port}" in found.stderr
