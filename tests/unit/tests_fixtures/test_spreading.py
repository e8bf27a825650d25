"""Tests are handed out long ones first, and files that share something stay together."""

import pytest

from tests.fixtures.spreading import APART, ORDER, rank, unit
from tests.house.tree import ROOT

STORY, UNIT = "tests/stories/test_rebuild.py", "tests/unit/streams/test_tick_filter.py"


def test_a_file_stays_whole_unless_its_tests_share_nothing() -> None:
    """Tests of one file go to one worker, where they may share a home; those of a file named apart go each their way."""
    assert unit(f"{STORY}::test_a") == unit(f"{STORY}::test_b") == STORY
    assert unit(f"{APART[0]}::test_a[x::y]") == f"{APART[0]}::test_a[x::y]"


def test_files_that_share_a_log_go_together() -> None:
    """All tests on a real log's facts are one unit, and every file of it is there."""
    files = [f"tests/oracles/{path.name}" for path in (ROOT / "tests/oracles").glob("test_real_*.py")]
    assert len(files) > 1
    assert {unit(f"{file}::test_a") for file in files} == {"tests/oracles/test_real_"}


def test_the_longest_begin() -> None:
    """Stories stand before everything, single modules at the end, and what nobody thought of there, too."""
    queue = sorted([UNIT, f"{APART[0]}::test_a", "tests/laws/test_x.py", STORY, "elsewhere/test_x.py"], key=rank)
    assert queue == [f"{APART[0]}::test_a", STORY, "tests/laws/test_x.py", UNIT, "elsewhere/test_x.py"]


@pytest.mark.parametrize("name", [*APART, *ORDER])
def test_what_is_named_is_there(name: str) -> None:
    """A file or folder that was renamed is noticed."""
    assert (ROOT / name).exists()


@pytest.mark.parametrize("name", APART)
def test_what_goes_apart_shares_nothing(name: str) -> None:
    """A file whose tests go to several workers has no fixture for the whole module, which would then run more than once."""
    assert 'scope="module"' not in (ROOT / name).read_text(encoding="utf-8")
