"""docs/reliability.md from the tests' own words: what guards the numbers, how it is attacked, and what fails without it.

A test marked ``guard(NAME)`` attacks a guard; one marked ``control(NAME)`` shows that without the guard the attack succeeds,
or that the attack finds what it looks for. ``python -m tests.house.reliability_page`` writes the page.
"""

import ast
import sys
from collections.abc import Iterator
from typing import NamedTuple

from tests.house.tree import ROOT, Sources, modules, parsed, texts

PAGE = "docs/reliability.md"
MARKS = ("guard", "control")
GUARDS = {
    "place": "A record counts in its own partition, a control record as the clock's broadcast, whoever else writes.",
    "topic identity": "A topic that is made again or given partitions stops every process, with one mend.",
    "committed only": "Only what was committed counts, for every reader of a topic; an open transaction is said.",
    "unreadable": "What no client can read stops whoever reads it, with its place; nobody goes on without it.",
    "other clients": "What CloudEvents allows is used as it was meant, or parked with what to write instead.",
    "bounded cuts": "What a cut holds, publishes and lets wait is bounded, whatever is imported behind whatever.",
    "one source": "What one source sends wrong is parked and named; it stops nobody else.",
    "one item": "What one item publishes grows with what changed, and how much of it is kept has an end, which is published.",
    "clock": "A clock that went wrong stops no number silently.",
    "recorded settings": "A home's time, time zone and horizon are what its record says, whatever a shell forgot or says.",
    "rebuild": "A generation is recorded before it publishes, and begins where it was recorded.",
    "snapshots": "A copy of a state is whole, or it is not used; nothing local goes before that is known.",
    "tail": "What was produced before `baton down` is in the warehouse after it, or named.",
    "standing still": "A process that hangs is named, and so is what it keeps from the tables.",
    "ratings": "Fewer than five raters can't be told from anything published, by whatever subtraction.",
    "private votes": "Readers reach no single vote; who reads one is on record.",
    "moves": "What moves, ends, work and rejections of an item mean, counted a second time from the rules' text.",
    "team names": "One team has one name at a time, however it is spelled and whatever it was called before.",
    "forgotten items": "What is too late, and what a due time means, is the same for the fold and for SQL.",
    "rows between ticks": "A window shows what it holds, also while no tick comes.",
    "verify": "What was not compared is never green.",
}
"""Guard → what it keeps, in the order of the page."""
_HEAD = """# Reliability

What stands between a wrong input and a wrong number, and how it was attacked. Each line is a test's own description; the tests
run with `make test`. A **control** shows that it is the guard that holds: without it, or with it broken on purpose, the attack
succeeds. This page is made by `python -m tests.house.reliability_page`.
"""


class Marked(NamedTuple):
    """A test that attacks a guard, or is a control of one; ``about``: its description up to the first empty line."""

    guard: str
    mark: str
    place: str
    about: str


def marked(sources: Sources) -> Iterator[Marked]:
    """The marked tests, in the order of their files."""
    for path, source in sorted(sources.items()):
        for node in ast.walk(parsed(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                about = (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ").replace("``", "`")
                yield from (Marked(name, mark, f"{path}::{node.name}", about) for mark, name in _marks(node))


def _marks(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, str]]:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr in MARKS:
            for argument in decorator.args:
                if isinstance(argument, ast.Constant):
                    yield decorator.func.attr, str(argument.value)


def page(found: list[Marked]) -> str:
    """The page."""
    parts = [_HEAD]
    for guard, keeps in GUARDS.items():
        parts.append(f"## {guard[0].upper()}{guard[1:]}\n\n{keeps}\n")
        places = {mark: [one for one in found if (one.guard, one.mark) == (guard, mark)] for mark in MARKS}
        both = {one.place for one in places["control"]} & {one.place for one in places["guard"]}
        lines = [f"- {one.about}{' **With its control.**' * (one.place in both)} (`{one.place}`)" for one in places["guard"]]
        lines += [f"- **Control:** {one.about} (`{one.place}`)" for one in places["control"] if one.place not in both]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def wrong(found: list[Marked], text: str) -> list[str]:
    """What is wrong with the marks, or with ``text`` as the page of them."""
    problems = [f"{one.place}: no guard is called {one.guard!r}" for one in found if one.guard not in GUARDS]
    problems += [f"{one.place}: has no description" for one in found if not one.about]
    for guard in GUARDS:
        there = {one.mark for one in found if one.guard == guard}
        problems += [f"{guard}: no test is marked {mark}({guard!r})" for mark in MARKS if mark not in there]
    if not problems and text != page(found):
        problems.append(f"{PAGE} is out of date: python -m tests.house.reliability_page")
    return problems


def main(words: list[str]) -> int:
    """Write the page, or with ``--check`` say whether it is as it should be: exit code 0 or 1."""
    found = list(marked(modules("tests")))
    if "--check" not in words:
        (ROOT / PAGE).write_text(page(found), encoding="utf-8")
        return 0
    problems = wrong(found, texts().get(PAGE, ""))
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
