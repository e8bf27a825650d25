"""Run a command that dies with its parent: ``python leash.py PARENT_PID COMMAND…``.

Linux only: the kernel is asked to kill this process when the parent dies, however it dies; the wish survives
the exec. Elsewhere it just becomes the command, and the next start ends what was left. A module that imports
nothing of ours, so that it costs a few milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def run(parent: int, command: list[str]) -> None:
    """Become ``command``. Ends at once when the parent died before the kernel knew the wish."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    run(int(sys.argv[1]), sys.argv[2:])
