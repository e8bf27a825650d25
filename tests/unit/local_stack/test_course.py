"""What becomes of a process."""

from local.stack.backoff import HEALTHY_SECONDS
from local.stack.course import Course
from schemas.errors import STOP_EXIT


def test_a_process_that_dies_is_tried_again_after_its_wait() -> None:
    """After a crash a process may not start before its wait is over, and may then."""
    course = Course()
    course.started(10)
    course.became_ready(11)
    course.exited(-9, 12, 0.0, "boom")
    assert (course.state, course.may_start(12.4), course.may_start(12.5)) == ("backing off", False, True)
    course.started(12.5)
    assert (course.restarts, course.last_exit, course.reason) == (1, -9, "boom")


def test_a_stop_is_final() -> None:
    """A process that ended with the code for bad settings is not started again, however long one waits."""
    course = Course()
    course.started(0)
    course.exited(STOP_EXIT, 1, 0.0, "stopped: no such topic")
    assert (course.state, course.may_start(1e9)) == ("stopped", False)


def test_another_code_is_not_final() -> None:
    """Negative control of the above: the next code is an ordinary crash."""
    course = Course()
    course.started(0)
    course.exited(STOP_EXIT - 1, 1, 0.0, "")
    assert course.may_start(1e9)


def test_waking_tries_a_stopped_process_at_once() -> None:
    """Somebody who mended the cause need not wait."""
    course = Course()
    course.started(0)
    course.exited(STOP_EXIT, 1, 0.0, "")
    course.woken(2)
    assert course.may_start(2)


def test_waking_leaves_a_running_process_alone() -> None:
    """What works is not started a second time."""
    course = Course()
    course.started(0)
    course.became_ready(1)
    course.woken(2)
    assert (course.state, course.may_start(2)) == ("ready", False)


def test_failures_are_forgiven_after_healthy_time() -> None:
    """A process that worked for a minute begins its waits anew; one that worked less does not."""

    def wait_after(lived: float) -> float:
        course = Course()
        for _ in range(5):
            course.started(0)
            course.exited(1, 0, 0.0, "")
        course.started(100)
        course.became_ready(100)
        course.exited(1, 100 + lived, 0.0, "")
        return course.not_before - (100 + lived)

    assert wait_after(HEALTHY_SECONDS) == 0.5
    assert wait_after(HEALTHY_SECONDS - 1) == 16.0


def test_a_job_is_done_once_and_only_when_it_ended_well() -> None:
    """A job satisfies those who wait for it after code 0, and is tried again after another code."""
    good, bad = Course(once=True), Course(once=True)
    for course, code in ((good, 0), (bad, 75)):
        course.started(0)
        assert not course.satisfied
        course.exited(code, 1, 0.0, "")
    assert (good.satisfied, good.may_start(99)) == (True, False)
    assert (bad.satisfied, bad.may_start(99)) == (False, True)
