"""What becomes of a process."""

from local.stack.process_lifecycle import HEALTHY_SECONDS, ProcessLifecycle
from schemas.errors import STOP_EXIT


def test_a_process_that_dies_is_tried_again_after_its_wait() -> None:
    """After a crash a process may not start before its wait is over, and may then."""
    lifecycle = ProcessLifecycle(0)
    lifecycle.started(10)
    lifecycle.became_ready(11)
    lifecycle.exited(-9, 12, 0.0, "boom")
    assert (lifecycle.state, lifecycle.may_start(12.4), lifecycle.may_start(12.5)) == ("backing off", False, True)
    lifecycle.started(12.5)
    assert (lifecycle.restarts, lifecycle.last_exit, lifecycle.reason) == (1, -9, "boom")


def test_a_stop_is_final() -> None:
    """A process that ended with the code for bad settings is not started again, however long one waits."""
    lifecycle = ProcessLifecycle(0)
    lifecycle.started(0)
    lifecycle.exited(STOP_EXIT, 1, 0.0, "stopped: no such topic")
    assert (lifecycle.state, lifecycle.may_start(1e9)) == ("stopped", False)


def test_another_code_is_not_final() -> None:
    """Negative control of the above: the next code is an ordinary crash."""
    lifecycle = ProcessLifecycle(0)
    lifecycle.started(0)
    lifecycle.exited(STOP_EXIT - 1, 1, 0.0, "")
    assert lifecycle.may_start(1e9)


def test_waking_tries_a_stopped_process_at_once() -> None:
    """Somebody who mended the cause need not wait."""
    lifecycle = ProcessLifecycle(0)
    lifecycle.started(0)
    lifecycle.exited(STOP_EXIT, 1, 0.0, "")
    lifecycle.woken(2)
    assert lifecycle.may_start(2)


def test_waking_leaves_a_running_process_alone() -> None:
    """What works is not started a second time."""
    lifecycle = ProcessLifecycle(0)
    lifecycle.started(0)
    lifecycle.became_ready(1)
    lifecycle.woken(2)
    assert (lifecycle.state, lifecycle.may_start(2)) == ("ready", False)


def test_failures_are_forgiven_after_healthy_time() -> None:
    """A process that worked for a minute begins its waits anew; one that worked less does not."""

    def wait_after(lived: float) -> float:
        lifecycle = ProcessLifecycle(0)
        for _ in range(5):
            lifecycle.started(0)
            lifecycle.exited(1, 0, 0.0, "")
        lifecycle.started(100)
        lifecycle.became_ready(100)
        lifecycle.exited(1, 100 + lived, 0.0, "")
        return lifecycle.not_before - (100 + lived)

    assert wait_after(HEALTHY_SECONDS) == 0.5
    assert wait_after(HEALTHY_SECONDS - 1) == 16.0


def test_a_job_is_done_once_and_only_when_it_ended_well() -> None:
    """A job satisfies those who wait for it after code 0, and is tried again after another code."""
    good, bad = ProcessLifecycle(0, once=True), ProcessLifecycle(0, once=True)
    for lifecycle, code in ((good, 0), (bad, 75)):
        lifecycle.started(0)
        assert not lifecycle.satisfied
        lifecycle.exited(code, 1, 0.0, "")
    assert (good.satisfied, good.may_start(99)) == (True, False)
    assert (bad.satisfied, bad.may_start(99)) == (False, True)


def test_only_what_failed_is_a_restart() -> None:
    """An end that was asked for, as a rebuild does, is none; nor is the start after somebody mended the cause of a stop."""
    asked, crashed, mended = ProcessLifecycle(0), ProcessLifecycle(0), ProcessLifecycle(0)
    for lifecycle, code in ((asked, 0), (crashed, 1), (mended, STOP_EXIT)):
        lifecycle.started(0)
        lifecycle.became_ready(1)
        lifecycle.exited(code, 2, 0.0, "why")
    mended.woken(3)
    for lifecycle in (asked, crashed, mended):
        lifecycle.started(4)
    assert (asked.restarts, crashed.restarts, mended.restarts) == (0, 1, 0)
    assert (crashed.reason, mended.last_exit, mended.reason) == ("why", None, "")
