"""Lives of handoffs in a few words: minutes after T0 and what happened."""

from typing import Any

from measures.handoffs import HandoffState, as_of, handoff_fact

T0 = 1_772_442_000_000
MINUTE = 60_000
DAY = 1440


def at(minute: float) -> int:
    """A minute after T0 in ms."""
    return T0 + int(minute * MINUTE)


def life(*steps: tuple[Any, ...], due: float | None = None, requested: float | None = None) -> HandoffState:
    """A life M→S of steps (what, minute, more): more is an offer's due, a repair, or a reason and minutes."""
    made = HandoffState("", "H", "H", "M", "S", "leads", None if due is None else at(due))
    made.requested_at = None if requested is None else at(requested)
    made.got_at = T0
    for what, minute, *more in steps:
        if what == "offer":
            made.offer(at(minute), at(more[0]) if more else None)
        elif what == "accept":
            made.accept(at(minute)).repair_minutes = more[0] if more else None
        elif what == "pass":
            made.pass_on(at(minute))
        elif what == "return":
            made.return_(at(minute), more[0] if more else None).rework_minutes = more[1] if len(more) > 1 else None
        else:
            made.cancelled_at, made.state = at(minute), "cancelled"
    return made


def fact(*steps: tuple[Any, ...], w: float = 10_000_000, hours: int | None = None, **more: Any) -> Any:
    """Its fact at minute ``w``; ``hours``: agreed."""
    made = life(*steps, **more)
    as_of(made, at(w), hours)
    return handoff_fact(made)
