"""``docs/warehouse.md``: every table, view and column with its comment, made from the migrations.

``python -m sinks.warehouse_docs`` writes it, ``--check`` fails when it is out of date.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sinks.migrate import LEDGER, Migration, parse, read

PAGE = Path(__file__).parent.parent / "docs" / "warehouse.md"
_HEAD = """# The warehouse

Made from the comments in `sinks/migrations` by `python -m sinks.warehouse_docs`; don't edit it by hand. In ClickHouse the
same comments stand in `system.tables` and `system.columns`.

Read the views. The tables below them are versioned upserts: they hold every write until ClickHouse merges it away, rows of
older and of unfinished generations included, so a count over a table is not a count of things.
"""
_CREATE = re.compile(r"CREATE (?:TABLE IF NOT EXISTS|OR REPLACE VIEW) (\w+)\s*\((.*?)\n\)\n(.*)", re.DOTALL)
_ALTER = re.compile(r"ALTER TABLE (\w+)\n(.*)", re.DOTALL)
_ADDED = re.compile(r"^    ADD COLUMN IF NOT EXISTS (\w+) +(.+?) +COMMENT '((?:[^']|'')*)' AFTER (\w+),?$", re.MULTILINE)
_COLUMN = re.compile(r"^    (\w+) +(.+?) +COMMENT '((?:[^']|'')*)',?$", re.MULTILINE)
_COMMENT = re.compile(r"\nCOMMENT '((?:[^']|'')*)'$")
_ORDER = re.compile(r"^ORDER BY (.+)$", re.MULTILINE)


class Column(NamedTuple):
    """One column: name, ClickHouse type, what it means."""

    name: str
    type: str
    about: str


class Relation(NamedTuple):
    """One table or view. ``key`` is empty for a view."""

    name: str
    about: str
    key: str
    columns: tuple[Column, ...]


def relations(migrations: Iterable[Migration]) -> list[Relation]:
    """Every table and view, the newest definition of each, in the order in which they first appear.

    Raises ``ValueError`` for a statement without a comment, or with a column without one.
    """
    found: dict[str, Relation] = {}
    for migration in migrations:
        for statement in migration.statements:
            relation = _altered(statement, found) if statement.startswith("ALTER") else _relation(statement)
            found[relation.name] = relation
    return list(found.values())


def _altered(statement: str, found: dict[str, Relation]) -> Relation:
    """The table with the columns a statement adds, each in its place."""
    parts = _ALTER.match(statement)
    name, lines = parts.groups() if parts else ("", "")
    added = _ADDED.findall(lines)
    if parts is None or len(added) != len(lines.splitlines()):
        raise ValueError(f"not an ALTER TABLE that only adds commented columns, each AFTER another: {statement[:60]}")
    table = found[name]
    columns = list(table.columns)
    for name, kind, about, before in added:
        columns.insert([column.name for column in columns].index(before) + 1, Column(name, _type(kind), _text(about)))
    return table._replace(columns=tuple(columns))


def _relation(statement: str) -> Relation:
    parts, comment = _CREATE.match(statement), _COMMENT.search(statement)
    if parts is None or comment is None:
        raise ValueError(f"not a commented CREATE TABLE or VIEW: {statement[:60]}")
    name, body, rest = parts.groups()
    columns = tuple(Column(n, _type(t), _text(about)) for n, t, about in _COLUMN.findall(body))
    lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("INDEX ")]
    if len(columns) != len(lines):
        raise ValueError(f"{name}: a column without a comment")
    order = _ORDER.search(rest) if "ENGINE = " in rest else None
    return Relation(name, _text(comment[1]), order[1] if order else "", columns)


def _type(words: str) -> str:
    return re.sub(r" (CODEC|DEFAULT) .*", "", words)


def _text(quoted: str) -> str:
    return quoted.replace("''", "'")


def page(found: Iterable[Relation]) -> str:
    """The page, views first."""
    listed = list(found)
    lines = [_HEAD]
    for title, those in (("Views", [r for r in listed if not r.key]), ("Tables", [r for r in listed if r.key])):
        lines.append(f"## {title}\n")
        for relation in those:
            lines += [f"### {relation.name}\n", f"{relation.about}.\n"]
            if relation.key:
                lines.append(f"Key: {relation.key.strip('()')}.\n")
            lines += ["| column | type | meaning |", "|---|---|---|"]
            lines += [f"| {c.name} | {c.type} | {c.about.replace('|', chr(92) + '|')} |" for c in relation.columns]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main(words: list[str]) -> int:
    """Write the page, or with ``--check`` say whether it is as it should be: exit code 0 or 1."""
    text = page(relations([*read(), parse("ledger", LEDGER)]))
    if "--check" not in words:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("docs/warehouse.md is out of date\n  mend: python -m sinks.warehouse_docs\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
