"""What all tests share: broker and warehouse, real logs, and the list of what could not run."""

import os
import warnings
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.fixtures.providers import Stack, container_stack, docker_engine, local_stack

ROOT = Path(__file__).parent.parent
COULD_NOT_RUN = pytest.StashKey[list[tuple[str, str]]]()
PROVIDER = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Stack]:
    """The session's broker and warehouse, started when the first test asks, ended with the session.

    Containers where a Docker engine answers, otherwise `local/`. BATON_TESTS_ON=local or =containers decides it.
    """
    wish = os.environ.get("BATON_TESTS_ON")
    why = (
        "BATON_TESTS_ON=local"
        if wish == "local"
        else docker_engine(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    )
    if wish == "containers" and why:
        pytest.fail(f"BATON_TESTS_ON=containers, but {why}")
    if why:
        pytestconfig.stash[PROVIDER] = f"broker and warehouse: local/, not containers: {why}"
        with local_stack(tmp_path_factory.mktemp("stack")) as found:
            yield found
    else:
        pytestconfig.stash[PROVIDER] = "broker and warehouse: containers"
        with container_stack() as found:
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


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """kafka-python 3.0.12 leaves the socket of a refused connection to the garbage collector; that is no fault of ours.

    Ignored during tests, and once more for the collection at the end of the session, which reads no settings.
    """
    refused = r"unclosed <socket\.socket .*laddr=\('0\.0\.0\.0', \d+\)>"
    config.addinivalue_line("filterwarnings", f"ignore:{refused}:ResourceWarning")
    warnings.filterwarnings("ignore", refused, ResourceWarning)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember each test that was skipped, with its reason."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        noted = item.config.stash.setdefault(COULD_NOT_RUN, [])
        noted.append((item.nodeid, reason.removeprefix("Skipped: ").removeprefix("could not run: ")))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name every test that could not run and why; a skip is never silent."""
    if PROVIDER in config.stash:
        terminalreporter.write_line(config.stash[PROVIDER])
    noted = config.stash.get(COULD_NOT_RUN, [])
    if noted:
        terminalreporter.section(f"{len(noted)} could not run")
        for name, reason in noted:
            terminalreporter.write_line(f"{name}: {reason}")
