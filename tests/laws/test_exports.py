"""Laws of imports: whatever exports of a log came before, in whatever order, the last one's words hold, once."""

import csv
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pytest

from producers.importers.mapping import load
from producers.importers.sample_log import MAPPING, write_log
from tests.oracles.folding import everything, imported

SAMPLE = load(MAPPING)
SEEDS = range(6)
Row = list[str]


def log_of(folder: Path, seed: int) -> tuple[Row, list[Row]]:
    """Titles and rows of a made-up log, by time."""
    write_log(folder / "log.csv", items=25, seed=seed)
    with (folder / "log.csv").open(newline="") as file:
        titles, *rows = csv.reader(file)
    return titles, rows


def export(path: Path, titles: Row, rows: list[Row]) -> Path:
    """A file of these rows."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([titles, *rows])
    return path


def as_of_today(rows: list[Row], rng: Random) -> list[Row]:
    """The rows as a tool exports them that shows today's kind, reason and due time in all rows of a ticket."""
    today = {row[0]: [rng.choice(["incident", "change"]), "", f"2026-06-{rng.randrange(10, 28)} 12:00"] for row in rows}
    return [row[:4] + today[row[0]] for row in rows]


def shuffled_by_case(rows: list[Row], rng: Random) -> list[Row]:
    """The cases in another order, the rows of each in theirs."""
    cases = [list(of_case) for _, of_case in groupby(sorted(rows, key=lambda row: row[0]), key=lambda row: row[0])]
    rng.shuffle(cases)
    return [row for of_case in cases for row in of_case]


def stands(files: list[Path], order: str = "rows") -> dict[Any, Any]:
    """All facts at the end but what is counted of arrivals."""
    found = everything(imported(files, SAMPLE.model_copy(update={"order": order})))
    return {key: body for key, body in found.facts.items() if key[0] != "intake"}


@pytest.mark.parametrize("seed", SEEDS)
def test_exports_that_came_before_leave_no_trace(tmp_path: Path, seed: int) -> None:
    """A first export, a grown one, one with today's attributes in other order of cases, one of them again and cut short:
    afterwards everything is as after the last one alone."""
    rng = Random(seed)
    titles, rows = log_of(tmp_path, seed)
    early = export(tmp_path / "early.csv", titles, rows[: rng.randrange(1, len(rows))])
    grown = export(tmp_path / "grown.csv", titles, rows[: rng.randrange(len(rows) // 2, len(rows))])
    today = export(tmp_path / "today.csv", titles, shuffled_by_case(as_of_today(rows, rng), rng))
    cut_short = export(tmp_path / "cut.csv", titles, rows[: rng.randrange(1, len(rows))])
    before = rng.sample([early, grown, cut_short, today], 3)
    assert stands([*before, today]) == stands([today])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_file_from_its_end_is_the_file(tmp_path: Path, seed: int) -> None:
    """The same export newest first, said so, gives the same facts, also where it has grown since."""
    titles, rows = log_of(tmp_path, seed)
    forward, backward = export(tmp_path / "f.csv", titles, rows), export(tmp_path / "b.csv", titles, rows[::-1])
    grown = export(tmp_path / "g.csv", titles, rows[: len(rows) // 2][::-1])
    assert stands([forward]) == stands([backward], "newest_first") == stands([grown, backward], "newest_first")


def test_with_every_cell_as_identity_each_event_is_twice(tmp_path: Path) -> None:
    """Negative control: where today's attributes are part of a row's identity, as they were, the exports add up."""
    titles, rows = log_of(tmp_path, 1)
    first = export(tmp_path / "first.csv", titles, rows)
    today = export(tmp_path / "today.csv", titles, as_of_today(rows, Random(1)))
    whole = SAMPLE.model_copy(update={"identity": tuple(titles)})
    both, alone = (
        sum(item.events for item in everything(imported(files, whole)).of("item")) for files in ([first, today], [today])
    )
    assert both > 1.5 * alone
