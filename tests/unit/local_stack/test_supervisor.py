"""What the supervisor writes for readers of a home's state."""

import sys
from pathlib import Path

from local.stack import run_state
from local.stack.process import Process
from local.stack.supervisor import Supervisor
from local.stack.timing import Timing
from schemas.settings import child_environment


def test_what_waits_has_waited_since_the_stack_began(tmp_path: Path) -> None:
    """And not since the machine did, which is where the monotonic clock begins."""
    timing = Timing(now=lambda: 1260.0, wall=lambda: 1_000_000.0)
    supervisor = Supervisor(tmp_path, [Process("worker", [sys.executable])], child_environment, print, timing=timing)
    supervisor.begin()
    found = run_state.read(tmp_path)
    assert found is not None
    assert [(process.state, process.since) for process in found.processes] == [("waiting", 1_000_000.0)]
