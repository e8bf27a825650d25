"""docker-compose.yml without an engine: what it asks for exists, nothing runs as root, is open to others or drifts."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.broker.maven import locked
from local.broker.properties import server_properties
from schemas.settings import Settings
from tests.fixtures.compose import composed, unusable

OURS = {"prepare", "clock", "worker", "scores", "sink", "cli"}
JOBS = {"prepare", "cli"}
"""They end, so there is nothing whose health could be asked for."""
_PINNED = re.compile(r"[\w./-]+:\d+(\.\d+)+[\w.-]*")
_PUBLISHED = re.compile(r"127\.0\.0\.1:\d+:\d+")
Compose = dict[str, Any]
Rule = Callable[[Compose], Iterator[str]]


def commands(compose: Compose) -> Iterator[str]:
    """Every command of ours is a command line `baton` takes, and the processes are those `baton up` runs."""
    for name in sorted(OURS & compose["services"].keys()):
        if wrong := unusable(compose["services"][name]["command"]):
            yield f"{name}: {wrong}"
    if missing := OURS - compose["services"].keys():
        yield f"missing: {sorted(missing)}"


def variables(compose: Compose) -> Iterator[str]:
    """Every BATON_ variable is a setting; one taken from outside has a default."""
    known = {f"BATON_{name.upper()}" for name in Settings.model_fields}
    for name, service in compose["services"].items():
        given = service["environment"]
        ours = {variable for variable in given if variable.startswith("BATON_")}
        yield from (f"{name}: {variable} is no setting" for variable in sorted(ours - known))
        for variable, value in given.items():
            yield from (f"{name}: {variable} needs a default" for _ in re.findall(r"\$\{\w+\}|\$\w+", str(value)))


def images(compose: Compose) -> Iterator[str]:
    """Every image has a full version as its tag; the broker's is that of the jars a laptop runs."""
    for name, service in compose["services"].items():
        if not _PINNED.fullmatch(service["image"]):
            yield f"{name}: {service['image']} is not pinned"
    jars = {jar.artifact: jar.version for jar in locked()}
    if compose["services"]["kafka"]["image"] != f"apache/kafka:{jars['kafka_2.13']}":
        yield f"kafka: not the version {jars['kafka_2.13']} that the tests run on without containers"


def ports(compose: Compose) -> Iterator[str]:
    """Only this machine's loopback reaches a published port; nobody shares the host's network."""
    for name, service in compose["services"].items():
        yield from (f"{name}: {p} is open to others" for p in service.get("ports", []) if not _PUBLISHED.fullmatch(str(p)))
        yield from (f"{name}: {key} opens the host" for key in ("network_mode", "privileged", "pid", "ipc") if key in service)


def checks(compose: Compose) -> Iterator[str]:
    """Every process has a health check that can run; ours asks for the process it stands at."""
    for name, service in compose["services"].items():
        check = service.get("healthcheck", {})
        if name in JOBS:
            if check != {"disable": True}:
                yield f"{name}: a job has no health to check"
            continue
        test = check.get("test", [])
        if not test or test[0] != "CMD" or not {"interval", "timeout", "retries", "start_period"} <= check.keys():
            yield f"{name}: no whole health check"
        elif name in OURS and (test[1:3] != ["baton", "healthy"] or test[3:] != [name] or unusable(test[2:])):
            yield f"{name}: {' '.join(test[1:])} does not ask for {name}"


def users(compose: Compose) -> Iterator[str]:
    """Nobody is root or may become it; the root file system is read-only wherever the image allows it."""
    for name, service in compose["services"].items():
        user = str(service.get("user", ""))
        if user.partition(":")[0] in ("", "0", "root") or user.partition(":")[2] in ("0", "root"):
            yield f"{name}: runs as root"
        if service.get("cap_drop") != ["ALL"] or service.get("security_opt") != ["no-new-privileges:true"]:
            yield f"{name}: keeps privileges"
        if name != "kafka" and not service.get("read_only"):  # its start script writes below /opt/kafka
            yield f"{name}: the root file system can be written"


def secrets(compose: Compose) -> Iterator[str]:
    """A secret is a file that git and the image's context never see; no variable holds one."""
    for name, secret in compose["secrets"].items():
        if set(secret) != {"file"} or not secret["file"].startswith("./secrets/"):
            yield f"{name} is no file in secrets/"
    for name, service in compose["services"].items():
        for variable, value in service["environment"].items():
            if re.search(r"PASSWORD|SECRET|TOKEN", variable):
                given = str(value).removeprefix("/run/secrets/")
                if (
                    not variable.endswith("_FILE")
                    or given not in service.get("secrets", [])
                    or given not in compose["secrets"]
                ):
                    yield f"{name}: {variable} holds a secret, or names one it is not given"


def order(compose: Compose) -> Iterator[str]:
    """What a service waits for exists, and its condition can come true."""
    services = compose["services"]
    for name, service in services.items():
        for target, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if target in JOBS else "service_healthy"
            if target not in services:
                yield f"{name} waits for {target}, which is not there"
            elif how.get("condition") != wanted:
                yield f"{name}: {target} is waited for as {how.get('condition')}, not {wanted}"
        if name in OURS and not {"kafka", "clickhouse"} <= service.get("depends_on", {}).keys():
            yield f"{name} does not wait for its servers"


def keeping(compose: Compose) -> Iterator[str]:
    """Log, tables and state are on named volumes; everything comes back, stays within its share and ends with grace."""
    for name, service in compose["services"].items():
        passing = ["/tmp"] if name == "cli" else []
        named = [volume.partition(":")[0] for volume in service.get("volumes", []) if volume not in passing]
        if not named or not set(named) <= compose["volumes"].keys():
            yield f"{name}: {named} are no named volumes"
        wanted = {"prepare": "on-failure", "cli": "no"}.get(name, "unless-stopped")
        if service.get("restart") != wanted:
            yield f"{name}: restart is {service.get('restart')}, not {wanted}"
        if not {"cpus", "memory"} <= service.get("deploy", {}).get("resources", {}).get("limits", {}).keys():
            yield f"{name}: no limits"
        if "stop_grace_period" not in service or "max-size" not in service.get("logging", {}).get("options", {}):
            yield f"{name}: no grace, or a log without bounds"
    if compose["volumes"].keys() != {"log", "tables", "state"}:
        yield f"volumes: {sorted(compose['volumes'])}"


def broker(compose: Compose) -> Iterator[str]:
    """The broker is set up as the local one is, addresses and sizes of a laptop apart, and has a cluster id Kafka takes."""
    given = compose["services"]["kafka"]["environment"]
    found = {k.removeprefix("KAFKA_").lower().replace("_", "."): str(v) for k, v in given.items() if k.startswith("KAFKA_")}
    local = dict(line.split("=", 1) for line in server_properties(Path("/log"), 1, 2).splitlines())
    sizes = ("num.network", "num.io", "log.cleaner", "broker.session", "broker.heartbeat")
    own = {"heap.opts", "log.dirs"} | {name for name in local if "listener" in name or "voters" in name}
    for name, wanted in local.items():
        if name not in own and not name.startswith(sizes) and found.get(name) != wanted:
            yield f"kafka: {name} is {found.get(name)}, locally {wanted}"
    yield from (f"kafka: {name} is no property of the local broker" for name in sorted(found.keys() - local.keys() - own))
    if not re.fullmatch(r"[\w-]{22}", given["CLUSTER_ID"]) or len(urlsafe_b64decode(given["CLUSTER_ID"] + "==")) != 16:
        yield "kafka: CLUSTER_ID is no id of 16 bytes"


RULES: tuple[Rule, ...] = (commands, variables, images, ports, checks, users, secrets, order, keeping, broker)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_composition_keeps_the_rule(rule: Rule) -> None:
    """The file as it is breaks none of the rules; each says in its docstring what it asks for."""
    assert list(rule(composed())) == []


def change(service: str, key: str, value: object) -> Callable[[Compose], None]:
    """A mistake: this key of a service (``a.b`` goes deeper) is something else; None takes it away."""

    def made(compose: Compose) -> None:
        place = compose["services"][service]
        *way, last = key.split("/")
        for step in way:
            place[step] = dict(place[step])  # the services share what YAML merged into them
            place = place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return made


@pytest.mark.parametrize(
    ("rule", "mistake", "words"),
    [
        (commands, change("sink", "command", ["run", "skin"]), "No such command 'skin'"),
        (commands, change("worker", "command", ["run", "worker", "--fast"]), "No such option"),
        (commands, lambda compose: compose["services"].pop("clock"), "missing: ['clock']"),
        (variables, change("sink", "environment/BATON_KAFKAA", "x"), "BATON_KAFKAA is no setting"),
        (variables, change("sink", "environment/BATON_TIME_ZONE", "${ZONE}"), "needs a default"),
        (images, change("clickhouse", "image", "clickhouse/clickhouse-server:latest"), "is not pinned"),
        (images, change("clickhouse", "image", "clickhouse/clickhouse-server"), "is not pinned"),
        (images, change("kafka", "image", "apache/kafka:3.9.0"), "not the version"),
        (ports, change("kafka", "ports", ["9092:9092"]), "9092:9092 is open to others"),
        (ports, change("kafka", "ports", ["0.0.0.0:9092:9092"]), "is open to others"),
        (ports, change("worker", "network_mode", "host"), "network_mode opens the host"),
        (checks, change("clock", "healthcheck", None), "no whole health check"),
        (checks, change("clock", "healthcheck/retries", None), "no whole health check"),
        (checks, change("clock", "healthcheck/test", ["CMD", "baton", "healthy", "sink"]), "does not ask for clock"),
        (checks, change("prepare", "healthcheck", None), "a job has no health"),
        (users, change("kafka", "user", None), "runs as root"),
        (users, change("kafka", "user", "0:0"), "runs as root"),
        (users, change("sink", "user", "10001:0"), "runs as root"),
        (users, change("sink", "cap_drop", []), "keeps privileges"),
        (users, change("sink", "read_only", False), "can be written"),
        (secrets, change("sink", "environment/BATON_CLICKHOUSE_PASSWORD", "open sesame"), "holds a secret"),
        (secrets, change("sink", "secrets", []), "names one it is not given"),
        (secrets, lambda compose: compose["secrets"].update(x={"environment": "X"}), "x is no file"),
        (order, change("sink", "depends_on/nobody", {"condition": "service_healthy"}), "nobody, which is not there"),
        (order, change("sink", "depends_on/prepare", {"condition": "service_healthy"}), "prepare is waited for as"),
        (order, change("sink", "depends_on/kafka", {"condition": "service_started"}), "kafka is waited for as"),
        (order, change("prepare", "depends_on/kafka", None), "does not wait for its servers"),
        (keeping, change("kafka", "volumes", ["./log:/var/lib/kafka"]), "no named volumes"),
        (keeping, change("kafka", "volumes", ["/var/lib/kafka/data"]), "no named volumes"),
        (keeping, change("kafka", "restart", None), "restart is None"),
        (keeping, change("sink", "deploy/resources", {}), "no limits"),
        (keeping, change("sink", "logging", {}), "a log without bounds"),
        (keeping, lambda compose: compose["volumes"].pop("tables"), "clickhouse: ['tables']"),
        (broker, change("kafka", "environment/KAFKA_MESSAGE_MAX_BYTES", 1_000_000), "message.max.bytes is 1000000"),
        (broker, change("kafka", "environment/KAFKA_AUTO_CREATE_TOPICS_ENABLE", None), "auto.create.topics.enable is None"),
        (broker, change("kafka", "environment/KAFKA_MESSAGE_MAX_BITES", 1), "message.max.bites is no property"),
        (broker, change("kafka", "environment/CLUSTER_ID", "short"), "no id of 16 bytes"),
    ],
)
def test_a_mistake_is_caught(rule: Rule, mistake: Callable[[Compose], object], words: str) -> None:
    """Negative control: each rule finds its mistake and says where."""
    compose = composed()
    mistake(compose)
    assert any(words in finding for finding in rule(compose)), list(rule(compose))
