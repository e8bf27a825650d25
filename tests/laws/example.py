"""The worked example E0 of the metrics as events (year 2026, UTC)."""

from datetime import UTC, datetime
from typing import Any

from schemas import event_codec as codec
from schemas.fields import to_ms

_LINES = """
H1 W1 ENG MKT offered   03-02 09:00 due=03-02T12:00
H1 W1 ENG MKT accepted  03-02 10:00
H3 W2 ENG MKT offered   03-02 13:00 due=03-02T12:00
H3 W2 ENG MKT accepted  03-02 13:30
H2 W1 MKT SAL offered   03-03 09:00 due=03-03T12:00
H2 W1 MKT SAL returned  03-03 11:00 reason=incomplete rework_minutes=150
H2 W1 MKT SAL offered   03-03 15:00
H2 W1 MKT SAL accepted  03-03 16:30
H2 W1 MKT SAL completed 03-04 10:00
H4 W2 MKT SAL offered   03-04 09:00 due=03-04T18:00
H4 W2 MKT SAL accepted  03-04 09:45
H4 W2 MKT SAL completed 03-04 17:00
H5 W3 MKT SAL offered   03-05 09:00 due=03-05T17:00
H5 W3 MKT SAL returned  03-05 10:00 reason=wrong_format rework_minutes=60
H5 W3 MKT SAL offered   03-05 12:00
H5 W3 MKT SAL returned  03-05 13:00 reason=incomplete rework_minutes=180
H5 W3 MKT SAL offered   03-05 16:00
H5 W3 MKT SAL accepted  03-05 18:00
H6 W4 MKT SAL requested 03-04 12:00 due=03-06T12:00
H7 W5 MKT SAL offered   03-06 09:00 due=03-06T18:00
H7 W5 MKT SAL cancelled 03-06 10:00
H8 W6 MKT SAL offered   03-07 09:00 due=03-07T12:00
H8 W6 MKT SAL accepted  03-07 11:00
H8 W6 MKT SAL returned  03-09 09:00 reason=defect
H8 W6 MKT SAL offered   03-09 12:00
H8 W6 MKT SAL accepted  03-09 13:00
"""
Line = dict[str, str]


def lines(text: str = _LINES) -> list[Line]:
    """The events of a text like the one above, in its order."""
    found = []
    for words in (line.split() for line in text.strip().splitlines()):
        named = dict(zip(("handoff", "item", "supplier", "customer", "verb", "day", "time"), words[:7], strict=True))
        found.append(named | dict(word.split("=") for word in words[7:]))
    return found


def moment(text: str) -> int:
    """ "03-02T09:00" in ms."""
    return to_ms(datetime.fromisoformat(f"2026-{text}:00").replace(tzinfo=UTC))


def record(line: Line, revision: int = 0, deleted: bool = False) -> tuple[str, bytes]:
    """Key and value of an event; its id says handoff, verb and the time it first had."""
    body: dict[str, Any] = {"handoff": line["handoff"]}
    if line["verb"] in {"requested", "offered"}:
        deliverable = "spec" if line["supplier"] == "ENG" else "leads"
        body |= {"supplier": line["supplier"], "customer": line["customer"], "deliverable": deliverable}
    if "due" in line:
        body["due"] = datetime.fromisoformat(f"2026-{line['due']}:00").replace(tzinfo=UTC)
    body |= {"reason": line["reason"]} if "reason" in line else {}
    body |= {"rework_minutes": int(line["rework_minutes"])} if "rework_minutes" in line else {}
    value = codec.make(
        f"baton.handoff.{line['verb']}.v1",
        id=f"{line['handoff']}-{line['verb']}-{line['day']}-{line['time']}",
        source="example",
        subject=line["item"],
        time_ms=moment(f"{line['day']}T{line['time']}"),
        revision=revision,
        body=None if deleted else body,
        deleted=deleted,
    )
    return line["item"], value


def one(handoff: str, verb: str, day: str) -> Line:
    """The event of E0 with these words."""
    (found,) = [line for line in lines() if (line["handoff"], line["verb"], line["day"]) == (handoff, verb, day)]
    return found
