"""What verify prints of a difference: enough to find it, and of a single vote nothing that is nobody's to read."""

import pytest

from schemas.keys import fact_key, score_key
from streams.engine.memory_store import MemoryStore
from verification.comparison import (
    Check,
    Expected,
    Tally,
    compared,
    fact_kind,
    never_compared,
    score_kind,
)


@pytest.mark.parametrize(
    ("expected", "actual", "differences", "left_out", "outcome"),
    [
        (3, 3, 0, 0, "holds"),
        (3, 3, 0, 2, "holds"),
        (0, 0, 0, 0, "holds"),
        (0, 0, 0, 2, "not compared"),
        (3, 2, 1, 0, "differs"),
        (0, 0, 1, 2, "differs"),
    ],
)
@pytest.mark.guard("verify")
def test_what_compared_nothing_does_not_hold(
    expected: int, actual: int, differences: int, left_out: int, outcome: str
) -> None:
    """A check holds when it compared something, or there was nothing; one that left out all there was has no say."""
    check = Check("x", expected, actual, differences, left_out=left_out)
    assert (check.outcome, check.holds) == (outcome, outcome == "holds")


def again(*facts: tuple[bytes, int, bytes]) -> Expected:
    """Facts computed again: key, version, content."""
    found = Expected(MemoryStore())
    for fact in facts:
        found.put(*fact)
    return found


@pytest.mark.guard("verify")
def test_a_kind_of_which_everything_was_left_out_is_told() -> None:
    """Items are compared and every vote has changed since: the partition's check holds, and that of the votes does not."""
    item, vote, new = fact_key("item", "W1"), fact_key("vote", "A > B", "p-ana", "x@2026-03"), fact_key("outcome", "W1")
    tables = [[(item, 1, b"{}"), (vote, 9, b"{}"), (new, 9, b"{}")]]
    tally = compared(Tally(), again((item, 1, b"{}"), (vote, 1, b"{}")), iter(tables), {vote, new}, 5, fact_kind)
    assert tally.check("facts").holds and tally.moved_on == 1  # what is new since was never there to compare
    (told_of,) = never_compared("facts", [tally])
    assert (told_of.name, told_of.outcome, told_of.note) == (
        "vote facts",
        "not compared",
        "not compared: 0 of 1; all have changed since",
    )


@pytest.mark.control("verify")
def test_a_kind_that_was_compared_anywhere_is_not_told() -> None:
    """Negative control: one vote compared in another partition is something compared."""
    vote, other = fact_key("vote", "A > B", "p-ana", "x@2026-03"), fact_key("vote", "A > C", "p-ana", "x@2026-03")
    left = compared(Tally(), again((vote, 1, b"{}")), iter([[(vote, 9, b"{}")]]), {vote}, 5, fact_kind)
    done = compared(Tally(), again((other, 1, b"{}")), iter([[(other, 1, b"{}")]]), set(), 5, fact_kind)
    assert list(never_compared("facts", [left, done])) == []
    assert len(list(never_compared("facts", [left]))) == 1


def test_kinds_of_scores() -> None:
    """Scope, window and refresh."""
    assert score_kind(score_key("pair", ["A", "B"], "30d", 5, "daily")) == "pair 30d daily"
