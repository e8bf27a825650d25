"""What `baton verify` prints and its exit code: few lines when all is well, red for differences, its own code for silence."""

import pytest

from baton.commands.verify import DIFFERS_EXIT, NOT_COMPARED_EXIT, show
from verification.comparison import Check, not_compared

RIGHT, SOME = Check("facts of partition 0", 3, 3, 0), Check("facts of partition 1", 5, 5, 0, left_out=2)
WRONG = Check("item paths", 4, 4, 1, ("W1: raw events say A, the fact says B",))
SILENT = not_compared("pair ratings of 30d by SQL", 17, "in Python alone")
NOTHING = Check("facts of partition 2", 0, 0, 0)


def shown(capsys: pytest.CaptureFixture[str], *checks: Check, all_checks: bool = False) -> tuple[int, list[str]]:
    """Exit code and lines."""
    code = show({"facts": checks, "paths": [RIGHT], "scores": [RIGHT]}, 5, all_checks)
    return code, capsys.readouterr().out.splitlines()


def test_all_is_well_in_five_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """However many checks there are; what was left out is counted. Asked for, every check is listed."""
    code, lines = shown(capsys, *[RIGHT] * 100, SOME, NOTHING)
    assert code == 0 and len(lines) <= 5
    assert lines[0] == "facts: 102 checks, 305 compared, 2 left out (--all says where and why)"
    assert lines[-1].startswith("0 differences")
    assert len(shown(capsys, *[RIGHT] * 100, all_checks=True)[1]) > 100


def test_a_difference_is_red(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever else holds or could not be compared, a difference is told, by name and with an example."""
    code, lines = shown(capsys, RIGHT, WRONG, SILENT)
    assert code == DIFFERS_EXIT == 1
    assert lines[-1] == "1 differences; 1 checks compared nothing"
    assert "  item paths: W1: raw events say A, the fact says B" in lines
    assert not any(line.startswith("facts of partition") for line in lines)


@pytest.mark.guard("verify")
def test_what_compared_nothing_has_its_own_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """It is neither green nor a difference, and says how much it left out and why."""
    code, lines = shown(capsys, RIGHT, SILENT)
    assert code == NOT_COMPARED_EXIT == 3
    assert any("pair ratings of 30d by SQL" in line and "0 of 17; in Python alone" in line for line in lines)
    assert "0 differences" not in lines[-1] and lines[-1].startswith("not compared: 1 checks")


def test_empty_tables_are_not_verified(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing at all is in the tables nothing was compared."""
    assert show({"facts": [NOTHING]}, 5, all_checks=False) == NOT_COMPARED_EXIT
    assert "nothing complete is in the tables yet" in capsys.readouterr().out
