"""A lock that one process holds at a time."""

import subprocess
import sys
from pathlib import Path

import pytest
from filelock import Timeout

from local.stack.file_lock import file_lock

HOLDER = """
import pathlib, sys, time
from local.stack.file_lock import file_lock
with file_lock(pathlib.Path(sys.argv[1])):
    pathlib.Path(sys.argv[1]).write_text("holder")
    print(flush=True)
    time.sleep(600)
"""


def test_the_lock_ends_with_its_holder(tmp_path: Path) -> None:
    """While another process holds it, it can't be taken and what was written in it stays; kill -9 of the holder frees it."""
    path = tmp_path / "new folder" / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        with pytest.raises(Timeout):
            file_lock(path).acquire(blocking=False)
        assert path.read_text() == "holder"
        holder.kill()
        holder.wait()
    with file_lock(path).acquire(blocking=False), pytest.raises(Timeout):
        file_lock(path).acquire(blocking=False)
