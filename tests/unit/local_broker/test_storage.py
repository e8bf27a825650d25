"""Formatted storage is copied, identity is not."""

import re
from pathlib import Path

import pytest

from local.broker.properties import server_properties
from local.broker.storage import CHECKPOINT, META, fresh_id, prepare_log


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A formatted directory as Kafka's tool leaves it, as far as copying is concerned."""
    folder = tmp_path / "template"
    folder.mkdir()
    (folder / CHECKPOINT).write_bytes(b"feature levels")
    (folder / META).write_text("cluster.id=shared\n")
    return folder


def identity(log: Path) -> dict[str, str]:
    """meta.properties as a dict."""
    return dict(line.split("=", 1) for line in (log / META).read_text().splitlines())


def test_two_homes_are_two_clusters(tmp_path: Path, template: Path) -> None:
    """Each home's storage has a cluster id and a directory id of its own, and the template's feature levels."""
    logs = [tmp_path / name / "log" for name in ("one", "two")]
    for log in logs:
        prepare_log(log, template)
    one, two = map(identity, logs)
    assert len({one["cluster.id"], two["cluster.id"], one["directory.id"], two["directory.id"], "shared"}) == 5
    assert {log.joinpath(CHECKPOINT).read_bytes() for log in logs} == {b"feature levels"}


def test_storage_in_use_is_left_alone(tmp_path: Path, template: Path) -> None:
    """A second start changes nothing in a home's storage."""
    log = tmp_path / "home" / "log"
    prepare_log(log, template)
    (log / "records").write_text("kept")
    before = {path.name: path.read_bytes() for path in log.iterdir()}
    prepare_log(log, template)
    assert {path.name: path.read_bytes() for path in log.iterdir()} == before


def test_an_id_is_as_kafka_writes_it() -> None:
    """22 URL-safe characters that don't begin with a dash."""
    ids = {fresh_id() for _ in range(500)}
    assert len(ids) == 500
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", one) for one in ids)


def test_the_broker_is_reached_from_this_machine_only() -> None:
    """Every listener is on the loopback address."""
    lines = dict(line.split("=", 1) for line in server_properties(Path("/x/log"), 1, 2).splitlines())
    listeners = lines["listeners"].split(",") + lines["advertised.listeners"].split(",")
    assert [re.search(r"//(.*):", one)[1] for one in listeners if re.search(r"//(.*):", one)] == ["127.0.0.1"] * 3  # type: ignore[index]  # searched in the condition
    assert lines["unclean.leader.election.enable"] == "false"
    assert lines["auto.create.topics.enable"] == "false"
