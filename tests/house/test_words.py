"""One word for one thing: event fields, columns and glossary agree."""

import re

import pytest

from measures.registry import MEASURES
from schemas.event_bodies import BODIES, AgreedDeliverable
from schemas.events import CONTROL, Envelope
from schemas.facts import ItemFact, Verdict
from schemas.watermarks import Watermark
from sinks.migration_files import read
from sinks.tables import BODY_COLUMNS, ITEM_BODY_COLUMNS, TABLES
from tests.house.tree import texts

WORDS = (
    *("work item", "handoff", "supplier", "customer", "deliverable", "pair", "route", "journey", "fact", "pane", "window"),
    *("watermark", "tick", "vote", "report card", "agreement", "shortfall", "action plan", "first pass", "return", "rework"),
    *("bounce", "ping-pong", "weakest link", "guardrail", "story", "hero"),
    *("custody path", "cut", "dead letter", "generation", "home", "horizon", "retraction", "revision", "verdict", "W"),
)
"""The vocabulary of the design, and the words its rules are told in."""
RENAMED = {
    **{"to": "to_team", "from": "from_team", "due": "due_at", "recordedat": "recorded_at", "timenanos": "nanos"},
    "since": "since_at",
}
"""Event field → column, where one name will not do. Everything else has the same name in both."""
UNSAID = {"specversion", "dataschema", "datacontenttype"}
"""Attributes of CloudEvents that say nothing of ours."""


def entries(page: str) -> dict[str, str]:
    """Word → what the glossary says of it."""
    found = re.findall(r"^- \*\*(.+?)\*\*: (.+?)(?=^- |^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert len(found) == len(dict(found)), "a word stands twice"
    return dict(found)


def explained(page: str) -> set[str]:
    """The fields and columns its tables explain."""
    return set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))


def event_fields() -> dict[str, set[str]]:
    """Each event type's fields in ``data`` by their names on the wire."""
    return {t: {f.alias or name for name, f in body.model_fields.items()} for t, body in BODIES.items()}


def unexplained(page: str) -> list[str]:
    """Fields of events and facts, and columns of tables and views, that the glossary does not explain."""
    known = explained(page)
    wire = set().union(*event_fields().values()) | (set(Envelope.model_fields) - UNSAID) | set(AgreedDeliverable.model_fields)
    facts = {name for model in (ItemFact, Verdict, Watermark) for name in model.model_fields}
    return sorted((wire | facts | columns()) - known - INTERNAL)


INTERNAL = {"is_deleted", "topic", "rank", "complete", "name", "applied_at", "sum"}
"""Columns that only the machinery reads, or that their view explains."""


def columns() -> set[str]:
    """Every column that a migration gives a comment."""
    named = re.compile(r"^    (?:ADD COLUMN IF NOT EXISTS )?(\w+) +\S.* COMMENT '", re.MULTILINE)
    return {name for m in read() for s in m.statements for name in named.findall(s)}


def test_the_glossary_has_every_word() -> None:
    """Each word of the vocabulary is explained once, in alphabetical order."""
    found = entries(texts()["docs/glossary.md"])
    assert sorted(set(WORDS) - found.keys()) == []
    assert list(found) == sorted(found, key=str.casefold)
    assert all(len(text) > 20 for text in found.values())


def test_every_field_and_column_is_explained() -> None:
    """Each field of an event or fact and each column stands in the glossary."""
    assert unexplained(texts()["docs/glossary.md"]) == []


def test_the_glossary_explains_nothing_that_is_not_there() -> None:
    """Each name in the glossary's tables is a field or a column."""
    wire = set().union(*event_fields().values(), Envelope.model_fields, AgreedDeliverable.model_fields)
    there = wire | columns() | {c for table in TABLES.values() for c in table.columns}
    assert sorted(explained(texts()["docs/glossary.md"]) - there) == []


def test_fields_and_columns_have_one_name() -> None:
    """Every field of an event about work items is a column of raw_events, under its own name or the one declared."""
    fields = set().union(*(fields for t, fields in event_fields().items() if t not in CONTROL))
    expected = {RENAMED.get(field, field): field for field in fields}
    assert {column: field.rstrip("_") for column, field in BODY_COLUMNS.items()} == expected
    assert set(ITEM_BODY_COLUMNS) == set(ItemFact.model_fields)
    envelope = {RENAMED.get(name, name) for name in Envelope.model_fields} - UNSAID
    assert envelope <= {*TABLES["raw_events"].columns}
    assert set(Verdict.model_fields) <= {*TABLES["verdict_facts"].columns}
    assert set(Watermark.model_fields) <= {*TABLES["watermarks"].columns}


def test_every_measure_is_explained() -> None:
    """The glossary has a line for each measure of the registry, with its metric, unit and scopes, and for no other."""
    rows = re.findall(r"^\| (\w+) \| (\w+) \| ([\w ]+) \| ([\w, ]+) \| .+ \|$", texts()["docs/glossary.md"], re.MULTILINE)
    told = [row for row in rows if row[0] != "measure"]
    assert told == [(m.name, m.id, m.unit, ", ".join(m.scopes)) for m in MEASURES]


def test_the_glossary_names_what_is_renamed() -> None:
    """The names that differ between event and column are exactly the ones the glossary lists."""
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|$", texts()["docs/glossary.md"], re.MULTILINE)
    assert dict(rows) == RENAMED


@pytest.mark.parametrize("name", ["bounces", "to_team", "rework_minutes", "w"])
def test_a_name_that_is_not_explained_is_caught(name: str) -> None:
    """Negative control: a glossary that lacks a name is told so."""
    page = re.sub(rf"^\| `{name}` .*\n", "", texts()["docs/glossary.md"], flags=re.MULTILINE)
    assert unexplained(page) == [name]


def test_a_word_that_stands_twice_is_caught() -> None:
    """Negative control: two meanings of one word fail."""
    with pytest.raises(AssertionError, match="twice"):
        entries("- **pair**: one thing\n- **pair**: another thing\n")
