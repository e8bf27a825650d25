"""Both real logs in one live home, in pieces and again: the warehouse says what the logs' own counts say."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures.home import Home, home_at
from tests.fixtures.questions import of_the_readme, questions
from tests.oracles.case_logs import BPIC, UCI, case_log
from tests.oracles.counts import BPIC_COUNTS, BPIC_ITEMS, UCI_COUNTS, UCI_ITEMS, Counts

pytestmark = [pytest.mark.real, pytest.mark.stack]
Real = Callable[[str], Path]
MINE = {UCI: "match(item, '^[0-9]{7}$')", BPIC: "match(item, '^1-[0-9]+$')"}
"""Whose item it is: the ids of the two logs have nothing in common."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A live home for this module."""
    with home_at(tmp_path_factory.mktemp("real") / "home") as found:
        found.up()
        yield found


def counted(home: Home, name: str, wanted: Counts) -> tuple[int, Counts]:
    """Items of a log, and the figures that ``wanted`` has."""
    fields = [field for field, own in wanted._asdict().items() if own is not None]
    sums = ", ".join(f"sum({field}), countIf({field} > 0)" for field in fields)
    count, *found = (int(cell) for cell in home.rows(f"SELECT count(), {sums} FROM items WHERE {MINE[name]}")[0])
    pairs = dict(zip(fields, zip(found[::2], found[1::2], strict=True), strict=True))
    return count, wanted._replace(**pairs)


def test_uci_in_overlapping_pieces_and_again(home: Home, real_logs: Real, tmp_path: Path) -> None:
    """UCI 498 in three exports that overlap, the newest first, has its own counts; the whole log imported once more
    changes none of them."""
    for piece in case_log(real_logs(UCI)).pieces(tmp_path):
        home.baton("import", str(piece), "--mapping", "uci-498")
    home.wait()
    assert counted(home, UCI, UCI_COUNTS) == (UCI_ITEMS, UCI_COUNTS)
    home.baton("import", str(real_logs(UCI)), "--mapping", "uci-498")
    home.wait()
    assert counted(home, UCI, UCI_COUNTS) == (UCI_ITEMS, UCI_COUNTS)


def test_bpic_beside_it(home: Home, real_logs: Real) -> None:
    """BPIC 2013 in the same home has its own counts, whatever else the home holds; and `baton verify` agrees on all of it."""
    home.baton("import", str(real_logs(BPIC)), "--mapping", "bpic-2013")
    home.wait()
    assert counted(home, BPIC, BPIC_COUNTS) == (BPIC_ITEMS, BPIC_COUNTS)
    home.verify()


NOT_IN_THEM = {"Are due times kept?"}
"""Neither log says when anything is due."""


def test_a_past_log_answers_at_once(home: Home) -> None:
    """The README's own sequence, the report and every question have rows in a live home, where no past hour was streamed."""
    assert home.rows("SELECT count() FROM scores_now") == [[0]]
    queries = of_the_readme()
    assert len(queries) == 2
    for query in queries:
        assert len(home.baton("sql", query, "--format", "TSV").splitlines()) == 10, query
    told = home.baton("report")
    assert f"{UCI_ITEMS + BPIC_ITEMS:,} work items" in told and "70 > 39" in told and "Ping-pong between teams" in told
    assert home.baton("report", "--json").startswith("{")
    asked = questions()
    assert len(asked) == 15
    for question in asked:
        rows = home.baton("sql", question.query, "--format", "TSV").splitlines()
        assert bool(rows) != (question.title in NOT_IN_THEM), question.title


def test_why_handoffs_are_fewer_than_reassignments(home: Home) -> None:
    """Rows, redeliveries, returns and moves after the end add up to the reassignments of both logs; of the last there are
    twenty, as an independent count says."""
    (question,) = [one for one in questions() if "fewer rows" in one.title]
    (row,) = home.baton("sql", question.query, "--format", "TSV").splitlines()
    assert [int(cell) for cell in row.split("\t")] == [28_541, 26_267, 541, 1_713, 20]
