"""The page of metrics under test: it has every measure, what texts refer to stands there, and its figures are the code's."""

import re

import pytest

from measures.reasons import REASONS
from measures.registry import MEASURES, fields
from tests.house.metrics_page import PAGE, Row, dead_pages, dead_references, headings, referred, sections, tables
from tests.house.recomputed import (
    ANCHORS,
    ANOMALIES,
    CHECKS,
    DEFINED,
    LISTED,
    RESULTS,
    anomalies,
    differences,
)
from tests.house.tree import PACKAGES, modules, texts

WITHOUT_MEASURE = {"X1"}
"""Sections of facts that no measure reads yet."""
LABELS = ("Formula", "Example", "Caveat", "Source")


def wrong_sections(page: str) -> list[str]:
    """Measures that stand in no section or another one, and what a section tells that is no measure."""
    told = [(table.section, *row[:3]) for table in tables(page) if table.header == DEFINED for row in table.rows]
    there = [(m.id, m.name, m.unit, ", ".join(m.scopes)) for m in MEASURES]
    found = [f"missing: {' | '.join(row)}" for row in there if row not in told]
    found += [f"no such measure: {' | '.join(row)}" for row in told if row not in there]
    ids = {id for id in headings(page) if id[0].isalpha()} - WITHOUT_MEASURE
    return found + [f"no measure has the id {id}" for id in sorted(ids - {m.id for m in MEASURES})]


def incomplete(page: str) -> list[str]:
    """Sections of measures that lack formula, example, caveat or source; measures without an example."""
    ids = {m.id for m in MEASURES}
    found = [
        f"{id}: no {label}" for id, text in sections(page) if id in ids for label in LABELS if f"**{label}.**" not in text
    ]
    shown = {(table.section, row[1]) for table in tables(page) if table.header == RESULTS for row in table.rows}
    return found + [f"{m.id}: no example of {m.name}" for m in MEASURES if (m.id, m.name) not in shown]


def column(page: str, header: Row) -> list[str]:
    """The first cells of all tables with that header."""
    return [row[0] for table in tables(page) if table.header == header for row in table.rows]


def test_every_measure_has_its_section() -> None:
    """Each measure stands in the section of its id with unit and scopes, and no section names another one."""
    assert wrong_sections(texts()[PAGE]) == []


def test_the_list_of_all_measures_is_the_registry() -> None:
    """The list has each measure once, in the registry's order."""
    assert column(texts()[PAGE], LISTED) == [m.name for m in MEASURES]


def test_every_section_is_whole() -> None:
    """The section of a measure has formula, example, caveat and source, and an example of every measure in it."""
    assert incomplete(texts()[PAGE]) == []


def test_every_heading_with_an_id_has_its_anchor() -> None:
    """A link to the id in small letters leads to the section."""
    assert {id: anchor for id, anchor in headings(texts()[PAGE]).items() if anchor != id.lower()} == {}


def test_links_within_the_page_lead_somewhere() -> None:
    """Each link of the page to one of its sections names an anchor there is."""
    page = texts()[PAGE]
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= set(headings(page).values())


def test_texts_refer_to_metrics_that_are_explained() -> None:
    """Each "metrics" with an id in a module of packages, benches or tests is a heading of the page."""
    assert dead_references(modules(*PACKAGES, "bench", "tests"), texts()[PAGE]) == []


def test_texts_refer_to_pages_that_exist() -> None:
    """Each path below docs, with its anchor, and each decision that a module names is there."""
    assert dead_pages(modules(*PACKAGES, "bench"), texts()) == []


def test_every_figure_is_the_codes() -> None:
    """Each row of each table on the page is what the code makes of it."""
    assert differences(texts()[PAGE]) == []
    assert {table.header for table in tables(texts()[PAGE])} == set(CHECKS)


def test_every_word_of_a_closed_list_is_explained() -> None:
    """All anomalies, all codes of returns and all fields that measures read stand on the page."""
    page = texts()[PAGE]
    assert set(column(page, ANOMALIES)) == anomalies()
    (codes,) = re.findall(r"^Codes: (.*?)\.$", page, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(\w+)`", codes)) == REASONS
    read = {field for m in MEASURES for scope in m.scopes for field in fields(scope, m.refresh)}
    assert sorted(", ".join(column(page, ANCHORS)).split(", ")) == sorted(read)


@pytest.mark.parametrize(
    ("old", "new", "caught"),
    [
        ("| fpy | share | pair, route | `pass / dec` |\n", "", "missing: W1 | fpy"),
        ("| fpy | share | pair, route |", "| fpy | hours | pair, route |", "no such measure: W1 | fpy | hours"),
        ("| fpy | share | pair, route | `", "| yield | share | pair | `", "no such measure: W1 | yield"),
        ("### W1 ", "### W19 ", "no measure has the id W19"),
    ],
)
def test_a_wrong_section_is_caught(old: str, new: str, caught: str) -> None:
    """Negative control: a measure left out, another unit, an invented measure and an invented id are caught."""
    page = texts()[PAGE]
    assert old in page
    assert any(found.startswith(caught) for found in wrong_sections(page.replace(old, new)))


def test_a_section_that_lacks_something_is_caught() -> None:
    """Negative control: a section without a caveat, and a measure without an example, are caught."""
    page = texts()[PAGE]
    start = page.index("### W1 ")
    assert incomplete(page[:start] + page[start:].replace("**Caveat.**", "", 1)) == ["W1: no Caveat"]
    assert incomplete(re.sub(r"^\| E0×5 both \| moves .*\n", "", page, flags=re.MULTILINE)) == ["W5: no example of moves"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("(metrics 1.1, 1.2, W1-W3, T1)", {"1.1", "1.2", "W1", "W2", "W3", "T1"}),
        ("the metrics W1, T3 and X1 say\n    more", {"W1", "T3", "X1"}),
        ("sums (DDSketch, metrics\n    1.4): 5 of them", {"1.4"}),
        ("# see metrics\n# W5", {"W5"}),
        ("metrics, W1 of old; W2 metrics; econometrics T1; metrics W", set()),
    ],
)
def test_references_are_found(text: str, ids: set[str]) -> None:
    """Negative control: lists, ranges and broken lines are read; what only looks alike is not."""
    assert referred(text) == ids


def test_a_reference_to_nothing_is_caught() -> None:
    """Negative control: ids, pages, anchors and decisions that are not there are caught, others are not."""
    page, there = texts()[PAGE], texts()
    bad = {"streams/x.py": '"""Sums (metr' + 'ics 1.4, W1-W19)."""'}
    assert dead_references(bad, page) == [f"streams/x.py: metrics W{n}" for n in sorted(range(9, 20), key=str)]
    named = {
        "streams/x.py": "docs/gone.md, docs/metrics.md#w99, docs/metrics.md#w5, docs/decisions, decision 0001, decision 9999"
    }
    found = ["docs/gone.md", "docs/metrics.md#w99", "decision 9999"]
    assert dead_pages(named, there) == [f"streams/x.py: {name}" for name in found]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("| 5 | 20 | 0.25 | 0.1119 to 0.4687 |", "| 5 | 20 | 0.25 | 0.1119 to 0.4688 |"),
        ("| H5 | accepted | 3 | 2 |", "| H5 | accepted | 3 | 1 |"),
        ("| A, B, A | A>B returned |", "| A, B, A | A>B accepted |"),
        ("| offer 10, cancel 101 | 100 | 1000 | miss |", "| offer 10, cancel 101 | 100 | 1000 | void |"),
        ("| 45 | 741 |", "| 45 | 742 |"),
        ("| completed | accepted |", "| completed | accepted, offered |"),
        ("| handoffs in state hit | due |", "| handoffs in state hit | decision |"),
        (
            "| rework_rate | share | pair, route | `reoffers / offers` |",
            "| rework_rate | share | pair, route | `reoffers / dec` |",
        ),
        ("| 7d | 1 h | 8 d |", "| 7d | 1 h | 9 d |"),
        ("| day | pass | dec |", "| day | first passes | dec |"),
        ("H1 W1 ENG MKT accepted  03-02 10:00\n", ""),
        ("leads 43 54 33 42 44 55", "leads 43 54 33 42 44 54"),
        ("again H5 offered 03-05 09:00\n", ""),
    ],
)
def test_a_wrong_figure_is_caught(old: str, new: str) -> None:
    """Negative control: another figure, rule, moment or story than the code's, and a table nobody checks, are caught."""
    page = texts()[PAGE]
    assert old in page
    assert differences(page.replace(old, new, 1))
