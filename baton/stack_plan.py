"""Which processes make up an installation on this machine."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.broker.broker_cache import fill_cache
from local.broker.broker_home import prepare_broker
from local.broker.kafka_probe import broker_answers
from local.stack.http_probe import http_answers
from local.stack.ports import remembered_ports
from local.stack.process import Process, ready_path
from schemas.errors import Stop
from schemas.settings import Settings

HOST = "127.0.0.1"


@dataclass(frozen=True)
class StackPlan:
    """Processes to run and where broker and warehouse will answer (``kafka``, ``clickhouse``)."""

    processes: tuple[Process, ...]
    addresses: Mapping[str, str]


def stack_plan(settings: Settings, say: Callable[[str], None], only: list[str] | None = None) -> StackPlan:
    """Everything this home runs. ``only`` keeps the processes of these names and those they wait for.

    A broker or warehouse named in the settings is used and not started here. Fills the cache if need be.
    Raises ``Stop`` when the supplies can't be had, or ``only`` names a process that does not exist.
    """
    servers: list[Process] = []
    addresses = {"kafka": settings.kafka or "", "clickhouse": settings.clickhouse or ""}
    # Servers first, because the addresses of the rest are known only then.
    if not settings.kafka:
        servers.append(broker_process(settings, say))
        addresses["kafka"] = str(servers[-1].address)
    if not settings.clickhouse:
        servers.append(warehouse_process(settings.home / "warehouse", settings.clickhouse_user))
        addresses["clickhouse"] = str(servers[-1].address)
    own = own_processes(settings, addresses, tuple(server.name for server in servers))
    return StackPlan(selected((*servers, *own), only), addresses)


def broker_process(settings: Settings, say: Callable[[str], None]) -> Process:
    """The local Kafka broker of this home."""
    broker = prepare_broker(settings.home / "broker", fill_cache(settings.cache, say))
    return Process(
        "broker", broker.argv, ready=lambda: broker_answers(broker.address), address=broker.address, grace_seconds=30
    )


def warehouse_process(folder: Path, user: str) -> Process:
    """The local ClickHouse engine that keeps its tables in ``folder``."""
    (port,) = remembered_ports(folder / "port.json", 1)
    argv = [sys.executable, "-m", "local.warehouse", "--path", str(folder / "tables"), "--host", HOST, "--port", str(port)]
    argv += ["--user", user, "--ready-file", str(folder / "ready")]
    return Process(
        "warehouse",
        argv,
        ready=lambda: http_answers(HOST, port, "/ping"),
        ready_file=folder / "ready",
        address=f"http://{HOST}:{port}",
    )


def own_processes(settings: Settings, addresses: Mapping[str, str], servers: tuple[str, ...]) -> tuple[Process, ...]:
    """Preparation, clock (in a live home), worker, scores and sink; all find broker and warehouse in their environment."""
    env = {"BATON_KAFKA": addresses["kafka"], "BATON_CLICKHOUSE": addresses["clickhouse"]}
    home = ["--home", str(settings.home)]
    baton = [sys.executable, "-m", "baton.main"]
    names = [*(["clock"] if settings.time == "live" else []), "worker", "scores", "sink"]
    return (
        Process("prepare", [*baton, "prepare", *home], env, after=servers, once=True),
        *(
            Process(name, [*baton, "run", name, *home], env, ready_file=ready_path(settings.home, name), after=("prepare",))
            for name in names
        ),
    )


def selected(processes: tuple[Process, ...], only: list[str] | None) -> tuple[Process, ...]:
    """The processes of these names and those they wait for. Raises ``Stop`` on an unknown name."""
    named = {process.name: process for process in processes}
    # Those it waits for, those these wait for, and so on.
    queue = list(only or named)
    keep: set[str] = set()
    while queue:
        name = queue.pop()
        if name not in named:
            raise Stop(f"there is no process {name!r} in this home", f"one of: {', '.join(named)}")
        if name not in keep:
            keep.add(name)
            queue += named[name].after
    return tuple(process for process in processes if process.name in keep)
