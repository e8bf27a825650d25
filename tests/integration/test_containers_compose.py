"""docker-compose.yml in earnest, where a Docker engine answers: built, started, healthy, and a log verified in it."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from producers.importers.sample_log import write_log
from tests.fixtures.compose import ROOT
from tests.fixtures.providers import no_containers

TICKETS = 60
PATIENCE = 1800
Compose = Callable[..., str]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the users of containers may read."""
    with tempfile.TemporaryDirectory(prefix="baton-compose-") as found:
        Path(found).chmod(0o755)
        yield Path(found)


@pytest.fixture
def compose(place: Path, unique: str) -> Iterator[Compose]:
    """`docker compose` on a project of its own with a password of its own; everything of it is gone afterwards."""
    why = no_containers() or ("" if shutil.which("docker") else "there is no `docker` command")
    if why:
        pytest.skip(f"could not run: {why}; docker-compose.yml is only read (tests/house)")
    (place / "password").write_text(unique)
    (place / "password").chmod(0o644)
    own = {"secrets": {"clickhouse_password": {"file": str(place / "password")}}}
    (place / "own.yml").write_text(yaml.safe_dump(own))
    words = ["docker", "compose", "--project-name", unique, "--file", "docker-compose.yml", "--file", str(place / "own.yml")]

    def run(*more: str) -> str:
        done = subprocess.run([*words, *more], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, f"{' '.join(more)}: {done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    try:
        yield run
    finally:
        run("down", "--volumes", "--remove-orphans")


@pytest.mark.stack
def test_the_composition_works(compose: Compose, place: Path) -> None:
    """Every service becomes healthy by its own check; an import can be queried and verified; nobody is root in it."""
    write_log(place / "sample.csv", TICKETS, seed=4)
    compose("up", "--build", "--detach", "--wait")
    cli = ("run", "--rm", "--no-TTY", "--volume", f"{place}:/logs:ro", "cli")
    compose(*cli, "import", "/logs/sample.csv", "--mapping", "sample")
    compose(*cli, "wait")
    assert compose(*cli, "sql", "SELECT count() FROM items", "--format", "TSV").strip() == str(TICKETS)
    compose(*cli, "verify")
    for name in ("kafka", "clickhouse", "worker", "sink"):
        assert compose("exec", "--no-TTY", name, "id", "-u").strip() != "0"
