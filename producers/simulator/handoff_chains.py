"""Explicit handoffs: a chain of steps, each requested, offered, accepted or sent back, and what came of it outside."""

from producers.simulator.company import patience_of
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
    rfc3339,
)
from producers.simulator.item_timeline import ItemTimeline
from producers.simulator.workflows import Step, hours_of
from schemas.timestamps import HOUR_MS

REASONS = ("incomplete", "wrong_format", "defect", "unclear_request", "missing_information")
_OFTEN = (8, 4, 4, 2, 2)
_LOOPS = 4
"""Most returns of one handoff before it is accepted as it is."""


def chain(timeline: ItemTimeline, subject: str, steps: tuple[Step, ...], external: bool) -> None:
    """Write down one work item's handoffs, step after step; it ends where one is cancelled or never delivered."""
    loops = 0
    late = False
    for number, step in enumerate(steps, 1):
        took = _handoff(timeline, f"{subject}/{number}", step)
        if took is None:
            return
        loops += took[0]
        late = late or took[1]
    if external:
        _outside(timeline, loops, late)


def _handoff(timeline: ItemTimeline, handoff: str, step: Step) -> tuple[int, bool] | None:
    """One handoff; how often it was sent back and whether it came after due. None: it came to nothing."""
    rng = timeline.rng
    supplier, customer, (*_, deliverable) = step.supplier, step.customer, rng.sample(step.deliverables, 1)
    hours = hours_of(deliverable)
    due_ms = timeline.add_working_time(timeline.now_ms, hours * HOUR_MS)
    due = f',"due":"{rfc3339(due_ms)}"' if timeline.happens(0.75) else ""  # else by the agreement's hours
    parties = f'{{"handoff":"{handoff}","supplier":"{supplier}","customer":"{customer}","deliverable":"{deliverable}"{due}}}'
    named = f'{{"handoff":"{handoff}"'
    if timeline.happens(0.45):
        timeline.add(REQUESTED, parties)
        if timeline.happens(0.03):
            return None  # never delivered
    late = timeline.is_late(supplier)
    timeline.pass_time(hours * 60 * (1.0 + rng.random()) if late else min(20, hours * 8), spread=0.1 if late else 0.5)
    timeline.add(OFFERED, parties)
    if timeline.happens(0.02):
        timeline.pass_time(10)
        timeline.add(CANCELLED, f'{named},"reason":"not_needed"}}')
        return None
    loops = _until_taken(timeline, named, parties, step, timeline.chance_of_return(supplier, customer))
    if timeline.happens(0.6):
        timeline.pass_time(20)
        timeline.add(COMPLETED, named + "}")
    elif timeline.happens(0.25 * timeline.chance_of_return(supplier, customer)):  # found later
        timeline.pass_time(10 * 60)
        timeline.add(RETURNED, f'{named},"reason":"defect"{_minutes(timeline, "rework_minutes", 0.5)}}}')
        timeline.pass_time(45)
        timeline.add(OFFERED, parties)
        timeline.pass_time(15)
        timeline.add(ACCEPTED, named + "}")
        loops += 1
    return loops, late


def _until_taken(timeline: ItemTimeline, named: str, parties: str, step: Step, chance: float) -> int:
    """Decisions on what was just offered, until it is accepted; how often it was sent back."""
    rng = timeline.rng
    for loops in range(_LOOPS + 1):
        timeline.pass_time(14 * patience_of(step.customer))
        if loops == _LOOPS or not timeline.happens(chance):
            repair = _minutes(timeline, "rework_minutes", 0.05) + _minutes(timeline, "recheck_minutes", 0.25, 4)
            timeline.add(ACCEPTED, f"{named}{repair}}}")
            return loops
        reason = rng.choices(REASONS, _OFTEN)[0]
        timeline.add(RETURNED, f'{named},"reason":"{reason}"{_minutes(timeline, "rework_minutes", 0.65)}}}')
        timeline.pass_time(25)
        timeline.add(OFFERED, parties)
        chance *= 0.8 if chance > 0.4 else 0.5
    return _LOOPS


def _minutes(timeline: ItemTimeline, field: str, chance: float, longest: int = 30) -> str:
    """``field`` with a number of minutes in steps of five, with this probability, else nothing."""
    return f',"{field}":{timeline.rng.randint(1, longest) * 5}' if timeline.happens(chance) else ""


def _outside(timeline: ItemTimeline, loops: int, late: bool) -> None:
    """What the external customer got: the delivery, and perhaps a defect, a complaint, a survey."""
    timeline.pass_time(45)
    timeline.add(DELIVERED, f'{{"on_time":{"false" if late else "true"}}}')
    trouble = 0.02 + 0.10 * min(loops, 3) + 0.12 * late
    if timeline.happens(trouble / 4):
        timeline.pass_time(60)
        timeline.add(ESCAPED, '{"reason":"defect"}')
    if timeline.happens(trouble):
        timeline.pass_time(120)
        timeline.add(COMPLAINED, f'{{"reason":"{"late" if late else "quality"}"}}')
    if timeline.happens(0.25):
        timeline.pass_time(180)
        liked = 4.5 - 5 * trouble + timeline.rng.gauss(0, 0.7)
        timeline.add(SURVEYED, f'{{"csat":{min(5, max(1, round(liked)))}}}')
