"""The warehouse under contract: the engine behind HTTP, and a server too when BATON_CLICKHOUSE names one."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from schemas.settings import load

START_SECONDS = 120.0
STOP_SECONDS = 60.0


class Process:
    """One ``python -m local.warehouse`` over a directory."""

    def __init__(self, path: Path, *flags: str) -> None:
        self.path = path
        ready = path.with_suffix(".ready")
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "local.warehouse", "--path", str(path), "--ready-file", str(ready), *flags]
        self.log = path.with_suffix(".log")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log)
        until = time.monotonic() + START_SECONDS
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > until:
                self.end()
                pytest.fail(f"the warehouse didn't start:\n{self.log.read_text()}")
            time.sleep(0.02)
        written = json.loads(ready.read_text())
        assert written["pid"] == self.process.pid
        self.url = f"http://{written['host']}:{written['port']}"

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def terminate(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def died(self) -> int:
        """Wait for the process to end by itself; the exit code."""
        return self.process.wait(STOP_SECONDS)

    def end(self) -> None:
        """Gone, whatever state it was in."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)


@pytest.fixture(scope="session")
def start() -> Iterator[Callable[..., Process]]:
    """Starts warehouses; each is ended by its pid at the end of the session, also after a failure."""
    started: list[Process] = []

    def begin(path: Path, *flags: str) -> Process:
        started.append(Process(path, *flags))
        return started[-1]

    yield begin
    for process in started:
        process.end()


@pytest.fixture(scope="session")
def local(start: Callable[..., Process], tmp_path_factory: pytest.TempPathFactory) -> Process:
    """The one local warehouse of the session."""
    return start(tmp_path_factory.mktemp("warehouse") / "main")


Connect = Callable[..., Client]


@pytest.fixture(scope="session")
def connect() -> Callable[..., Client]:
    """Opens ordinary clients: ``connect(url, **options)``, options as of ``clickhouse_connect.get_client``."""

    def client(url: str, **options: Any) -> Client:
        parts = urlsplit(url)
        plain: dict[str, Any] = {"host": parts.hostname, "port": parts.port, "username": "baton", "password": ""}
        return clickhouse_connect.get_client(**(plain | {"autogenerate_session_id": False} | options))

    return client


@pytest.fixture(scope="session", params=["local", *(["server"] if load().clickhouse else [])])
def open_client(request: pytest.FixtureRequest, connect: Connect) -> Iterator[Connect]:
    """Opens clients of the warehouse under contract, in a database of its own that is dropped at the end."""
    options: dict[str, Any] = {}
    if request.param == "local":
        url = request.getfixturevalue("local").url
    else:
        settings = load()
        url = str(settings.clickhouse)
        options = {"username": settings.clickhouse_user, "password": settings.clickhouse_password.get_secret_value()}
    database = f"contract_{uuid4().hex[:8]}"
    keeper = connect(url, **options)
    keeper.command(f"CREATE DATABASE {database}")
    yield lambda **more: connect(url, **(options | {"database": database} | more))
    keeper.command(f"DROP DATABASE {database}")


@pytest.fixture(scope="session")
def client(open_client: Connect) -> Client:
    """One client of the warehouse under contract; made without sessions, so threads may share it."""
    return open_client()


@pytest.fixture
def table(client: Client) -> Iterator[str]:
    """An empty table (a UInt64, s String), dropped afterwards."""
    name = f"t_{uuid4().hex[:8]}"
    client.command(f"CREATE TABLE {name} (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
    yield name
    client.command(f"DROP TABLE {name}")
