"""What the external customer got and said of a work item (metrics X1)."""

from collections.abc import Sequence
from typing import Any

from schemas.facts import OUTCOME_BODY
from streams.journeys.explicit_handoffs import Row
from streams.journeys.stored_event import BODY, COMPLAINED, DELIVERED, ESCAPED, SURVEYED


def outcome_of(rows: Sequence[Row]) -> Any | None:
    """The ``OutcomeFact`` struct after a subject's rows, in order; None without any outcome event.

    Of several deliveries and of several answers the last holds; complaints and escaped defects are counted.
    """
    delivered_at = on_time = csat = None
    complaints = defects = 0
    for time, _, code, _, _, event in rows:
        if code == DELIVERED:
            delivered_at = time
            on_time = None if event[BODY] < 0 else bool(event[BODY])
        elif code == COMPLAINED:
            complaints += 1
        elif code == SURVEYED:
            csat = event[BODY]
        elif code == ESCAPED:
            defects += 1
    if delivered_at is None and csat is None and not complaints and not defects:
        return None
    return OUTCOME_BODY(delivered_at=delivered_at, on_time=on_time, complaints=complaints, defects=defects, csat=csat)
