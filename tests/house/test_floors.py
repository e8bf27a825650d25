"""Import only from a lower floor; neighbours meet on topics, never in Python."""

import pytest

from tests.house.tree import FLOORS, Sources, imported, modules


def violations(sources: Sources) -> list[str]:
    """Each import that is relative, goes up, or goes to a neighbour."""
    found = []
    for path, source in sources.items():
        here = path.split("/")[0]
        for name, line in imported(source):
            there = name.split(".")[0]
            if not there:
                found.append(f"{path}:{line}: relative import of {name}; write the whole name")
            elif there in FLOORS and there != here and FLOORS[there] >= FLOORS[here]:
                found.append(f"{path}:{line}: {here} (floor {FLOORS[here]}) imports {name} (floor {FLOORS[there]})")
    return found


def test_imports_go_down() -> None:
    """Every package imports from lower floors only; the message names file and line."""
    assert violations(modules(*FLOORS)) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("streams/x.py", "import sinks.event_rows"),
        ("streams/x.py", "from producers import publisher"),
        ("schemas/x.py", "from measures.custody import counts"),
        ("local/x.py", "from verification.sql_checks import fold_checks"),
        ("measures/x.py", "def f():\n    from baton import main"),
        ("sinks/x.py", "from .rows import row"),
        ("streams/x.py", "from tests.laws import trees"),
        ("baton/x.py", "from bench.log import read"),
        ("streams/x.py", "from importlib import import_module\nimport_module('verification.sql_checks')"),
        ("streams/x.py", "import importlib\nimportlib.import_module(f'baton.commands.{1}')"),
    ],
)
def test_an_import_that_goes_up_is_caught(path: str, source: str) -> None:
    """Negative control: going up, to a neighbour, relative, or by import_module is caught."""
    assert violations({path: source})


def test_imports_that_go_down_are_fine() -> None:
    """Negative control: going down, within a package, and to libraries is no violation."""
    fine = "import json\nfrom schemas.errors import Park\nfrom streams.engine import run\nimport faust"
    assert violations({"streams/x.py": fine, "baton/x.py": fine}) == []
