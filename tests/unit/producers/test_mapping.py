"""Mappings: what is wrong is named with its line."""

from pathlib import Path
from typing import get_args

import pytest

from producers.importers.mapping import PRESETS, StatusWord, load, parse
from schemas.errors import Stop
from schemas.fields import Status

GOOD = """\
name: desk
format: csv
order: rows
case: id
time:
  column: at
team:
  column: group
  unassigned: [Nobody]
status:
  column: [main, sub]
  words:
    open/-100: queued
    no: ignore
"""


def mistake(old: str, new: str) -> str:
    with pytest.raises(Stop) as caught:
        parse(GOOD.replace(old, new), "desk.yaml")
    return str(caught.value)


def test_a_good_mapping_is_read() -> None:
    """Single texts stand for lists of one, words stay words, and the columns come in their fixed order."""
    mapping = parse(GOOD, "desk.yaml")
    assert mapping.columns() == (("id",), ("at",), ("group",), ("main", "sub"), None, None, None, None, None, None)
    assert mapping.status is not None
    assert mapping.status.words == {"open/-100": "queued", "no": "ignore"}
    assert mapping.time.formats == ("iso",)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    open/-100: queued", "    open/-100: wroking", "line 13: status.words.open/-100: Input should be 'queued'"),
        (
            "  column: at",
            "  colum: at",
            "line 6: time.colum: no such key; did you mean `column`? allowed: column, formats, zone",
        ),
        ("case: id\n", "", "line 1: case: is missing"),
        ("  unassigned: [Nobody]", '  words: {A: B, "A ": C}', "line 9: team.words: A  is two teams"),
        ("  unassigned: [Nobody]", "  words: {A: ' '}", "line 9: team.words: a name of blanks alone is no team"),
        ("  unassigned: [Nobody]", "  unassigned: [A]\n  words: {A: B}", "A is in `unassigned` and in `words`"),
        ("  column: at", "  zone: UTC", "line 5: time.column: is missing"),
        ("order: rows", "order: file", "line 3: order: Input should be 'rows', 'time' or 'newest_first'; found 'file'"),
        ("  column: at", "  column: at\n  zone: Berlin", "zone 'Berlin' is no IANA name"),
        ("  column: at", "  column: at\n  formats: dd.mm.yyyy", "format 'dd.mm.yyyy' is none of iso"),
        ("order: rows", "order: rows\norder: time", "line 4: `order` stands twice (also in line 3)"),
        ("format: csv", "format: [csv", "desk.yaml, line"),
        ("name: desk", "name: My Desk", "line 1: name"),
        ("time:\n  column: at", "time: at", "line 5: time: needs keys below it (column, formats, zone), found 'at'"),
        ("format: csv", "format: csv\nencoding: utf-9", "line 3: encoding: no encoding is called utf-9"),
        (GOOD, "- a\n- b\n", "expected `key: value` lines"),
        ("case: id", "case: id\ndeliverable: {}", "give either `is` or `column`"),
        ("case: id", "case: id\nrevision: -1", "line 5: revision"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, expected: str) -> None:
    """Every mistake says file, line, key, and what is allowed there."""
    assert expected in mistake(old, new)
    assert "desk.yaml" in mistake(old, new)


def test_the_words_are_the_statuses_and_ignore() -> None:
    """A mapping can say each of the six statuses, or that a word says nothing."""
    assert {*get_args(Status), "ignore"} == set(get_args(StatusWord))


def test_all_mistakes_are_named_at_once() -> None:
    """Two mistakes in one file are both in the message."""
    words = mistake("order: rows\ncase: id", "order: file\ncase: id\nteem: x")
    assert "line 3" in words
    assert "did you mean `team`?" in words


@pytest.mark.parametrize("preset", sorted(path.stem for path in PRESETS.glob("*.yaml")))
def test_presets_are_good_and_named_as_their_file(preset: str) -> None:
    """Every shipped mapping can be read and gives its events its file's name."""
    assert preset == load(preset).name


def test_an_unknown_preset_names_those_there_are(tmp_path: Path) -> None:
    """A wrong name answers with the right ones; a missing file with its path."""
    with pytest.raises(Stop, match=r"bpic-2013, sample, uci-498"):
        load("uci")
    with pytest.raises(Stop, match=r"none\.yaml"):
        load(tmp_path / "none.yaml")
