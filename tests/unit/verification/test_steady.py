"""A check that meets a moving W is asked again, and never told as a difference."""

from collections.abc import Mapping
from typing import Any

import pytest

from verification.comparison import Check, not_compared
from verification.steady import steady

RIGHT, WRONG = Check("count", 3, 3, 0), Check("count", 3, 2, 1)


class Moving:
    """A warehouse whose W moves on at each of the first ``moves`` looks."""

    def __init__(self, moves: int) -> None:
        self.left, self.offset = moves, 0

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Where it stands."""
        if self.left:
            self.left -= 1
            self.offset += 1
        return [(0, self.offset)]


def asked(moves: int, answers: list[Check]) -> Check:
    """The verdict on a check that gives these answers, the last of them for ever."""
    moving = Moving(moves)
    (found,) = steady(
        lambda: moving.rows(""), lambda: [answers.pop(0) if len(answers) > 1 else answers[0]], pause=lambda _seconds: None
    )
    return found


def test_what_holds_is_told_at_once() -> None:
    """A check that holds needs no second look, whatever moves."""
    assert asked(100, [RIGHT, WRONG]) is RIGHT


def test_a_difference_while_nothing_moves_is_a_difference() -> None:
    """Negative control: without movement the first difference is told."""
    assert asked(0, [WRONG, RIGHT]) is WRONG


def test_a_difference_that_came_from_moving_goes() -> None:
    """What differed while W moved on, and holds afterwards, holds."""
    assert asked(2, [WRONG, RIGHT]) is RIGHT


def test_without_rest_there_is_no_verdict() -> None:
    """Where W never rests a difference is none that is told, and nothing that holds either: the check compared nothing."""
    found = asked(1000, [WRONG])
    assert (found.expected, found.actual, found.differences, found.left_out) == (0, 0, 0, 3)
    assert found.outcome == "not compared" and not found.holds
    assert found.note.startswith("not compared: 0 of 3; W moves on")


def test_what_could_not_be_compared_is_asked_again() -> None:
    """A check that found one side behind is asked again as long as something moves."""
    behind = not_compared("count", 3, "scores are behind")
    assert asked(2, [behind, RIGHT]) is RIGHT
    assert asked(0, [behind, RIGHT]) is behind


@pytest.mark.guard("verify")
def test_what_differs_at_every_try_is_a_difference() -> None:
    """Where W never rests, what differs each time in the same words is red; what differs in other words each time is not."""
    lasting = [Check("count", 3, 3, 2, (f"item {n}: W moved", "item X: lost")) for n in range(20)]
    found = asked(1000, lasting)
    assert (found.outcome, found.differences, found.examples) == ("differs", 1, ("item X: lost",))
    assert asked(1000, [Check("count", 3, 3, 1, (f"item {n}: W moved",)) for n in range(20)]).outcome == "not compared"
