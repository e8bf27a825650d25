"""Bare moves: tickets that go there and back, orders that a middle team only passes on, and ping-pong. No handoff is told."""

from producers.simulator.company import Link
from producers.simulator.course import Course
from producers.simulator.wording import MOVED, STATUS


def ticket(course: Course, link: Link, deliverable: str) -> None:
    """A team's request to the serving one and what comes back; sometimes Security is asked on the way."""
    serving, asking = link.supplier, link.customer
    _moved(course, asking, deliverable)
    _status(course, "queued", "New")
    course.pass_time(6)
    if course.happens(0.06):  # through the queue of nobody
        _moved(course, None, deliverable)
        course.pass_time(12)
    _moved(course, serving, deliverable, "needs a specialist")
    course.pass_time(15)
    if course.happens(0.1):  # sent back before any work
        _moved(course, asking, deliverable, "information missing")
        course.pass_time(15)
        _moved(course, serving, deliverable)
        course.pass_time(10)
    _status(course, "working", "In Progress")
    course.pass_time(30)
    if course.happens(0.12) and "Security" not in (serving, asking):
        _moved(course, "Security", deliverable, "for approval")
        course.pass_time(20)
        _status(course, "working", "In Progress")
        course.pass_time(15)
        _moved(course, serving, deliverable)
        course.pass_time(5)
        _status(course, "working", "In Progress")
        course.pass_time(10)
    _moved(course, asking, deliverable)
    course.pass_time(12)
    if course.happens(course.chance_of_return(serving, asking)):
        _moved(course, serving, deliverable, "does not work")
        course.pass_time(25)
        _moved(course, asking, deliverable)
        course.pass_time(12)
    _closed(course, 0.05)


def relay(course: Course, links: tuple[Link, ...], deliverable: str) -> None:
    """From team to team; those in the middle hand it on within minutes and do nothing with it."""
    _moved(course, links[0].supplier, deliverable)
    _status(course, "working", "In Progress")
    course.pass_time(20)
    for link in links[:-1]:
        _moved(course, link.customer, deliverable)
        _status(course, "queued", "New")
        course.pass_time(4, spread=0.4)
    _moved(course, links[-1].customer, deliverable)
    course.pass_time(20)
    _closed(course, 0.03)


def pingpong(course: Course, link: Link, deliverable: str) -> None:
    """Back and forth between two teams, mostly without work being done."""
    here, there = link.supplier, link.customer
    _moved(course, here, deliverable)
    _status(course, "working", "In Progress")
    course.pass_time(15)
    for _ in range(course.rng.choices((1, 2, 3, 4), (4, 3, 2, 1))[0]):
        _moved(course, there, deliverable)
        course.pass_time(10)
        if course.happens(0.3):
            _status(course, "working", "In Progress")
            course.pass_time(8)
        _moved(course, here, deliverable, "not ours")
        course.pass_time(10)
    _moved(course, there, deliverable)
    course.pass_time(10)
    _closed(course, 0.1)


def _closed(course: Course, reopened: float) -> None:
    _status(course, "working", "In Progress")
    course.pass_time(20)
    _status(course, "resolved", "Solved")
    if course.happens(reopened):
        course.pass_time(120)
        _status(course, "working", "Reopened")
        course.pass_time(20)
        _status(course, "resolved", "Solved")
    course.pass_time(60)
    _status(course, "closed", "Closed")


def _moved(course: Course, to: str | None, deliverable: str, reason: str = "") -> None:
    where = f'"{to}"' if to else "null"
    why = f',"reason":"{reason}"' if reason else ""
    course.note(MOVED, f'{{"to":{where},"deliverable":"{deliverable}"{why}}}')


def _status(course: Course, status: str, word: str) -> None:
    course.note(STATUS, f'{{"status":"{status}","word":"{word}"}}')
