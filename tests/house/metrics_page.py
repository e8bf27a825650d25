"""The page of metrics as the house rules read it: its sections, tables and blocks, and what texts refer to on it."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from tests.house.tree import Sources

PAGE = "docs/metrics.md"
Row = tuple[str, ...]
_ID = r"(?:[A-Z]\d+|\d\.\d)(?![\w])"
_IDS = re.compile(rf"\bmetrics:? ((?:{_ID}(?:-{_ID})?(?:, and | and |, |)?)+)")
_HEADING = re.compile(rf'^(?:<a id="(?P<anchor>[^"]+)"></a>\n)?##+ (?P<id>{_ID})? ?(?P<words>.*)$', re.MULTILINE)
_DOCS = re.compile(r"(?<![\w/.])docs/[\w./-]*\w(?:#[\w.-]*\w)?")
_DECISION = re.compile(r"\bdecisions? (\d{4})\b")


class Table(NamedTuple):
    """A table: the id of the section it stands in, empty where that has none; its header and rows, without back-ticks."""

    section: str
    header: Row
    rows: list[Row]


def headings(page: str) -> dict[str, str]:
    """The id of each heading that has one → the anchor before it, empty where there is none."""
    return {found["id"]: found["anchor"] or "" for found in _HEADING.finditer(page) if found["id"]}


def sections(page: str) -> Iterator[tuple[str, str]]:
    """Each heading's id, empty where it has none, and the text below it up to the next heading."""
    found = list(_HEADING.finditer(page))
    for heading, following in zip(found, [*found[1:], None], strict=True):
        yield heading["id"] or "", page[heading.end() : following.start() if following else len(page)]


@cache
def tables(page: str) -> list[Table]:
    """Every table of the page, in order."""
    found = []
    for section, text in sections(page):
        for part in re.findall(r"(?:^\|.*\|\n)+", text + "\n", re.MULTILINE):
            header, _, *rows = [_cells(line) for line in part.strip().splitlines()]
            found.append(Table(section, header, rows))
    return found


def _cells(line: str) -> Row:
    return tuple(
        cell.strip().replace("`", "") for cell in re.sub(r"\]\(#[\w.]+\)", "", line).replace("[", "")[1:-1].split("|")
    )


def block(page: str, name: str) -> str:
    """The text of the fenced block of that name."""
    found = re.findall(rf"^```{name}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"{len(found)} blocks {name}"
    return str(found[0])


def referred(text: str) -> set[str]:
    """The ids that a text refers to as "metrics W5", lists and ranges written out."""
    flat = re.sub(r"\s+(?:# )?", " ", text)
    ids: set[str] = set()
    for match in _IDS.finditer(flat):
        for word in re.findall(rf"{_ID}(?:-{_ID})?", match[1]):
            first, _, last = word.partition("-")
            kind = first[: -len(first.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))] if first[0].isalpha() else first[:2]
            numbers = range(int(first[len(kind) :]), int((last or first)[len(kind) :]) + 1)
            ids.update(f"{kind}{number}" for number in numbers)
    return ids


def dead_references(sources: Sources, page: str) -> list[str]:
    """Ids that texts refer to and that are no heading of the page."""
    there = headings(page)
    return [f"{path}: metrics {id}" for path, text in sources.items() for id in sorted(referred(text) - there.keys())]


def dead_pages(sources: Sources, there: Sources) -> list[str]:
    """Paths below docs, their anchors, and numbers of decisions, that texts name and that are not there."""
    folders = {path[:n] for path in there for n, letter in enumerate(path) if letter == "/"}
    numbers = {path.removeprefix("docs/decisions/")[:4] for path in there if path.startswith("docs/decisions/")}
    found = []
    for path, text in sources.items():
        for name in sorted(set(_DOCS.findall(text))):
            file, _, anchor = name.partition("#")
            known = file in there or file.rstrip("/") in folders
            if not known or (anchor and f'<a id="{anchor}"></a>' not in there[file]):
                found.append(f"{path}: {name}")
        found += [f"{path}: decision {number}" for number in sorted(set(_DECISION.findall(text)) - numbers)]
    return found
