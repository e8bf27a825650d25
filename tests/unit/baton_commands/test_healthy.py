"""A health check tells a process that works from one that has not begun, has ended, or is in trouble."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from baton.commands.healthy import command, problems
from baton.doctor_checks import sources
from baton.status_lines import lines_of
from local.stack.process import announce, instance_name, report_parked_sources, report_trouble
from local.stack.process_identity import ProcessIdentity
from local.stack.run_state import ProcessStatus, RunState

BEGIN = "import sys, pathlib; from local.stack.process import announce; announce(pathlib.Path(sys.argv[1]), 'worker')"


def test_a_process_that_works_is_healthy(tmp_path: Path) -> None:
    """One that has begun, lives and reports nothing passes, by its name and among all."""
    announce(tmp_path, "worker")
    assert list(problems(tmp_path, "worker")) == list(problems(tmp_path, None)) == []
    command("worker", tmp_path)


def test_one_that_has_not_begun_is_not(tmp_path: Path) -> None:
    """Before it works, and where nothing ever did, the check fails and says which."""
    assert list(problems(tmp_path, "sink")) == ["sink has not begun to work yet"]
    assert list(problems(tmp_path, None)) == [f"nothing has begun to work in {tmp_path} yet"]
    announce(tmp_path, "worker")
    assert list(problems(tmp_path, "sink")) == ["sink has not begun to work yet"]


def test_one_that_has_ended_is_not(tmp_path: Path) -> None:
    """The file a dead process left, as a restarted container finds it on its volume, does not pass for a living one."""
    done = subprocess.run([sys.executable, "-c", BEGIN, str(tmp_path)], check=False)
    assert done.returncode == 0
    (problem,) = problems(tmp_path, "worker")
    assert problem.startswith("worker (pid ") and problem.endswith("has ended")


def test_the_end_of_a_second_worker_is_its_own(tmp_path: Path) -> None:
    """Two workers in one home answer for themselves: the second one's end leaves the first healthy, and is told apart."""
    announce(tmp_path, instance_name("worker", "worker-1"))
    second = instance_name("worker", "worker-2")
    subprocess.run([sys.executable, "-c", BEGIN.replace("'worker'", repr(second)), str(tmp_path)], check=True)
    assert list(problems(tmp_path, "worker")) == []
    (problem,) = problems(tmp_path, second)
    assert problem.startswith("worker@worker-2 (pid ") and problem.endswith("has ended")


def test_one_in_trouble_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A process that lives and can't do its work fails with its own words and exit code 1; afterwards it is well again."""
    announce(tmp_path, "worker")
    report_trouble(tmp_path, "worker", "partition 0: every tick refused")
    with pytest.raises(typer.Exit) as ended:
        command(None, tmp_path)
    assert ended.value.exit_code == 1
    assert capsys.readouterr().out == "worker is in trouble: partition 0: every tick refused\n"
    report_trouble(tmp_path, "worker", "")
    command(None, tmp_path)


def test_one_that_parks_a_source_is_healthy_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new start would mend nothing: it is named with exit code 0, `baton doctor` finds it wrong; a new one is silent."""
    announce(tmp_path, "worker")
    report_parked_sources(tmp_path, "worker", "source 'x': 500 records parked")
    command("worker", tmp_path)
    assert capsys.readouterr().out == "worker parks: source 'x': 500 records parked\n"
    assert sources(tmp_path).mend and "source 'x'" in sources(tmp_path).found
    announce(tmp_path, "worker")
    command("worker", tmp_path)
    assert capsys.readouterr().out == "" and not sources(tmp_path).mend


def test_status_shows_a_trouble_below_its_process() -> None:
    """Each line of a trouble stands below the process that reports it, and nowhere when there is none."""
    worker = ProcessStatus("worker", "ready", ProcessIdentity(1, "x"), None, 0, None, "", 0.0)
    stack = RunState(ProcessIdentity(2, "x"), {}, (worker,))
    assert [line for line in lines_of(stack, 1.0, {}, {"worker": "a\nb"}) if "TROUBLE" in line] == [
        "           TROUBLE a",
        "           TROUBLE b",
    ]
    assert not [line for line in lines_of(stack, 1.0) if "TROUBLE" in line]
