"""What `baton verify` prints and its exit code: few lines when all is well, red for differences, its own code for silence."""

import pytest

from baton.lag.stage_lag import StageLag
from baton.verdict import DIFFERS_EXIT, FOLD_AGAIN, NOT_COMPARED_EXIT, READ_AGAIN, show
from broker.records import TopicPartition
from schemas.topics import EVENTS
from verification.comparison import Check, not_compared

RIGHT, SOME = Check("facts of partition 0", 3, 3, 0), Check("facts of partition 1", 5, 5, 0, left_out=2)
WRONG = Check("item paths", 4, 4, 1, ("W1: raw events say A, the fact says B",))
SILENT = not_compared("pair ratings of 30d by SQL", 17, "in Python alone")
NOTHING = Check("facts of partition 2", 0, 0, 0)
LOST = Check("every offset of partition 0 has a row or a dead letter", 9, 7, 2, ("offset 3", "offset 5"), lost=True)


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
    show({"facts": [RIGHT]}, 5, all_checks=False, letters="16 dead letters")
    assert capsys.readouterr().out.splitlines()[1] == "16 dead letters"


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


def test_the_cause_comes_first_and_the_next_step_last(capsys: pytest.CaptureFixture[str]) -> None:
    """Records that are in no table are told before what follows from it, and mended before it; a mend for each kind."""
    code, lines = shown(capsys, WRONG, LOST)
    cause, place, _header, first, *_ = lines[3:]
    assert code == DIFFERS_EXIT and cause.startswith("2 records of the log are in no table")
    assert place == "  every offset of partition 0 has a row or a dead letter, but not: offset 3, offset 5"
    assert first.strip().startswith("every offset of partition 0")
    assert [line.strip() for line in lines[-4:-2]] == [READ_AGAIN, FOLD_AGAIN]
    _, lines = shown(capsys, WRONG)
    assert READ_AGAIN not in "".join(lines) and f"  {FOLD_AGAIN}" in lines
    _, lines = shown(capsys, RIGHT)
    assert FOLD_AGAIN not in "".join(lines)


@pytest.mark.guard("verify")
def test_records_of_the_log_that_are_not_in_the_tables_are_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    """However well the rest agrees; whose turn it is, and what is said besides, stands on its lines."""
    behind = [StageLag(TopicPartition(EVENTS, 0), "sink", 4, 54), StageLag(TopicPartition(EVENTS, 1), "clock", 0, 3)]
    assert show({"facts": [RIGHT]}, 5, False, behind, "an import brings it") == NOT_COMPARED_EXIT
    lines = capsys.readouterr().out.splitlines()
    assert "  sink: baton.events.v1 partition 0: 50 records are not in the tables yet" in lines
    assert "  an import brings it" in lines
    assert lines[-1].startswith("not compared: 53 records of the log have to come first")
    assert show({"facts": [WRONG]}, 5, False, behind) == DIFFERS_EXIT
