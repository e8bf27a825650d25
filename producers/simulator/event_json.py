"""Simulated events → the JSON of their records. Written by templates: names here hold nothing that JSON would escape."""

from typing import NamedTuple

from schemas.events import schema_uri
from schemas.fields import from_ms

SOURCE = "baton/simulator"
"""Every source of a simulated event begins so."""
TRACKER, DESK, PULSE, FIELD = (f"{SOURCE}/{tool}" for tool in ("tracker", "desk", "pulse", "field"))
"""The tools: of handoffs, of tickets, of ratings, and of what the external customer says."""
REQUESTED, OFFERED, ACCEPTED, RETURNED, COMPLETED, CANCELLED = (
    f"baton.handoff.{word}.v1" for word in ("requested", "offered", "accepted", "returned", "completed", "cancelled")
)
MOVED, STATUS, RATING = "baton.item.moved.v1", "baton.item.status.v1", "baton.rating.given.v1"
DELIVERED, COMPLAINED, SURVEYED, ESCAPED = (
    f"baton.outcome.{word}.v1" for word in ("delivered", "complained", "surveyed", "escaped")
)
_TOOLS = {
    **dict.fromkeys((REQUESTED, OFFERED, ACCEPTED, RETURNED, COMPLETED, CANCELLED), TRACKER),
    **dict.fromkeys((MOVED, STATUS), DESK),
    RATING: PULSE,
    **dict.fromkeys((DELIVERED, COMPLAINED, SURVEYED, ESCAPED), FIELD),
}
_HEADS = {
    kind: f'{{"specversion":"1.0","source":"{tool}","type":"{kind}","dataschema":"{schema_uri(kind)}",'
    for kind, tool in _TOOLS.items()
}


class ScriptedEvent(NamedTuple):
    """An event as its item's timeline has it. ``kind``: its type; ``body``: its ``data`` as JSON."""

    time_ms: int
    kind: str
    body: str


class EventArrival(NamedTuple):
    """One arrival of an event; sorts by time and ``number``. ``recorded_ms`` 0: left out. An empty ``body``: a retraction."""

    arrival_ms: int
    number: int
    time_ms: int
    kind: str
    body: str
    subject: str
    id: str
    sequence: int
    revision: int = 0
    recorded_ms: int = 0


class SimulatedRecord(NamedTuple):
    """A record for the events topic: when it arrives, when it happened, key and value."""

    arrival_ms: int
    time_ms: int
    key: bytes
    value: bytes


def record_of(arrival: EventArrival) -> SimulatedRecord:
    """The record for the events topic."""
    arrival_ms, _, time_ms, kind, body, subject, identity, sequence, revision, recorded_ms = arrival
    text = f'{_HEADS[kind]}"id":"{identity}","subject":"{subject}","time":"{rfc3339(time_ms)}","sequence":{sequence}'
    if revision:
        text += f',"revision":{revision}'
    if recorded_ms:
        text += f',"recordedat":"{rfc3339(recorded_ms)}"'
    text += f',"data":{body}}}' if body else ',"deleted":true}'
    return SimulatedRecord(arrival_ms, time_ms, subject.encode(), text.encode())


_seconds: dict[int, str] = {}


def rfc3339(time_ms: int) -> str:
    """RFC 3339 of a time in ms UTC."""
    second, ms = divmod(time_ms, 1000)
    text = _seconds.get(second)
    if text is None:
        if len(_seconds) > 4000:
            _seconds.clear()
        text = _seconds[second] = from_ms(second * 1000).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{ms:03d}Z"
