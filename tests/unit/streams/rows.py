"""Events of one item in a few words, as the journeys fold keeps them."""

from typing import Any

from schemas import event_codec as codec
from schemas.timestamps import MINUTE_MS
from streams.journeys.event_conversion import stored
from streams.journeys.explicit_handoffs import Custody, explicit_handoffs
from streams.journeys.item_state import Item
from streams.journeys.journey import item_fact
from streams.journeys.stored_event import OrderedEvent, StoredEvent

MINUTE = MINUTE_MS
T0 = 1_772_442_000_000
"""2026-03-02 09:00 UTC in ms."""
AFTER = T0 + 10_000_000 * MINUTE
Event = tuple[tuple[str, str], StoredEvent]


def event(kind: str, at: int, body: dict[str, Any] | None, **more: Any) -> Event:
    """One event ``at`` minutes after T0: its (source, id) and what is kept of it. ``id`` is made of the rest if not given."""
    parts = {"id": f"{kind}@{at}", "source": "desk", "subject": "W"} | more
    value = codec.make(f"baton.{kind}.v1", time_ms=T0 + at * MINUTE, body=body, **parts)
    kept = stored(codec.decode(str(parts["subject"]).encode(), value))
    assert kept is not None
    return (str(parts["source"]), str(parts["id"])), kept


def moved(at: int, to: str | None, origin: str | None = None, **more: Any) -> Event:
    """A move."""
    body = {"to": to, "from": origin} | {k: more.pop(k) for k in ("deliverable", "due", "reason") if k in more}
    return event("item.moved", at, body, **more)


def status(at: int, word: str, **more: Any) -> Event:
    """A status."""
    body = {"status": word} | {k: more.pop(k) for k in ("to", "reason", "since") if k in more}
    return event("item.status", at, body, **more)


def handoff(verb: str, at: int, supplier: str = "", customer: str = "", name: str = "H", **more: Any) -> Event:
    """A handoff event; supplier and customer only for requests and offers."""
    body = {"handoff": name}
    if supplier:
        body |= {"supplier": supplier, "customer": customer, "deliverable": more.pop("deliverable", "leads")}
    return event(f"handoff.{verb}", at, body, **{"id": f"{name}-{verb}@{at}", **more})


def rows(*events: Event, w: int = AFTER) -> list[OrderedEvent]:
    """The item's events before ``w`` (ms), in order."""
    item = Item()
    for key, kept in events:
        assert key not in item.events, f"{key} twice"
        item.events[key] = kept
    return item.in_order(w)


def custody(*events: Event) -> Custody:
    """What the handoff events say."""
    return explicit_handoffs(rows(*events))


def fact(*events: Event, w: int = AFTER) -> Any:
    """The item fact."""
    found = rows(*events, w=w)
    return item_fact(found, explicit_handoffs(found))
