"""What all tests share: broker and warehouse, real logs, and the list of what could not run."""

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures import warden
from tests.fixtures.providers import Stack, no_containers, servers

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The session's broker and warehouse, started when the first test asks, ended with the session.

    Containers where a Docker engine answers, otherwise `local/`. BATON_TESTS_ON=local or =containers decides it.
    """
    with servers(tmp_path_factory.mktemp("stack")) as found:
        yield found


@pytest.fixture
def unique() -> str:
    """A name no other test uses; for topics (as a prefix), groups and databases."""
    return f"t{uuid4().hex[:12]}"


@pytest.fixture
def real_logs() -> Callable[[str], Path]:
    """Path of a real log by its name below the folder of real logs, such as ``bpic2013/incidents.xes.gz``.

    The folder is BATON_REAL_DATA or ../shared/data. Where the file is missing, the test could not run.
    """
    folder = Path(os.environ.get("BATON_REAL_DATA") or ROOT.parent / "shared" / "data")

    def find(name: str) -> Path:
        if not (folder / name).is_file():
            pytest.skip(f"could not run: {folder / name} is missing; set BATON_REAL_DATA to the folder of the real logs")
        return folder / name

    return find


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Long files first; see the module."""
    from tests.fixtures.spreading import LongFirst

    return LongFirst(config, log)


WARDEN = pytest.StashKey[Popen[bytes]]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """However this session ends, no process of it stays: a home goes on by itself, also when whoever started it is killed."""
    if not hasattr(session.config, "workerinput"):  # of xdist's; its variable is inherited by sessions within a test
        session.config.stash[WARDEN] = warden.post()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Wait for the warden's last round."""
    if WARDEN in config.stash:
        warden.relieve(config.stash[WARDEN])


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """kafka-python 3.0.12 leaves the socket of a refused connection to the garbage collector; that is no fault of ours.

    Ignored during tests, and once more for the collection at the end of the session, which reads no settings.
    """
    refused = r"unclosed <socket\.socket .*laddr=\('0\.0\.0\.0', \d+\)>"
    config.addinivalue_line("filterwarnings", f"ignore:{refused}:ResourceWarning")
    warnings.filterwarnings("ignore", refused, ResourceWarning)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name every test that could not run and why; a skip is never silent."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section(f"{len(skipped)} could not run")
        for report in skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            why = reason.removeprefix("Skipped: ").removeprefix("could not run: ")
            terminalreporter.write_line(f"{report.nodeid}: {why}")
    without = no_containers()
    terminalreporter.write_line(f"broker and warehouse: {f'local/, not containers: {without}' if without else 'containers'}")
    if without:
        terminalreporter.write_line("docker-compose.yml and Dockerfile: read by the house rules, nothing built or started")
