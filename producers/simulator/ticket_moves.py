"""Bare moves: tickets that go there and back, orders that a middle team only passes on, and ping-pong. No handoff events."""

from producers.simulator.event_json import MOVED, STATUS
from producers.simulator.item_timeline import ItemTimeline
from producers.simulator.workflows import Step


def ticket(timeline: ItemTimeline, step: Step, deliverable: str) -> None:
    """A team's request to the serving one and what comes back; sometimes Security is asked on the way."""
    serving, asking = step.supplier, step.customer
    _moved(timeline, asking, deliverable)
    _status(timeline, "queued", "New")
    timeline.pass_time(6)
    if timeline.happens(0.06):  # through the unassigned queue
        _moved(timeline, None, deliverable)
        timeline.pass_time(12)
    _moved(timeline, serving, deliverable, "needs a specialist")
    timeline.pass_time(15)
    if timeline.happens(0.1):  # sent back before any work
        _moved(timeline, asking, deliverable, "information missing")
        timeline.pass_time(15)
        _moved(timeline, serving, deliverable)
        timeline.pass_time(10)
    _status(timeline, "working", "In Progress")
    timeline.pass_time(30)
    if timeline.happens(0.12) and "Security" not in (serving, asking):
        _moved(timeline, "Security", deliverable, "for approval")
        timeline.pass_time(20)
        _status(timeline, "working", "In Progress")
        timeline.pass_time(15)
        _moved(timeline, serving, deliverable)
        timeline.pass_time(5)
        _status(timeline, "working", "In Progress")
        timeline.pass_time(10)
    _moved(timeline, asking, deliverable)
    timeline.pass_time(12)
    if timeline.happens(timeline.chance_of_return(serving, asking)):
        _moved(timeline, serving, deliverable, "does not work")
        timeline.pass_time(25)
        _moved(timeline, asking, deliverable)
        timeline.pass_time(12)
    _closed(timeline, 0.05)


def relay(timeline: ItemTimeline, steps: tuple[Step, ...], deliverable: str) -> None:
    """From team to team; those in the middle hand it on within minutes and do nothing with it."""
    _moved(timeline, steps[0].supplier, deliverable)
    _status(timeline, "working", "In Progress")
    timeline.pass_time(20)
    for step in steps[:-1]:
        _moved(timeline, step.customer, deliverable)
        _status(timeline, "queued", "New")
        timeline.pass_time(4, spread=0.4)
    _moved(timeline, steps[-1].customer, deliverable)
    timeline.pass_time(20)
    _closed(timeline, 0.03)


def pingpong(timeline: ItemTimeline, step: Step, deliverable: str) -> None:
    """Back and forth between two teams, mostly without work being done."""
    first, second = step.supplier, step.customer
    _moved(timeline, first, deliverable)
    _status(timeline, "working", "In Progress")
    timeline.pass_time(15)
    for _ in range(timeline.rng.choices((1, 2, 3, 4), (4, 3, 2, 1))[0]):
        _moved(timeline, second, deliverable)
        timeline.pass_time(10)
        if timeline.happens(0.3):
            _status(timeline, "working", "In Progress")
            timeline.pass_time(8)
        _moved(timeline, first, deliverable, "not ours")
        timeline.pass_time(10)
    _moved(timeline, second, deliverable)
    timeline.pass_time(10)
    _closed(timeline, 0.1)


def _closed(timeline: ItemTimeline, reopened: float) -> None:
    _status(timeline, "working", "In Progress")
    timeline.pass_time(20)
    _status(timeline, "resolved", "Solved")
    if timeline.happens(reopened):
        timeline.pass_time(120)
        _status(timeline, "working", "Reopened")
        timeline.pass_time(20)
        _status(timeline, "resolved", "Solved")
    timeline.pass_time(60)
    _status(timeline, "closed", "Closed")


def _moved(timeline: ItemTimeline, to: str | None, deliverable: str, reason: str = "") -> None:
    where = f'"{to}"' if to else "null"
    why = f',"reason":"{reason}"' if reason else ""
    timeline.add(MOVED, f'{{"to":{where},"deliverable":"{deliverable}"{why}}}')


def _status(timeline: ItemTimeline, status: str, word: str) -> None:
    timeline.add(STATUS, f'{{"status":"{status}","word":"{word}"}}')
