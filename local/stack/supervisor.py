"""Starts processes in their order, watches them, starts again what dies, ends all in the opposite order.

One thread, no hidden clock: ``poll`` looks once at everything and returns; its owner calls it again and again.
Processes are started from the calling thread and die with it (Linux), so keep it in the main thread.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.stack import end_with_parent, logs, run_state
from local.stack.process import Process, in_order
from local.stack.process_identity import ProcessIdentity, end, identify
from local.stack.process_lifecycle import LIVED_SECONDS, ProcessLifecycle
from local.stack.timing import Timing


@dataclass
class Watched:
    """A process under supervision; handle and identity are None while it does not run. ``log_from``: byte its log began at."""

    process: Process
    lifecycle: ProcessLifecycle
    handle: "subprocess.Popen[bytes] | None" = None
    identity: ProcessIdentity | None = None
    log_from: int = 0


@dataclass
class Supervisor:
    """Supervisor of one home. ``say`` gets one line for each thing that happens.

    ``environment`` builds a child's environment from what its ``Process.env`` adds. ``timing`` is replaced in tests.
    """

    home: Path
    processes: Iterable[Process]
    environment: Callable[..., dict[str, str]]
    say: Callable[[str], None]
    addresses: Mapping[str, str] = field(default_factory=dict)
    timing: Timing = field(default_factory=Timing)

    def __post_init__(self) -> None:
        ordered = in_order(self.processes)
        self.watched = {p.name: Watched(p, ProcessLifecycle(self.timing.now(), p.once)) for p in ordered}
        me = identify(os.getpid())
        assert me is not None
        self.identity = me

    def begin(self) -> None:
        """Make the folders and end what an earlier, killed supervisor of this home left behind."""
        for folder in (run_state.run_folder(self.home), self.home / "logs"):
            folder.mkdir(parents=True, exist_ok=True)
        # Before anything is started: a broker left behind holds its port and its log's lock.
        self._end_leftovers()
        self._write_state()

    def poll(self) -> None:
        """Look once at every process: note its exit, check its readiness, start it. Waits only as long as a ``ready`` does."""
        # A list and not ``any`` of a generator, which would stop looking at the first change.
        changed = [self._poll_one(watched) for watched in self.watched.values()]
        if any(changed):
            self._write_state()

    @property
    def up(self) -> bool:
        """Whether every process does its work."""
        return all(watched.lifecycle.satisfied for watched in self.watched.values())

    def wake(self) -> None:
        """Try at once what was stopped or is waiting to be tried again."""
        for watched in self.watched.values():
            watched.lifecycle.woken(self.timing.now())
        self._write_state()

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """End everything, last started first: SIGTERM, the process's grace, SIGKILL. ``hurry`` cuts the grace short."""
        # Consumers first, servers last: what they still publish and commit finds a broker.
        for watched in reversed(self.watched.values()):
            if watched.handle is not None:
                self._end(watched, hurry)
        # Last: as long as something may run the file must name it, or after a kill here nobody would end it.
        run_state.forget(self.home)

    def kill(self, name: str) -> None:
        """Kill a process on purpose, as a crash would (for tests of crashes)."""
        handle = self.watched[name].handle
        if handle is not None:
            handle.send_signal(signal.SIGKILL)
            handle.wait()

    def _poll_one(self, watched: Watched) -> bool:
        before = watched.lifecycle.state
        now = self.timing.now()
        # One thing for each look, an exit first: what ended is neither ready nor started in the same round.
        if watched.handle is not None and (code := watched.handle.poll()) is not None:
            self._note_exit(watched, code)
        elif watched.lifecycle.state == "starting" and not watched.process.once and self._works(watched):
            watched.lifecycle.became_ready(now)
            self.say(
                f"{watched.process.name} is ready" + (f" at {watched.process.address}" if watched.process.address else "")
            )
        elif watched.lifecycle.may_start(now) and all(self.watched[n].lifecycle.satisfied for n in watched.process.after):
            self._start(watched)
        # Here, since the processes only append and know nothing of limits.
        if watched.lifecycle.running:
            logs.rotate(logs.log_path(self.home, watched.process.name))
        return watched.lifecycle.state != before

    def _works(self, watched: Watched) -> bool:
        process = watched.process
        if process.ready is None and process.ready_file is None:
            return self.timing.now() - watched.lifecycle.since >= LIVED_SECONDS
        return (process.ready_file is None or process.ready_file.exists()) and (process.ready is None or process.ready())

    def _start(self, watched: Watched) -> None:
        process = watched.process
        log = logs.log_path(self.home, process.name)
        logs.rotate(log)
        if process.ready_file:
            # It would be the one of the process before, and everything behind it would start too early.
            process.ready_file.unlink(missing_ok=True)
        with log.open("ab") as output:
            # What it writes from here on is this run's: the reason for its end is looked for there alone.
            watched.log_from = output.tell()
            watched.handle = subprocess.Popen(
                # -I -S: no site, no user paths, a few milliseconds. It then becomes the program itself, with the same pid.
                [sys.executable, "-I", "-S", end_with_parent.__file__, str(os.getpid()), *process.argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.environment(**process.env),
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends the others in order
            )
        # Right after the start, while the pid can't be another's: we have not waited for it.
        watched.identity = identify(watched.handle.pid)
        watched.lifecycle.started(self.timing.now())

    def _note_exit(self, watched: Watched, code: int) -> None:
        name, lifecycle = watched.process.name, watched.lifecycle
        log = logs.log_path(self.home, name)
        lifecycle.exited(code, self.timing.now(), self.timing.random(), logs.exit_reason(log, code, watched.log_from))
        watched.handle = watched.identity = None
        if lifecycle.state == "stopped":
            self.say(f"{name} {lifecycle.reason or 'stopped'}\n  `baton up` tries it again; its log: {log}")
        elif lifecycle.state == "backing off":
            wait = lifecycle.not_before - self.timing.now()
            self.say(f"{name} ended with {exit_text(code)}; again in {wait:.1f} s. {lifecycle.reason}".rstrip())

    def _end(self, watched: Watched, hurry: Callable[[], bool]) -> None:
        assert watched.handle is not None
        # 1 ask   2 its grace   3 kill. Killed is like a crash for it, and that must be harmless; grace only saves reading
        # again.
        watched.handle.terminate()
        until = self.timing.now() + watched.process.grace_seconds
        while watched.handle.poll() is None and self.timing.now() < until and not hurry():
            self.timing.sleep(0.02)
        if watched.handle.poll() is None:
            self.say(f"{watched.process.name} did not end when asked and is killed")
            watched.handle.kill()
            watched.handle.wait()
        watched.handle = watched.identity = None
        watched.lifecycle.ended(self.timing.now())
        self.say(f"{watched.process.name} ended")

    def _end_leftovers(self) -> None:
        earlier = run_state.read(self.home)
        for leftover in reversed(earlier.processes if earlier else ()):
            # Identity, not pid: after a restart of the machine the pid belongs to somebody else.
            if leftover.identity and end(leftover.identity, grace_seconds=10):
                self.say(f"ended {leftover.name} (pid {leftover.identity.pid}), left behind by a supervisor that was killed")

    def _write_state(self) -> None:
        # States are in monotonic time; readers need a date. Computed at each writing, so it follows a clock that is set.
        wall_minus_monotonic = self.timing.wall() - self.timing.now()
        states = tuple(
            run_state.ProcessStatus(
                name=name,
                state=watched.lifecycle.state,
                identity=watched.identity,
                address=watched.process.address,
                restarts=watched.lifecycle.restarts,
                last_exit=watched.lifecycle.last_exit,
                reason=watched.lifecycle.reason,
                since=watched.lifecycle.since + wall_minus_monotonic,
                log_from=watched.log_from,
            )
            for name, watched in self.watched.items()
        )
        run_state.write(self.home, run_state.RunState(self.identity, dict(self.addresses), states))


def exit_text(code: int) -> str:
    """An exit code as it is printed: a number, or the signal that killed the process."""
    return f"code {code}" if code >= 0 else signal.Signals(-code).name
