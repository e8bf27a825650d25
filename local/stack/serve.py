"""The supervisor as a program: runs until SIGTERM or Ctrl-C, tries everything again on SIGHUP."""

import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from filelock import Timeout

from local.stack.file_lock import file_lock
from local.stack.run_state import run_folder
from local.stack.supervisor import Supervisor
from runtime.shutdown import on_signals
from schemas.errors import Stop

POLL_SECONDS = 0.1


def serve(home: Path, make: Callable[[], Supervisor]) -> None:
    """Start, watch and at last end the processes of a home; returns after everything has ended.

    ``make`` is called once this process holds the home's lock, so it may write in the home. A first SIGTERM or Ctrl-C ends the
    processes with grace, a second one at once; they are ended whatever happens inside. Raises ``Stop`` when
    another supervisor holds this home. Main thread only.
    """
    # A signal handler must not touch the supervisor, which may be in the middle of a poll: it only leaves a note.
    woken: list[int] = []

    def note_wake(number: int, _frame: FrameType | None) -> None:
        woken.append(number)

    try:
        # 1 the lock, before anything in the home is written   2 the signals   3 the supervisor
        held = file_lock(run_folder(home) / "lock").acquire(blocking=False)
    except Timeout as taken:
        raise Stop(
            f"the home {home} is being run by another `baton up`", "`baton status` shows it, `baton down` ends it"
        ) from taken
    with held, on_signals(interrupt=False) as stopping:
        # Before ``begin`` writes the state: whoever reads a pid there may send this signal, which by default ends a process.
        signal.signal(signal.SIGHUP, note_wake)
        supervisor = make()
        supervisor.begin()
        try:
            while not stopping():
                if woken:
                    woken.clear()
                    supervisor.wake()
                supervisor.poll()
                supervisor.timing.sleep(POLL_SECONDS)
        finally:
            # Also when a poll raised: processes must not outlive their supervisor.
            supervisor.stop(hurry=lambda: stopping.times > 1)
