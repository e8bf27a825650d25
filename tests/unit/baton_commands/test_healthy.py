"""A health check tells a process that works from one that has not begun, has ended, or is in trouble."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from baton.commands.healthy import command, problems
from baton.doctor_checks import sources
from baton.status_lines import lines_of
from local.stack.process import (
    STILL_SECONDS,
    Progress,
    announce,
    instance_name,
    ready_path,
    report_parked_sources,
    report_trouble,
)
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


def test_one_that_does_not_move_is_not(tmp_path: Path) -> None:
    """It lives and reports nothing, as one that hangs does: its silence tells. Before it first moved nothing is concluded."""
    announce(tmp_path, "sink")
    assert list(problems(tmp_path, "sink")) == []
    Progress(tmp_path, "sink", lambda: time.monotonic() - STILL_SECONDS - 15)()
    (problem,) = problems(tmp_path, "sink")
    assert problem.startswith("sink is in trouble: has not moved for 7") and "`baton logs sink`" in problem
    report_trouble(tmp_path, "sink", "the disk is full")
    (both,) = problems(tmp_path, None)
    assert "the disk is full\nhas not moved" in both
    Progress(tmp_path, "sink")()
    assert list(problems(tmp_path, "sink")) == ["sink is in trouble: the disk is full"]


@pytest.mark.control("standing still")
def test_without_its_progress_one_that_hangs_passes(tmp_path: Path) -> None:
    """Negative control: by what it has reported, and by being alive, a process that was stopped is healthy."""
    hangs = subprocess.Popen([sys.executable, "-c", f"{BEGIN}; import time; time.sleep(3600)", str(tmp_path)])
    try:
        while not ready_path(tmp_path, "worker").exists():
            time.sleep(0.02)
        hangs.send_signal(signal.SIGSTOP)
        assert list(problems(tmp_path, "worker")) == []
    finally:
        hangs.kill()
        hangs.wait()


def test_the_silence_of_the_one_before_is_no_trouble(tmp_path: Path) -> None:
    """What a predecessor that hung has left does not count for the one that began after it."""
    Progress(tmp_path, "sink", lambda: time.monotonic() - STILL_SECONDS - 15)()
    announce(tmp_path, "sink")
    assert list(problems(tmp_path, "sink")) == []


def test_status_shows_a_trouble_below_its_process() -> None:
    """Each line of a trouble stands below the process that reports it, and nowhere when there is none."""
    worker = ProcessStatus("worker", "ready", ProcessIdentity(1, "x"), None, 0, None, "", 0.0)
    stack = RunState(ProcessIdentity(2, "x"), {}, (worker,))
    assert [line for line in lines_of(stack, 1.0, {}, {"worker": "a\nb"}) if "TROUBLE" in line] == [
        "           TROUBLE a",
        "           TROUBLE b",
    ]
    assert not [line for line in lines_of(stack, 1.0) if "TROUBLE" in line]
