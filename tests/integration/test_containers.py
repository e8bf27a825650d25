"""The container half of the fixture, played against an engine that runs nothing, so that it is not written blindly."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.compose import composed, image
from tests.fixtures.containers import Probes, container_stack
from tests.fixtures.fake_engine import Engine, fake_engine
from tests.fixtures.providers import docker_engine, no_containers, servers

IMAGES = {"broker": image("kafka"), "warehouse": image("clickhouse")}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine, and an environment that names it."""
    from testcontainers.core.config import testcontainers_config

    monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)
    monkeypatch.delenv("BATON_TESTS_ON", raising=False)
    with tempfile.TemporaryDirectory(prefix="engine-") as place, fake_engine(Path(place) / "s") as found:
        monkeypatch.setenv("DOCKER_HOST", found.address)
        yield found


def probes(engine: Engine) -> Probes:
    """Both answer as long as their container runs."""
    return Probes(
        lambda _address: IMAGES["broker"] in engine.running(), lambda _host, _port: IMAGES["warehouse"] in engine.running()
    )


def made(engine: Engine, name: str) -> dict[str, Any]:
    """What was asked of the engine for one of the two."""
    return next(asked for asked in engine.containers.values() if asked["Image"] == IMAGES[name])


def test_the_containers_are_those_of_docker_compose(engine: Engine) -> None:
    """Images and settings are the ones that docker-compose.yml names, but for addresses and the password of a test."""
    with container_stack(probes=probes(engine)):
        assert engine.running() == sorted(IMAGES.values())
        given = dict(word.split("=", 1) for word in made(engine, "broker")["Env"])
        wanted = {name: str(value) for name, value in composed()["services"]["kafka"]["environment"].items()}
        assert {name for name in given.keys() | wanted.keys() if given.get(name) != wanted.get(name)} == {
            "KAFKA_ADVERTISED_LISTENERS"
        }
        account = dict(word.split("=", 1) for word in made(engine, "warehouse")["Env"])
        assert (account["CLICKHOUSE_USER"], account["CLICKHOUSE_PASSWORD"]) == ("baton", "baton")
        assert "CLICKHOUSE_PASSWORD_FILE" not in account


def test_only_loopback_reaches_them_where_the_stack_says(engine: Engine) -> None:
    """Each has one port, bound to loopback; it is the one the stack names, and the broker tells its clients the same."""
    with container_stack(probes=probes(engine)) as stack:
        bound = {name: made(engine, name)["HostConfig"]["PortBindings"] for name in IMAGES}
        (broker,), (warehouse,) = bound["broker"]["19092/tcp"], bound["warehouse"]["8123/tcp"]
        assert stack.kafka == f"{broker['HostIp']}:{broker['HostPort']}"
        assert stack.clickhouse == f"http://{warehouse['HostIp']}:{warehouse['HostPort']}"
        assert broker["HostIp"] == warehouse["HostIp"] == "127.0.0.1"
        assert sum(map(len, bound.values())) == 2
        told = next(word for word in made(engine, "broker")["Env"] if word.startswith("KAFKA_ADVERTISED_LISTENERS="))
        assert told.endswith(f"LOOPBACK://{stack.kafka}")


@pytest.mark.parametrize("name", ["broker", "warehouse"])
def test_a_killed_container_is_started_again(engine: Engine, name: str) -> None:
    """`kill` ends that very container and no other, `revive` starts it again: the same one, so with what it had."""
    with container_stack(probes=probes(engine)) as stack:
        stack.kill(name)
        assert engine.running() == [image for other, image in IMAGES.items() if other != name]
        stack.revive()
        assert engine.running() == sorted(IMAGES.values())
        assert len(engine.containers) == 2
        assert engine.calls.count(f"start {IMAGES[name]}") == 2


def test_they_are_removed_at_the_end(engine: Engine) -> None:
    """Nothing is left, whether the tests went well or not."""
    with container_stack(probes=probes(engine)):
        pass
    assert engine.states == {}
    with pytest.raises(ZeroDivisionError), container_stack(probes=probes(engine)):
        raise ZeroDivisionError
    assert engine.states == {}


def test_one_that_does_not_come_up_says_why(engine: Engine) -> None:
    """A container that ends by itself is not waited for: its last words are told, and nothing is left."""
    engine.broken = {IMAGES["warehouse"]}
    with pytest.raises(RuntimeError) as told, container_stack(probes=probes(engine)):
        pass
    assert "warehouse did not come up" in str(told.value) and f"log of {IMAGES['warehouse']}" in str(told.value)
    assert engine.states == {}


def test_half_of_it_is_enough_for_some(engine: Engine) -> None:
    """Who asks for a broker gets no warehouse."""
    with container_stack(("broker",), probes(engine)) as stack:
        assert (engine.running(), stack.clickhouse) == ([IMAGES["broker"]], "")


def test_an_engine_that_answers_is_used(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fixture takes containers where an engine answers and says so in no summary; a switch takes the local ones."""
    assert docker_engine(engine.address) == no_containers() == ""
    monkeypatch.setattr("tests.fixtures.containers.Probes", lambda: probes(engine))
    with servers(tmp_path, ("broker",)) as stack:
        assert stack.where == "containers"
    monkeypatch.setenv("BATON_TESTS_ON", "local")
    assert no_containers() == "BATON_TESTS_ON=local"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("unix:///nowhere.sock", "no Docker engine answers"),
        ("tcp://127.0.0.1:1", "no Docker engine answers"),
        ("tcp://engine.example:2375", "another machine's"),
        ("ssh://engine.example", "is no address"),
    ],
)
def test_without_an_engine_the_reason_is_named(
    address: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where containers can't be used the reason is told; whoever insists on them fails with it."""
    assert words in docker_engine(address)
    monkeypatch.setenv("DOCKER_HOST", address)
    monkeypatch.setenv("BATON_TESTS_ON", "containers")
    with pytest.raises(pytest.fail.Exception, match="BATON_TESTS_ON=containers, but"):
        servers(tmp_path)
