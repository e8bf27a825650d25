"""What a process reports of itself: that it is ready, and what keeps it from its work."""

import os
import subprocess
import sys
from pathlib import Path

from local.stack.process import announce, announced, names_announced, report_trouble, trouble_of
from local.stack.process_identity import identify


def test_who_announced_is_known(tmp_path: Path) -> None:
    """The announcement names the very process, so that a leftover of an earlier one is told apart."""
    assert announced(tmp_path, "worker") is None
    announce(tmp_path, "worker")
    assert announced(tmp_path, "worker") == identify(os.getpid())
    announce(tmp_path, "clock")
    assert names_announced(tmp_path) == ["clock", "worker"]


def test_a_trouble_stands_until_it_is_over(tmp_path: Path) -> None:
    """A reason stays until an empty one is reported; it is that process's alone, and clearing twice is fine."""
    announce(tmp_path, "worker")
    report_trouble(tmp_path, "worker", "ticks refused")
    assert (trouble_of(tmp_path, "worker"), trouble_of(tmp_path, "scores")) == ("ticks refused", "")
    report_trouble(tmp_path, "worker", "")
    report_trouble(tmp_path, "worker", "")
    assert trouble_of(tmp_path, "worker") == ""


def test_a_new_start_has_no_old_trouble(tmp_path: Path) -> None:
    """What an earlier process reported is over once its successor works."""
    announce(tmp_path, "worker")
    report_trouble(tmp_path, "worker", "ticks refused")
    done = subprocess.run(
        [sys.executable, "-c", "import sys, pathlib; from local.stack.process import announce; "
         "announce(pathlib.Path(sys.argv[1]), 'worker')", str(tmp_path)],
        check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert trouble_of(tmp_path, "worker") == ""
    assert announced(tmp_path, "worker") != identify(os.getpid())
