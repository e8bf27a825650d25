"""Explicit handoffs: a chain of links, each requested, offered, accepted or sent back, and what came of it outside."""

from producers.simulator.company import Link, hours_of, patience_of
from producers.simulator.event_json import (
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
from producers.simulator.item_timeline import ItemScript
from producers.simulator.working_hours import HOUR

REASONS = ("incomplete", "wrong_format", "defect", "unclear_request", "missing_information")
_OFTEN = (8, 4, 4, 2, 2)
_LOOPS = 4
"""Most returns of one delivery before it is taken as it is."""


def chain(script: ItemScript, subject: str, links: tuple[Link, ...], external: bool) -> None:
    """Write down one work item's handoffs, link after link; it ends where one is cancelled or never delivered."""
    loops = 0
    late = False
    for number, link in enumerate(links, 1):
        took = _handoff(script, f"{subject}/{number}", link)
        if took is None:
            return
        loops += took[0]
        late = late or took[1]
    if external:
        _outside(script, loops, late)


def _handoff(script: ItemScript, handoff: str, link: Link) -> tuple[int, bool] | None:
    """One handoff; how often it was sent back and whether it came after due. None: it came to nothing."""
    rng = script.rng
    supplier, customer, (*_, deliverable) = link.supplier, link.customer, rng.sample(link.deliverables, 1)
    hours = hours_of(deliverable)
    due_ms = script.after(script.now, hours * HOUR)
    due = f',"due":"{moment(due_ms)}"' if script.happens(0.75) else ""  # else by the agreement's hours
    parties = f'{{"handoff":"{handoff}","supplier":"{supplier}","customer":"{customer}","deliverable":"{deliverable}"{due}}}'
    named = f'{{"handoff":"{handoff}"'
    if script.happens(0.45):
        script.note(REQUESTED, parties)
        if script.happens(0.03):
            return None  # never delivered
    late = script.is_late(supplier)
    script.pass_time(hours * 60 * (1.0 + rng.random()) if late else min(20, hours * 8), spread=0.1 if late else 0.5)
    script.note(OFFERED, parties)
    if script.happens(0.02):
        script.pass_time(10)
        script.note(CANCELLED, f'{named},"reason":"not_needed"}}')
        return None
    loops = _until_taken(script, named, parties, link, script.chance_of_return(supplier, customer))
    if script.happens(0.6):
        script.pass_time(20)
        script.note(COMPLETED, named + "}")
    elif script.happens(0.25 * script.chance_of_return(supplier, customer)):  # found later
        script.pass_time(10 * 60)
        script.note(RETURNED, f'{named},"reason":"defect"{_minutes(script, "rework_minutes", 0.5)}}}')
        script.pass_time(45)
        script.note(OFFERED, parties)
        script.pass_time(15)
        script.note(ACCEPTED, named + "}")
        loops += 1
    return loops, late


def _until_taken(script: ItemScript, named: str, parties: str, link: Link, chance: float) -> int:
    """Decisions on what was just offered, until it is accepted; how often it was sent back."""
    rng = script.rng
    for loops in range(_LOOPS + 1):
        script.pass_time(14 * patience_of(link.customer))
        if loops == _LOOPS or not script.happens(chance):
            repair = _minutes(script, "rework_minutes", 0.05) + _minutes(script, "recheck_minutes", 0.25, 4)
            script.note(ACCEPTED, f"{named}{repair}}}")
            return loops
        reason = rng.choices(REASONS, _OFTEN)[0]
        script.note(RETURNED, f'{named},"reason":"{reason}"{_minutes(script, "rework_minutes", 0.65)}}}')
        script.pass_time(25)
        script.note(OFFERED, parties)
        chance *= 0.8 if chance > 0.4 else 0.5
    return _LOOPS


def _minutes(script: ItemScript, field: str, chance: float, longest: int = 30) -> str:
    """``field`` with a number of minutes in steps of five, said with this chance."""
    return f',"{field}":{script.rng.randint(1, longest) * 5}' if script.happens(chance) else ""


def _outside(script: ItemScript, loops: int, late: bool) -> None:
    """What the external customer got, and said."""
    script.pass_time(45)
    script.note(DELIVERED, f'{{"on_time":{"false" if late else "true"}}}')
    trouble = 0.02 + 0.10 * min(loops, 3) + 0.12 * late
    if script.happens(trouble / 4):
        script.pass_time(60)
        script.note(ESCAPED, '{"reason":"defect"}')
    if script.happens(trouble):
        script.pass_time(120)
        script.note(COMPLAINED, f'{{"reason":"{"late" if late else "quality"}"}}')
    if script.happens(0.25):
        script.pass_time(180)
        liked = 4.5 - 5 * trouble + script.rng.gauss(0, 0.7)
        script.note(SURVEYED, f'{{"csat":{min(5, max(1, round(liked)))}}}')
