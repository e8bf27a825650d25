"""Tables and views as the migrations say them: name, comment, columns with their comments."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sinks.migration_files import Migration

_CREATE = re.compile(r"CREATE (?:TABLE IF NOT EXISTS|OR REPLACE VIEW) (\w+)\s*\((.*?)\n\)\n(.*)", re.DOTALL)
_ALTER = re.compile(r"ALTER TABLE (\w+)\n(.*)", re.DOTALL)
_ADDED = re.compile(r"^    ADD COLUMN IF NOT EXISTS (\w+) +(.+?) +COMMENT '((?:[^']|'')*)' AFTER (\w+),?$", re.MULTILINE)
_EXPLAINED = re.compile(r"^    COMMENT COLUMN IF EXISTS (\w+) '((?:[^']|'')*)',?$", re.MULTILINE)
_COLUMN = re.compile(r"^    (\w+) +(.+?) +COMMENT '((?:[^']|'')*)',?$", re.MULTILINE)
_COMMENT = re.compile(r"\nCOMMENT '((?:[^']|'')*)'$")
_UNSEEN = re.compile(r"^    (?:ADD|MATERIALIZE) INDEX IF (?:NOT )?EXISTS .+$", re.MULTILINE)
"""Lines of an ALTER TABLE that change nothing anybody reads."""
_PARAMETER = re.compile(r"\{(\w+):([^}]+)\}")
_ORDER = re.compile(r"^ORDER BY (.+)$", re.MULTILINE)


class Column(NamedTuple):
    """One column: name, ClickHouse type, what it means."""

    name: str
    type: str
    about: str


class Relation(NamedTuple):
    """One table or view. ``key`` is empty for a view. ``parameters`` of a view that is called: name → type.

    ``statement``: what made it; of a table the first one.
    """

    name: str
    about: str
    key: str
    columns: tuple[Column, ...]
    parameters: Mapping[str, str] = MappingProxyType({})
    statement: str = ""


def relations(migrations: Iterable[Migration]) -> list[Relation]:
    """Every table and view, the newest definition of each, in the order in which they first appear.

    Raises ``ValueError`` for a statement without a comment, or with a column without one.
    """
    found: dict[str, Relation] = {}
    for migration in migrations:
        if migration.is_access:
            continue
        for statement in migration.statements:
            relation = _altered(statement, found) if statement.startswith("ALTER") else _relation(statement)
            found[relation.name] = relation
    return list(found.values())


def _altered(statement: str, found: dict[str, Relation]) -> Relation:
    """The table with the columns a statement adds, each in its place, and with other words for those it explains anew."""
    parts = _ALTER.match(statement)
    name, lines = parts.groups() if parts else ("", "")
    added, explained = _ADDED.findall(lines), dict(_EXPLAINED.findall(lines))
    if parts is None or len(added) + len(explained) + len(_UNSEEN.findall(lines)) != len(lines.splitlines()):
        raise ValueError(
            f"not an ALTER TABLE that adds commented columns, each AFTER another, comments or indexes: {statement[:60]}"
        )
    table = found[name]
    columns = [
        column._replace(about=_text(explained.pop(column.name))) if column.name in explained else column
        for column in table.columns
    ]
    if explained:
        raise ValueError(f"{name} has no columns {', '.join(explained)}")
    for name, kind, about, before in added:
        columns.insert([column.name for column in columns].index(before) + 1, Column(name, _plain(kind), _text(about)))
    return table._replace(columns=tuple(columns))


def _relation(statement: str) -> Relation:
    parts, comment = _CREATE.match(statement), _COMMENT.search(statement)
    if parts is None or comment is None:
        raise ValueError(f"not a commented CREATE TABLE or VIEW: {statement[:60]}")
    name, body, rest = parts.groups()
    columns = tuple(Column(n, _plain(t), _text(about)) for n, t, about in _COLUMN.findall(body))
    lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("INDEX ")]
    if len(columns) != len(lines):
        raise ValueError(f"{name}: a column without a comment")
    order = _ORDER.search(rest) if "ENGINE = " in rest else None
    return Relation(name, _text(comment[1]), order[1] if order else "", columns, dict(_PARAMETER.findall(rest)), statement)


def _plain(kind: str) -> str:
    """A column's type, without how it is stored or filled."""
    return re.sub(r" (CODEC|DEFAULT|MATERIALIZED) .*", "", kind)


def _text(quoted: str) -> str:
    return quoted.replace("''", "'")
