"""How events really arrive: some twice, some late, some wrong at first, some that never happened and are taken back.

**Noise changes nothing in the end**: the surviving events are exactly what happened. The shares are of the events that
happened; each event has at most one of the four, and they are drawn apart from the script, which is the same without.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

from producers.simulator.event_json import ACCEPTED, CANCELLED, COMPLETED, MOVED, RATING, RETURNED, STATUS, Happening, Sending
from producers.simulator.item_timeline import MINUTE
from producers.simulator.working_hours import HOUR

DUPLICATED = 0.02
"""Share of events that arrive twice, byte for byte."""
LATE = 0.03
"""Share of events that arrive minutes to two days after they happened."""
CORRECTED = 0.01
"""Share of events that are first told wrongly: half a minute too early, and where they have a reason with another one."""
RETRACTED = 0.005
"""Share of events beside which one is sent that never happened, and later taken back."""
_UNDONE = {
    MOVED: '{"to":"Engineering","reason":"by mistake"}',
    STATUS: '{"status":"resolved","word":"Solved by mistake"}',
}
_AGAIN = frozenset({RETURNED, ACCEPTED, COMPLETED, CANCELLED})
_WRONG_BY = MINUTE // 2


def arriving(
    happened: Sequence[Happening], subject: str, name: str, first: int, rng: Random | None, counts: Counter[str]
) -> Iterator[Sending]:
    """The events of a script on their way, numbered from ``first``. ``name`` begins their ids. Without ``rng``: no noise."""
    for place, (time_ms, kind, body) in enumerate(happened):
        identity, number = f"{name}-{place}", first + 4 * place
        counts["happened"] += 1
        dice = 1.0 if rng is None else rng.random()
        if rng is None or dice >= DUPLICATED + LATE + CORRECTED + RETRACTED:
            yield Sending(time_ms, number, time_ms, kind, body, subject, identity, place)
            continue
        if dice < DUPLICATED:
            counts["duplicated"] += 1
            yield Sending(time_ms, number, time_ms, kind, body, subject, identity, place)
            again = time_ms + rng.randrange(1000, 10 * MINUTE)
            yield Sending(again, number + 1, time_ms, kind, body, subject, identity, place)
        elif dice < DUPLICATED + LATE:
            counts["late"] += 1
            later = time_ms + _delay(rng)
            yield Sending(later, number, time_ms, kind, body, subject, identity, place, 0, later)
        elif dice < DUPLICATED + LATE + CORRECTED:
            counts["corrected"] += 1
            wrong = body.replace('"reason":"', '"reason":"other ') if '"reason":"' in body else body
            later = time_ms + _delay(rng)
            yield Sending(time_ms, number, time_ms - _WRONG_BY, kind, wrong, subject, identity, place)
            yield Sending(later, number + 1, time_ms, kind, body, subject, identity, place, 1, later)
        else:
            counts["retracted"] += 1
            yield Sending(time_ms, number, time_ms, kind, body, subject, identity, place)
            later, meant = time_ms + _WRONG_BY + _delay(rng), time_ms + _WRONG_BY
            yield Sending(meant, number + 1, meant, *_never_happened(kind, body), subject, f"{identity}x", place)
            yield Sending(
                later, number + 2, meant, _never_happened(kind, body)[0], "", subject, f"{identity}x", place, 1, later
            )


def _never_happened(kind: str, body: str) -> tuple[str, str]:
    """An event that fits beside one of this kind: a defect found, a wrong move, a rating or outcome given twice."""
    if kind in _UNDONE:
        return kind, _UNDONE[kind]
    if kind in _AGAIN:
        handoff = body.split('"', 4)[3]
        return RETURNED, f'{{"handoff":"{handoff}","reason":"defect"}}'
    return kind, body.replace('"effectiveness":5', '"effectiveness":1') if kind == RATING else body


def _delay(rng: Random) -> int:
    """Minutes to two days, more often short than long."""
    return int(MINUTE + 48 * HOUR * rng.random() ** 3)
