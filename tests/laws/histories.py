"""Random histories of a few items, and what must be published of them, computed from scratch."""

from dataclasses import dataclass
from random import Random
from typing import Any

from schemas import codec
from streams.journeys.arrivals import CODE, DELETED, SEQUENCE, TIME, stored
from streams.journeys.lifecycle import follow
from streams.journeys.path import item_fact

T0 = 1_700_000_000_000
STEP = 1000
TEAMS = ("Ops", "Net", "Dev", None)


@dataclass(frozen=True)
class Rec:
    """A record as Kafka gives it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def event(rng: Random, items: int, ids: int, span: int, **fixed: Any) -> tuple[str, bytes]:
    """One random event: (subject, value), ``fixed`` attributes apart. Few ids, so revisions and retractions meet."""
    subject = f"item-{rng.randrange(items)}"
    parts: dict[str, Any] = {
        "id": f"e{rng.randrange(ids)}",
        "source": rng.choice(("desk", "mail")),
        "subject": subject,
        "time_ms": T0 + rng.randrange(span) * STEP + rng.choice((0, 0, 1, 999)),
        "revision": rng.choice((0, 0, 0, 1, 2)),
        "sequence": rng.randrange(3),
    } | fixed
    if rng.random() < 0.1:
        return subject, codec.make("baton.item.moved.v1", body=None, deleted=True, **parts)
    kind = rng.random()
    if kind < 0.5:
        return subject, codec.make("baton.item.moved.v1", body={"to": rng.choice(TEAMS)}, **parts)
    if kind < 0.8:
        status = rng.choice(("queued", "working", "waiting", "resolved", "closed"))
        return subject, codec.make("baton.item.status.v1", body={"status": status}, **parts)
    handoff = {"handoff": f"h{rng.randrange(2)}"}
    verb = rng.choice(("offered", "offered", "accepted", "returned", "completed", "cancelled"))
    if verb == "offered":
        supplier, customer = rng.sample(TEAMS[:3], 2)
        handoff |= {"supplier": supplier or "", "customer": customer or "", "deliverable": "work"}
    return subject, codec.make(f"baton.handoff.{verb}.v1", body=handoff, **parts)


def tick(w: int) -> bytes:
    """A tick's value."""
    return codec.make("baton.clock.ticked.v1", id=f"tick-{w}", source="baton/clock", subject="clock", time_ms=w, body={})


def history(rng: Random) -> list[tuple[str, bytes]]:
    """Events and ticks in arrival order; key and value. The last record is a tick after everything."""
    span = rng.choice((3, 10, 30))
    items, ids = rng.choice((1, 2, 4)), rng.choice((2, 5, 12))
    records: list[tuple[str, bytes]] = []
    w = 0
    for _ in range(rng.randrange(1, 40)):
        if rng.random() < 0.25:
            w += rng.randrange(1, 8)
            records.append(("clock", tick(T0 + w * STEP)))
            if rng.random() < 0.2:
                records.append(("clock", tick(T0 + (w - rng.randrange(2)) * STEP)))
        else:
            records.append(event(rng, items, ids, span))
            if rng.random() < 0.2:
                records.append(records[-1])
    records.append(("clock", tick(T0 + (max(w, span) + 2) * STEP)))
    return records


def log_of(records: list[tuple[str, bytes]]) -> list[Rec]:
    """The records of one partition, each appended a little after the one before."""
    return [Rec(n, T0 + 10_000_000 + n, key.encode(), value) for n, (key, value) in enumerate(records)]


def expected(log: list[Rec]) -> dict[int, dict[tuple[str, ...], Any]]:
    """For each accepted W: the facts that hold, by (kind, subject, source, id); from scratch, straight from the definition."""
    at: dict[int, dict[tuple[str, ...], Any]] = {}
    survivors: dict[str, dict[tuple[str, str], Any]] = {}
    for record in log:
        decoded = codec.decode(record.key, record.value)
        if codec.TYPE_OF[type(decoded)] == "baton.clock.ticked.v1":
            w = int(decoded.time.timestamp() * 1000)
            if not at or w > max(at):
                at[w] = _facts(survivors, w)
            continue
        mine = survivors.setdefault(decoded.subject, {})
        key = (decoded.source, decoded.id)
        kept = stored(decoded)
        mine[key] = kept if key not in mine else max(mine[key], kept)
    return at


def _facts(survivors: dict[str, dict[tuple[str, str], Any]], w: int) -> dict[tuple[str, ...], Any]:
    facts: dict[tuple[str, ...], Any] = {}
    for subject, events in survivors.items():
        rows = sorted(
            (e[TIME], e[SEQUENCE], e[CODE], source, id_, e)
            for (source, id_), e in events.items()
            if not e[DELETED] and e[TIME] < w
        )
        if rows:
            custody = follow(rows)
            facts["item", subject, "", ""] = item_fact(rows, custody)
            for (source, id_), reason in custody.anomalies.items():
                facts["anomaly", subject, source, id_] = reason
    return facts
