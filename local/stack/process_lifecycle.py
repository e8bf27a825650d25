"""The states of one process of the stack, from event to event (started, ready, exited). Pure: times are passed in.

waiting ──▶ starting ──▶ ready ──▶ (died) ──▶ backing off ──▶ waiting
               │            └─ a job that ended well: done
               └─ ended with 78 (bad settings, missing history): stopped, and stays so
"""

from dataclasses import dataclass
from typing import Literal

from runtime.backoff import Backoff
from schemas.errors import STOP_EXIT

RESTARTS = Backoff(first=0.5, longest=30.0)
HEALTHY_SECONDS = 60.0
"""A process that was ready this long has its failures forgiven."""
ProcessState = Literal["waiting", "starting", "ready", "backing off", "stopped", "done", "ended"]
LIVED_SECONDS = 1.0
"""Without a check of its own, a process counts as ready after this long."""


@dataclass
class ProcessLifecycle:
    """The state of one process, which waits from ``since`` on. All times are seconds of the caller's clock."""

    since: float
    once: bool = False
    state: ProcessState = "waiting"
    not_before: float = 0.0
    restarts: int = 0
    failures: int = 0
    last_exit: int | None = None
    reason: str = ""

    @property
    def satisfied(self) -> bool:
        """Whether processes that wait for this one may start."""
        return self.state == ("done" if self.once else "ready")

    @property
    def running(self) -> bool:
        """Whether there is a process now."""
        return self.state in ("starting", "ready")

    def may_start(self, now: float) -> bool:
        """Whether its own state and back-off let it be started now; the supervisor checks the processes it waits for."""
        return self.state in ("waiting", "backing off") and now >= self.not_before

    def started(self, now: float) -> None:
        """A process was started: a restart, where it had failed. After an end that was asked for, or a mend, it is none."""
        self.restarts += bool(self.last_exit)
        self._change("starting", now)

    def became_ready(self, now: float) -> None:
        """Its readiness check passed."""
        self._change("ready", now)

    def exited(self, code: int, now: float, chance: float, reason: str) -> None:
        """It ended by itself with ``code`` (negative: killed by that signal); ``reason`` is the end of its log."""
        # Judged when it ends: one that died soon after it was ready keeps its failures, and its back-off grows.
        if self.state == "ready" and now - self.since >= HEALTHY_SECONDS:
            self.failures = 0
        self.last_exit, self.reason = code, reason
        # Settings or history are wrong: starting it again would say the same, so somebody has to act and wake it.
        if code == STOP_EXIT:
            self._change("stopped", now)
        elif self.once and code == 0:
            self.failures = 0
            self._change("done", now)
        else:
            self.failures += 1
            # Monotonic time, so that a clock set back does not keep it down.
            self.not_before = now + RESTARTS.seconds(self.failures, chance)
            self._change("backing off", now)

    def woken(self, now: float) -> None:
        """Start again at once on request, also after a stop: failures and back-off are forgotten, and why it had stopped."""
        if self.state == "stopped":  # whoever asks has mended it
            self.last_exit, self.reason = None, ""
        if self.state in ("stopped", "backing off"):
            self.failures, self.not_before = 0, now
            self._change("waiting", now)

    def ended(self, now: float) -> None:
        """The stack ended it on purpose."""
        self._change("ended", now)

    def _change(self, state: ProcessState, now: float) -> None:
        self.state, self.since = state, now
