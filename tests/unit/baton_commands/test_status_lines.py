"""What a person reads of a process that ended: why, as long as it matters, and a mend only while it is one."""

from pathlib import Path

import pytest

from baton.status_lines import lines_of, trouble
from local.stack.logs import log_path
from local.stack.process_identity import ProcessIdentity
from local.stack.process_lifecycle import HEALTHY_SECONDS, ProcessState
from local.stack.run_state import ProcessStatus, RunState
from schemas.errors import STOP_EXIT

STOPPED = "stopped: no history below 7\n  mend: baton rebuild"


def said(state: ProcessState, code: int, reason: str, seconds: float) -> list[str]:
    """The lines below those of the process, which has been in this state for so long."""
    sink = ProcessStatus("sink", state, ProcessIdentity(1, "x"), None, 1, code, reason, 0.0)
    _, _, *below = lines_of(RunState(ProcessIdentity(2, "x"), {}, (sink,)), seconds)
    return [line.strip() for line in below]


@pytest.mark.parametrize("state", ["stopped", "backing off", "starting"])
def test_why_it_ended_and_what_to_do_are_told_until_it_works(state: ProcessState) -> None:
    """Every line of it."""
    assert said(state, STOP_EXIT, STOPPED, 900) == [f"last ended with code {STOP_EXIT}: stopped: no history below 7",
                                                    "mend: baton rebuild"]  # fmt: skip


def test_what_works_again_needs_no_mend() -> None:
    """For a minute it is told that it ended, then nothing of it any more."""
    assert said("ready", 1, STOPPED, 5) == ["works again; before, it ended with code 1: stopped: no history below 7"]
    assert said("ready", 1, STOPPED, HEALTHY_SECONDS) == []
    assert said("ready", 0, "", 5) == []


def not_up(home: Path, *processes: tuple[str, ProcessState, str]) -> list[str]:
    """What a start that fails prints of processes (name, state, reason), each with a log of an earlier run and of this one."""
    found = []
    for name, state, reason in processes:
        log = log_path(home, name)
        log.parent.mkdir(exist_ok=True)
        log.write_text(f"{name} of yesterday\n")
        begun = log.stat().st_size
        with log.open("a") as held:
            held.write("" if state == "waiting" else f"{name} of today\n")
        found.append(ProcessStatus(name, state, None, None, 0, None, reason, 0.0, begun))
    return list(trouble(home, RunState(ProcessIdentity(2, "x"), {}, tuple(found))))


def test_a_stop_is_not_buried_under_logs(tmp_path: Path) -> None:
    """Its problem and mend stand above: of it, and of those that never began, no line of a log is shown."""
    lines = not_up(tmp_path, ("prepare", "stopped", STOPPED), ("worker", "waiting", ""), ("sink", "waiting", ""))
    assert not any("of today" in line or "of yesterday" in line for line in lines)
    assert "not started yet, for they wait for others: worker, sink" in lines and len(lines) == 3


def test_of_what_failed_without_a_word_the_end_of_its_log_is_shown(tmp_path: Path) -> None:
    """As it was written in this run."""
    lines = not_up(tmp_path, ("broker", "backing off", "OutOfMemoryError"), ("warehouse", "starting", ""))
    assert {"    broker of today", "    warehouse of today"} <= set(lines)
    assert not any("of yesterday" in line for line in lines)
