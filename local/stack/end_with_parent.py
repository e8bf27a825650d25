"""Run a command that dies with its parent: ``python end_with_parent.py PARENT_PID COMMAND…``.

Linux only: the kernel is asked to kill this process when the parent dies, however it dies; the request
survives the exec. Elsewhere it only becomes the command, and the next start of the stack ends what was left. It is
run as a file and imports nothing of Baton, so that it costs a few milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def run(parent: int, command: list[str]) -> None:
    """Become ``command``. Exits with 1 when the parent had died before the kernel was asked."""
    if sys.platform == "linux":
        # PR_SET_PDEATHSIG of Linux: sent when the *thread* that forked us ends, hence the supervisor's main thread.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the request: no signal will come
            sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    run(int(sys.argv[1]), sys.argv[2:])
