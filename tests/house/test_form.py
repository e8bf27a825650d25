"""Form of the modules: short, named for what they decide, documented, nothing left undone, no silent suppressions."""

import ast
import re
import tomllib
from collections.abc import Iterator
from statistics import median

import pytest

from tests.house.tree import PACKAGES, ROOT, Sources, modules, parsed, texts, walk

MEDIAN_LINES, MOST_LINES = 100, 250
FOREIGN = {"INCORRECT_DATA", "unused_data"}
"""Names others gave: ClickHouse to an error, zlib to what follows a frame."""
FORBIDDEN = {"data", "manager", "handler", "handlers", "util", "utils", "helper", "helpers"}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SUPPRESSED = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<code>:\s?[A-Z]+\d+|\[[\w, -]+\])?(?P<reason>\s+#\s*\S+.*)?")
_UNDONE = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error")) + r")\b")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def names(source: str) -> Iterator[tuple[str, int]]:
    """Every name a text gives: functions, classes, parameters, variables, fields; with its line."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, Definition):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield getattr(node, "id", getattr(node, "attr", "")), node.lineno


def bad_names(sources: Sources) -> list[str]:
    """Names and paths with words that say nothing. ``data`` itself is an attribute of CloudEvents and allowed in schemas."""
    found = []
    for path, source in sources.items():
        parts = {part for part in re.split(r"[/.]", path) if _says_nothing(part)}
        found += [f"{path}: {part} says nothing" for part in sorted(parts)]
        for name, line in names(source):
            if _says_nothing(name) and name not in FOREIGN and not (name == "data" and path.startswith("schemas/")):
                found.append(f"{path}:{line}: {name} says nothing; take a word of the glossary")
    return found


def _says_nothing(name: str) -> bool:
    return "process_message" in name or bool(FORBIDDEN & {word.lower() for word in _WORDS.findall(name)})


def undocumented(sources: Sources) -> list[str]:
    """Modules, and in them public functions, classes and methods without a docstring; in tests only the tests."""
    found = []
    for path, source in sources.items():
        tree = parsed(source)
        if not ast.get_docstring(tree):
            found.append(f"{path}: the module has no docstring")
        asked = [node for node in _public(tree) if not path.startswith("tests/") or node.name.startswith("test_")]
        found += [f"{path}:{node.lineno}: {node.name} has no docstring" for node in asked if not ast.get_docstring(node)]
    return found


def _public(tree: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def too_long(sources: Sources) -> list[str]:
    """Modules above the limit, and the median when it is."""
    lines = {path: len(source.splitlines()) for path, source in sources.items()}
    found = [f"{path}: {n} lines, at most {MOST_LINES}" for path, n in lines.items() if n > MOST_LINES]
    middle = median(lines.values())
    return found + ([f"median module: {middle} lines, at most {MEDIAN_LINES}"] if middle > MEDIAN_LINES else [])


def suppressed(sources: Sources) -> list[str]:
    """Suppressions of the linter or the type checker that name no code or no reason; work left undone."""
    found = []
    for path, source in sources.items():
        for number, line in enumerate(source.splitlines(), 1):
            match = _SUPPRESSED.search(line)
            if match and not (match["code"] and match["reason"]):
                found.append(f"{path}:{number}: {match[0].strip()} needs a code and a reason")
            if _UNDONE.search(line):
                found.append(f"{path}:{number}: left undone: {line.strip()}")
    return found


def test_modules_are_short() -> None:
    """Half of the modules have at most 100 lines, none has more than 250; benchmarks too."""
    assert too_long(modules(*PACKAGES, "bench")) == []


def test_names_say_something() -> None:
    """No name and no path has a word that fits anything."""
    assert bad_names(modules(*PACKAGES, "tests", "bench")) == []


def test_everything_public_is_documented() -> None:
    """Every module, every public class, function and method, and every test has a docstring."""
    assert undocumented(modules(*PACKAGES, "tests", "bench")) == []


def test_suppressions_give_code_and_reason() -> None:
    """Every suppressed finding says which and why; nothing is left undone."""
    assert suppressed(modules(*PACKAGES, "tests", "bench")) == []


def test_no_package_markers() -> None:
    """Packages are namespaces: no __init__.py, and none below tests, where it would shadow the real package."""
    assert [path.relative_to(ROOT).as_posix() for path in walk() if path.name == "__init__.py"] == []


ALLOWED_WARNINGS = [
    "error",
    "ignore::DeprecationWarning:faust.*",
    "ignore::DeprecationWarning:mode.*",
    "ignore:(read_text|open_text|contents|is_resource|path) is deprecated:DeprecationWarning",
]


def test_warnings_stay_errors() -> None:
    """A warning fails a test, but for those of libraries named here."""
    options = tomllib.loads(texts()["pyproject.toml"])["tool"]["pytest"]["ini_options"]
    assert options["filterwarnings"] == ALLOWED_WARNINGS
    assert "--import-mode=importlib" in options["addopts"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("streams/utils.py", ""),
        ("streams/data/x.py", ""),
        ("streams/x.py", "class EventManager: ..."),
        ("streams/x.py", "def process_message(m): ..."),
        ("streams/x.py", "def f(event_data): ..."),
        ("streams/x.py", "row_handler = 1"),
        ("streams/x.py", "class A:\n    data: int"),
        ("streams/x.py", "for item_data in (): ..."),
    ],
)
def test_a_name_that_says_nothing_is_caught(path: str, source: str) -> None:
    """Negative control: each place a name can stand in is looked at."""
    assert bad_names({path: source})


def test_names_that_only_look_alike_are_fine() -> None:
    """Negative control: database, metadata, a library's own names, and ``data`` of a CloudEvent are no violation."""
    fine = "database = metadata = 1\nevent.data\nloop.add_signal_handler(1)\nprocess = message = 2"
    assert bad_names({"streams/x.py": fine, "schemas/x.py": "class E:\n    data: int"}) == []


def test_what_is_undocumented_is_caught() -> None:
    """Negative control: a module, a function, a class and a method without docstring are four findings; private ones none."""
    bare = "def f(): ...\nclass A:\n    def m(self): ...\n    def _p(self): ...\ndef _g(): ..."
    assert len(undocumented({"streams/x.py": bare})) == 4
    assert len(undocumented({"tests/x.py": '"""Some."""\ndef test_x(): ...\ndef part(): ...'})) == 1


def test_what_is_too_long_is_caught() -> None:
    """Negative control: one module of 251 lines is two findings, being the median too; one of 100 none."""
    assert len(too_long({"a.py": "x\n" * 251})) == 2
    assert too_long({"a.py": "x\n" * 100}) == []


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # no" + "qa",
        "x = 1  # no" + "qa: E501",
        "x = 1  # type: " + "ignore",
        "x = 1  # type: " + "ignore[arg-type]",
        "# TO" + "DO: later",
        "raise NotImplemented" + "Error",
    ],
)
def test_a_silent_suppression_is_caught(line: str) -> None:
    """Negative control: a suppression without code or reason, and work left undone, are caught."""
    assert suppressed({"streams/x.py": line})
    assert suppressed({"streams/x.py": "x = 1  # no" + "qa: UP007  # built from a tuple"}) == []
