"""How events really arrive: some twice, some late, some wrong at first, some that never happened and are taken back.

**Noise changes nothing in the end**: the surviving events are exactly what happened. The shares are of the events that
happened; each event has at most one of the four, and they are drawn from a generator of their own, so
that what happened is the same without noise.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

from producers.simulator.event_json import (
    ACCEPTED,
    CANCELLED,
    COMPLETED,
    MOVED,
    RATING,
    RETURNED,
    STATUS,
    EventArrival,
    ScriptedEvent,
)
from schemas.timestamps import HOUR_MS, MINUTE_MS

DUPLICATED = 0.02
"""Share of events that arrive twice, byte for byte."""
LATE = 0.03
"""Share of events that arrive minutes to two days after they happened."""
CORRECTED = 0.01
"""Share of events that first arrive wrong: half a minute too early, and where they have a reason with another one."""
RETRACTED = 0.005
"""Share of events beside which one is sent that never happened, and later taken back."""
_MISTAKES = {
    MOVED: '{"to":"Engineering","reason":"by mistake"}',
    STATUS: '{"status":"resolved","word":"Solved by mistake"}',
}
_OF_HANDOFFS = frozenset({RETURNED, ACCEPTED, COMPLETED, CANCELLED})
_WRONG_BY_MS = MINUTE_MS // 2


def arrivals(
    happened: Sequence[ScriptedEvent], subject: str, name: str, first: int, rng: Random | None, counts: Counter[str]
) -> Iterator[EventArrival]:
    """The arrivals of an item's events, numbered from ``first``; their ids begin with ``name``. Without ``rng``: no noise."""
    for sequence, (time_ms, kind, body) in enumerate(happened):
        identity, number = f"{name}-{sequence}", first + 4 * sequence
        counts["happened"] += 1
        dice = 1.0 if rng is None else rng.random()
        if rng is None or dice >= DUPLICATED + LATE + CORRECTED + RETRACTED:
            yield EventArrival(time_ms, number, time_ms, kind, body, subject, identity, sequence)
            continue
        if dice < DUPLICATED:
            counts["duplicated"] += 1
            yield EventArrival(time_ms, number, time_ms, kind, body, subject, identity, sequence)
            again = time_ms + rng.randrange(1000, 10 * MINUTE_MS)
            yield EventArrival(again, number + 1, time_ms, kind, body, subject, identity, sequence)
        elif dice < DUPLICATED + LATE:
            counts["late"] += 1
            later = time_ms + _delay(rng)
            yield EventArrival(later, number, time_ms, kind, body, subject, identity, sequence, 0, later)
        elif dice < DUPLICATED + LATE + CORRECTED:
            counts["corrected"] += 1
            wrong = body.replace('"reason":"', '"reason":"other ') if '"reason":"' in body else body
            later = time_ms + _delay(rng)
            yield EventArrival(time_ms, number, time_ms - _WRONG_BY_MS, kind, wrong, subject, identity, sequence)
            yield EventArrival(later, number + 1, time_ms, kind, body, subject, identity, sequence, 1, later)
        else:
            counts["retracted"] += 1
            yield EventArrival(time_ms, number, time_ms, kind, body, subject, identity, sequence)
            later, meant = time_ms + _WRONG_BY_MS + _delay(rng), time_ms + _WRONG_BY_MS
            yield EventArrival(meant, number + 1, meant, *_never_happened(kind, body), subject, f"{identity}x", sequence)
            yield EventArrival(
                later, number + 2, meant, _never_happened(kind, body)[0], "", subject, f"{identity}x", sequence, 1, later
            )


def _never_happened(kind: str, body: str) -> tuple[str, str]:
    """An event that fits beside one of this kind: a defect found, a wrong move, a rating or outcome given twice."""
    if kind in _MISTAKES:
        return kind, _MISTAKES[kind]
    if kind in _OF_HANDOFFS:
        _, _, _, handoff, *_ = body.split('"', 4)  # the first value of its JSON
        return RETURNED, f'{{"handoff":"{handoff}","reason":"defect"}}'
    return kind, body.replace('"effectiveness":5', '"effectiveness":1') if kind == RATING else body


def _delay(rng: Random) -> int:
    """Minutes to two days, more often short than long."""
    return int(MINUTE_MS + 48 * HOUR_MS * rng.random() ** 3)
