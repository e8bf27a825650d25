"""Records are typed and used by name: a misspelt field is an error of the type checker, and nothing is taken by its place."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.house.tree import ROOT, Sources, modules, parsed

CORE = ("streams", "sinks", "measures", "producers")
MOST_ANY = 25
"""So many lines of the core may say ``Any``, each with its reason."""
_REASON = re.compile(r"#(?! *(?:noqa|type:)[^#]*$)")
"""A comment that is more than a suppression without words."""
BY_NAME = (*CORE, "verification", "broker")
SNIPPET = """
from schemas.event_codec import decode
from schemas.record_codec import decode_contribution, decode_fact, decode_score
from schemas.structs.events import ItemMovedEvent
from schemas.structs.fact_records import HandoffRecord

event, fact, contribution, score = decode(b"", b""), decode_fact(b""), decode_contribution(b""), decode_score(b"")
if isinstance(event, ItemMovedEvent) and event.data is not None:
    print(event.{event}, event.data.{moved})
if isinstance(fact, HandoffRecord) and fact.body is not None:
    print(fact.{fact}, fact.body.{handoff})
print(contribution.{contribution}, contribution.entries[0].{entry})
print(score.{score}, score.results[0].{result})
"""
FIELDS = {
    **{"event": "recordedat", "moved": "deliverable", "fact": "version", "handoff": "first_pass"},
    **{"contribution": "entries", "entry": "amount", "score": "refresh", "result": "reason"},
}


def lines_with_any(sources: Sources) -> dict[str, list[int]]:
    """By path the lines that say ``Any``, imports apart."""
    found: dict[str, set[int]] = {}
    for path, source in sources.items():
        for node in ast.walk(parsed(source)):
            if (isinstance(node, ast.Name) and node.id == "Any") or (isinstance(node, ast.Attribute) and node.attr == "Any"):
                found.setdefault(path, set()).add(node.lineno)
    return {path: sorted(numbers) for path, numbers in found.items()}


def without_reason(sources: Sources) -> list[str]:
    """Lines that say ``Any`` with neither a comment on them nor a text that explains them right below or above."""
    found = []
    for path, numbers in lines_with_any(sources).items():
        lines = sources[path].splitlines()
        explained = {end + 1 for end in _explained(sources[path])}
        for number in numbers:
            above = lines[number - 2].lstrip() if number > 1 else ""
            near = _REASON.search(lines[number - 1]) or (above.startswith("#") and _REASON.search(above))
            if not near and number + 1 not in explained:
                found.append(f"{path}:{number}: Any without its reason")
    return found


def _explained(source: str) -> Iterator[int]:
    """The last lines of statements that a text explains: aliases and constants with a docstring."""
    for node in ast.walk(parsed(source)):
        body = getattr(node, "body", None)
        for one, following in pairwise(body) if isinstance(body, list) else ():
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant) and one.end_lineno:
                yield one.end_lineno


def taken_by_place(sources: Sources) -> list[str]:
    """Fields taken by their place: an index that is a named number, one from 2 on, or one into what another index gave."""
    numbers = {name for source in sources.values() for name in _named_numbers(source)}
    return [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path, source in sources.items()
        for node in ast.walk(parsed(source))
        if isinstance(node, ast.Subscript) and _is_place(node, numbers)
    ]


def _named_numbers(source: str) -> Iterator[str]:
    for node in parsed(source).body:
        if not isinstance(node, ast.Assign):
            continue
        number = isinstance(node.value, ast.Constant) and isinstance(node.value.value, int)
        places = isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "range"
        if number or places:
            yield from (n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name))


def _is_place(node: ast.Subscript, numbers: set[str]) -> bool:
    index = node.slice
    if any(isinstance(n, ast.Name) and n.id in numbers for n in ast.walk(index)) and not isinstance(index, ast.Slice):
        return True
    number = index.value if isinstance(index, ast.Constant) else None
    return type(number) is int and (number >= 2 or _is_item_of(node.value))


def _is_item_of(value: ast.expr) -> bool:
    index = value.slice if isinstance(value, ast.Subscript) else None
    index = index.operand if isinstance(index, ast.UnaryOp) else index
    return isinstance(index, ast.Constant) and type(index.value) is int


def test_any_is_rare_and_has_a_reason() -> None:
    """Few lines of the core say ``Any``, and each says why."""
    core = modules(*CORE)
    assert sum(map(len, lines_with_any(core).values())) < MOST_ANY
    assert without_reason(core) == []


def test_fields_are_taken_by_name() -> None:
    """No module of the core takes a field of a record by its place."""
    assert taken_by_place(modules(*BY_NAME)) == []


def test_a_misspelt_field_is_a_type_error(tmp_path: Path) -> None:
    """A field of an event, a fact, a contribution, a score or of their parts that does not exist fails the type check, at its
    line and by its name; rightly spelt, the same lines pass."""
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(SNIPPET.format(**FIELDS))
    wrong.write_text(SNIPPET.format(**{name: f"{field}x" for name, field in FIELDS.items()}))
    said = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", str(right), str(wrong)],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    errors = re.findall(r'(\w+)\.py:\d+: error: "\w+" has no attribute "(\w+)"', said)
    assert sorted(errors) == sorted(("wrong", f"{field}x") for field in FIELDS.values()), said


@pytest.mark.parametrize(
    "source",
    ["x = row[3]", "A, B = range(2)\nx = row[B]", "BODY = 6\nx = row[BODY + 1]", "x = rows[-1][0]", "x = rows()[0][0]"],
)
def test_a_field_taken_by_place_is_caught(source: str) -> None:
    """Negative control: each way to take a field by its place is caught."""
    assert taken_by_place({"streams/x.py": source})


def test_indexes_that_are_none_are_fine() -> None:
    """Negative control: the first and the last of a list, keys, slices and types are no fields."""
    fine = "x = rows[0], rows[-1], found['a'], found[EVENTS], found[key][0], key[:8], rows[1:]\nTOP = 'a'\nz = d[TOP]"
    assert taken_by_place({"streams/x.py": fine}) == []


def test_any_without_a_reason_is_caught() -> None:
    """Negative control: ``Any`` in an annotation needs a comment on its line or above, or a text below its alias."""
    assert without_reason({"streams/x.py": "def f(x: Any) -> None: ..."})
    assert without_reason({"streams/x.py": "def f(x: typing.Any) -> None: ...  # " + "noqa: E501"})
    assert (
        without_reason({"streams/x.py": 'Row = tuple[Any, ...]\n"""Cells."""\ndef f(x: Any) -> None: ...  # untyped library'})
        == []
    )
