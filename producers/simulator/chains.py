"""Explicit handoffs: a chain of links, each requested, offered, accepted or sent back, and what came of it outside."""

from producers.simulator.company import Link, hours_of, patience_of
from producers.simulator.course import Course
from producers.simulator.office import HOUR
from producers.simulator.wording import (
    ACCEPTED,
    CANCELLED,
    COMPLAINED,
    COMPLETED,
    DELIVERED,
    ESCAPED,
    OFFERED,
    REQUESTED,
    RETURNED,
    SURVEYED,
    moment,
)

REASONS = ("incomplete", "wrong_format", "defect", "unclear_request", "missing_information")
_OFTEN = (8, 4, 4, 2, 2)
_LOOPS = 4
"""Most returns of one delivery before it is taken as it is."""


def chain(course: Course, subject: str, links: tuple[Link, ...], external: bool) -> None:
    """Write down one work item's handoffs, link after link; it ends where one is cancelled or never delivered."""
    loops = 0
    late = False
    for number, link in enumerate(links, 1):
        took = _handoff(course, f"{subject}/{number}", link)
        if took is None:
            return
        loops += took[0]
        late = late or took[1]
    if external:
        _outside(course, loops, late)


def _handoff(course: Course, handoff: str, link: Link) -> tuple[int, bool] | None:
    """One handoff; how often it was sent back and whether it came after due. None: it came to nothing."""
    rng = course.rng
    supplier, customer, (*_, deliverable) = link.supplier, link.customer, rng.sample(link.deliverables, 1)
    hours = hours_of(deliverable)
    due_ms = course.after(course.now, hours * HOUR)
    due = f',"due":"{moment(due_ms)}"' if course.happens(0.75) else ""  # else by the agreement's hours
    parties = f'{{"handoff":"{handoff}","supplier":"{supplier}","customer":"{customer}","deliverable":"{deliverable}"{due}}}'
    named = f'{{"handoff":"{handoff}"'
    if course.happens(0.45):
        course.note(REQUESTED, parties)
        if course.happens(0.03):
            return None  # never delivered
    late = course.is_late(supplier)
    course.pass_time(hours * 60 * (1.0 + rng.random()) if late else min(20, hours * 8), spread=0.1 if late else 0.5)
    course.note(OFFERED, parties)
    if course.happens(0.02):
        course.pass_time(10)
        course.note(CANCELLED, f'{named},"reason":"not_needed"}}')
        return None
    loops = _until_taken(course, named, parties, link, course.chance_of_return(supplier, customer))
    if course.happens(0.6):
        course.pass_time(20)
        course.note(COMPLETED, named + "}")
    elif course.happens(0.25 * course.chance_of_return(supplier, customer)):  # found later
        course.pass_time(10 * 60)
        course.note(RETURNED, f'{named},"reason":"defect"{_minutes(course, "rework_minutes", 0.5)}}}')
        course.pass_time(45)
        course.note(OFFERED, parties)
        course.pass_time(15)
        course.note(ACCEPTED, named + "}")
        loops += 1
    return loops, late


def _until_taken(course: Course, named: str, parties: str, link: Link, chance: float) -> int:
    """Decisions on what was just offered, until it is accepted; how often it was sent back."""
    rng = course.rng
    for loops in range(_LOOPS + 1):
        course.pass_time(14 * patience_of(link.customer))
        if loops == _LOOPS or not course.happens(chance):
            repair = _minutes(course, "rework_minutes", 0.05) + _minutes(course, "recheck_minutes", 0.25, 4)
            course.note(ACCEPTED, f"{named}{repair}}}")
            return loops
        reason = rng.choices(REASONS, _OFTEN)[0]
        course.note(RETURNED, f'{named},"reason":"{reason}"{_minutes(course, "rework_minutes", 0.65)}}}')
        course.pass_time(25)
        course.note(OFFERED, parties)
        chance *= 0.8 if chance > 0.4 else 0.5
    return _LOOPS


def _minutes(course: Course, field: str, chance: float, longest: int = 30) -> str:
    """``field`` with a number of minutes in steps of five, said with this chance."""
    return f',"{field}":{course.rng.randint(1, longest) * 5}' if course.happens(chance) else ""


def _outside(course: Course, loops: int, late: bool) -> None:
    """What the external customer got, and said."""
    course.pass_time(45)
    course.note(DELIVERED, f'{{"on_time":{"false" if late else "true"}}}')
    trouble = 0.02 + 0.10 * min(loops, 3) + 0.12 * late
    if course.happens(trouble / 4):
        course.pass_time(60)
        course.note(ESCAPED, '{"reason":"defect"}')
    if course.happens(trouble):
        course.pass_time(120)
        course.note(COMPLAINED, f'{{"reason":"{"late" if late else "quality"}"}}')
    if course.happens(0.25):
        course.pass_time(180)
        liked = 4.5 - 5 * trouble + course.rng.gauss(0, 0.7)
        course.note(SURVEYED, f'{{"csat":{min(5, max(1, round(liked)))}}}')
