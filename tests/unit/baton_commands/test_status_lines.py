"""What a person reads of a process that ended: why, as long as it matters, and a mend only while it is one."""

import pytest

from baton.status_lines import lines_of
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
