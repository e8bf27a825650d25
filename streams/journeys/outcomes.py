"""What the external customer got and said of a work item (metrics X1)."""

from collections.abc import Sequence

from schemas.structs.facts import OutcomeFact
from streams.journeys.stored_event import COMPLAINED, ESCAPED, Delivered, OrderedEvent, Surveyed


def outcome_of(ordered: Sequence[OrderedEvent]) -> OutcomeFact | None:
    """The outcome after a subject's events, in order; None without any outcome event.

    Of several deliveries and of several answers the last holds; complaints and escaped defects are counted.
    """
    delivered_at: int | None = None
    on_time: bool | None = None
    csat: int | None = None
    complaints = defects = 0
    for time, _, code, _, _, event in ordered:
        body = event.body
        if type(body) is Delivered:
            delivered_at = time
            on_time = None if body.on_time < 0 else bool(body.on_time)
        elif type(body) is Surveyed:
            csat = body.csat
        elif code == COMPLAINED:
            complaints += 1
        elif code == ESCAPED:
            defects += 1
    if delivered_at is None and csat is None and not complaints and not defects:
        return None
    return OutcomeFact(delivered_at=delivered_at, on_time=on_time, complaints=complaints, defects=defects, csat=csat)
