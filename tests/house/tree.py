"""The tree as the house rules see it: paths and texts, read once."""

import ast
import os
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = {
    **{"schemas": 0, "measures": 1, "runtime": 1, "broker": 2, "producers": 3, "streams": 3, "sinks": 3},
    **{"verification": 4, "local": 4, "baton": 5, "bench": 6, "tests": 7},
}
"""Top-level package → its floor; ``bench`` and ``tests`` may see everything and are seen by none."""
PACKAGES = tuple(name for name, floor in FLOORS.items() if floor <= 5)
_IGNORED = tuple(line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split() if line.endswith("/"))
Sources = Mapping[str, str]
"""Path from the root → text."""


def walk() -> Iterator[Path]:
    """Every file of the project, caches and what git ignores left out."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if f != ".git" and not any(fnmatch(f, ignored) for ignored in _IGNORED))
        yield from (Path(folder, name) for name in sorted(files))


@cache
def texts() -> Sources:
    """Every text file of the project."""
    found = {}
    for path in walk():
        try:
            found[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


@cache
def modules(*tops: str) -> Sources:
    """Python files below the named top folders; without a name, those of the packages."""
    return {p: t for p, t in texts().items() if p.endswith(".py") and p.split("/")[0] in (tops or PACKAGES)}


@cache
def parsed(source: str) -> ast.Module:
    """The syntax tree of a module's text."""
    return ast.parse(source)


def imported(source: str) -> Iterator[tuple[str, int]]:
    """Every module a text imports, anywhere in it, and the line; of a relative import the dots and the rest."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), node.lineno
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "import_module":
            first = node.args[0]
            parts = first.values if isinstance(first, ast.JoinedStr) else [first]
            if isinstance(parts[0], ast.Constant):
                yield str(parts[0].value), node.lineno
