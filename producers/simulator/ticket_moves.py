"""Bare moves: tickets that go there and back, orders that a middle team only passes on, and ping-pong. No handoff is told."""

from producers.simulator.company import Link
from producers.simulator.event_json import MOVED, STATUS
from producers.simulator.item_timeline import ItemScript


def ticket(script: ItemScript, link: Link, deliverable: str) -> None:
    """A team's request to the serving one and what comes back; sometimes Security is asked on the way."""
    serving, asking = link.supplier, link.customer
    _moved(script, asking, deliverable)
    _status(script, "queued", "New")
    script.pass_time(6)
    if script.happens(0.06):  # through the queue of nobody
        _moved(script, None, deliverable)
        script.pass_time(12)
    _moved(script, serving, deliverable, "needs a specialist")
    script.pass_time(15)
    if script.happens(0.1):  # sent back before any work
        _moved(script, asking, deliverable, "information missing")
        script.pass_time(15)
        _moved(script, serving, deliverable)
        script.pass_time(10)
    _status(script, "working", "In Progress")
    script.pass_time(30)
    if script.happens(0.12) and "Security" not in (serving, asking):
        _moved(script, "Security", deliverable, "for approval")
        script.pass_time(20)
        _status(script, "working", "In Progress")
        script.pass_time(15)
        _moved(script, serving, deliverable)
        script.pass_time(5)
        _status(script, "working", "In Progress")
        script.pass_time(10)
    _moved(script, asking, deliverable)
    script.pass_time(12)
    if script.happens(script.chance_of_return(serving, asking)):
        _moved(script, serving, deliverable, "does not work")
        script.pass_time(25)
        _moved(script, asking, deliverable)
        script.pass_time(12)
    _closed(script, 0.05)


def relay(script: ItemScript, links: tuple[Link, ...], deliverable: str) -> None:
    """From team to team; those in the middle hand it on within minutes and do nothing with it."""
    _moved(script, links[0].supplier, deliverable)
    _status(script, "working", "In Progress")
    script.pass_time(20)
    for link in links[:-1]:
        _moved(script, link.customer, deliverable)
        _status(script, "queued", "New")
        script.pass_time(4, spread=0.4)
    _moved(script, links[-1].customer, deliverable)
    script.pass_time(20)
    _closed(script, 0.03)


def pingpong(script: ItemScript, link: Link, deliverable: str) -> None:
    """Back and forth between two teams, mostly without work being done."""
    here, there = link.supplier, link.customer
    _moved(script, here, deliverable)
    _status(script, "working", "In Progress")
    script.pass_time(15)
    for _ in range(script.rng.choices((1, 2, 3, 4), (4, 3, 2, 1))[0]):
        _moved(script, there, deliverable)
        script.pass_time(10)
        if script.happens(0.3):
            _status(script, "working", "In Progress")
            script.pass_time(8)
        _moved(script, here, deliverable, "not ours")
        script.pass_time(10)
    _moved(script, there, deliverable)
    script.pass_time(10)
    _closed(script, 0.1)


def _closed(script: ItemScript, reopened: float) -> None:
    _status(script, "working", "In Progress")
    script.pass_time(20)
    _status(script, "resolved", "Solved")
    if script.happens(reopened):
        script.pass_time(120)
        _status(script, "working", "Reopened")
        script.pass_time(20)
        _status(script, "resolved", "Solved")
    script.pass_time(60)
    _status(script, "closed", "Closed")


def _moved(script: ItemScript, to: str | None, deliverable: str, reason: str = "") -> None:
    where = f'"{to}"' if to else "null"
    why = f',"reason":"{reason}"' if reason else ""
    script.note(MOVED, f'{{"to":{where},"deliverable":"{deliverable}"{why}}}')


def _status(script: ItemScript, status: str, word: str) -> None:
    script.note(STATUS, f'{{"status":"{status}","word":"{word}"}}')
