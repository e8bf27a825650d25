"""Random histories of a few items and pairs: events, agreements and ticks as they arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from schemas import event_codec as codec
from schemas import ticks
from schemas.events import pair_subject
from schemas.fields import from_ms

T0 = 1_701_378_000_000
"""2023-11-30 21:00 UTC in ms; where the laws' votes are counted, a month ends two hours later."""
STEP = 1_200_000
"""Ms: twenty minutes, so that agreed hours pass within a history."""
TEAMS = ("Ops", "Net", "Dev", None)
PERIODS = ("2023-09", "2023-11", "2023-12", "2024-01", "2024-03")
CLOSED = 520
"""Steps after T0 at which November is closed where votes are counted: at the end of 7 December."""
SILENT = frozenset({"item-0", "item-2"})
"""Items without handoff events: their moves imply handoffs."""
AGREEMENTS = "agreement"
"""Stands for the key of agreements (``key_of``); they and ticks go to every partition."""


@dataclass(frozen=True)
class Rec:
    """A record as Kafka gives it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


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
    kind = rng.random() * (0.65 if subject in SILENT else 1)
    if kind < 0.35:
        body = {"to": rng.choice(TEAMS), "deliverable": rng.choice((None, None, "fix"))} | _due(rng, span)
        return subject, codec.make("baton.item.moved.v1", body=body, **parts)
    if kind < 0.55:
        return subject, codec.make("baton.item.status.v1", body=status(rng, span), **parts)
    if kind < 0.65:
        kind_of, outcome = _outcome(rng)
        return subject, codec.make(kind_of, body=outcome, **parts)
    kind_of, handoff = _handoff(rng, span)
    return subject, codec.make(kind_of, body=handoff, **parts)


def status(rng: Random, span: int) -> dict[str, Any]:
    """One random status; a rejection sometimes names a team, and any may say since when."""
    body: dict[str, Any] = {"status": rng.choice(("queued", "working", "waiting", "returned", "resolved", "closed"))}
    if body["status"] == "returned":
        body |= {"to": rng.choice(TEAMS), "reason": rng.choice((None, "defect"))}
    if rng.random() < 0.2:
        body["since"] = from_ms(T0 + rng.randrange(span) * STEP)
    return body


def _due(rng: Random, span: int) -> dict[str, Any]:
    return {"due": from_ms(T0 + rng.randrange(span) * STEP)} if rng.random() < 0.3 else {}


def _outcome(rng: Random) -> tuple[str, dict[str, Any]]:
    verb = rng.choice(("delivered", "complained", "surveyed", "escaped"))
    bodies: dict[str, Any] = {
        "delivered": {"on_time": rng.choice((True, False, None))},
        "surveyed": {"csat": rng.randrange(1, 6)},
    }
    return f"baton.outcome.{verb}.v1", bodies.get(verb, {})


def _handoff(rng: Random, span: int) -> tuple[str, dict[str, Any]]:
    handoff: dict[str, Any] = {"handoff": f"h{rng.randrange(2)}"}
    verb = rng.choice(("requested", "offered", "offered", "accepted", "returned", "completed", "cancelled"))
    if verb in {"requested", "offered"}:
        supplier, customer = rng.sample(TEAMS[:3], 2)
        if rng.random() < 0.05:
            customer = supplier  # no handoff
        handoff |= {"supplier": supplier, "customer": customer, "deliverable": rng.choice(("work", "fix"))} | _due(rng, span)
    if verb in {"accepted", "returned"}:
        handoff["rework_minutes"] = rng.choice((None, 0, 30, 3000))
    if verb == "returned":
        handoff["reason"] = rng.choice((None, "defect", "ugly"))
    return f"baton.handoff.{verb}.v1", handoff


def rating(rng: Random, span: int, one_pair: bool = False) -> tuple[str, bytes]:
    """One random vote, sometimes of the supplier on itself or of one who has none, or its retraction."""
    supplier, customer, third = TEAMS[:3] if one_pair else rng.sample(TEAMS[:3], 3)
    mine, own = (customer, "customer"), (supplier, "self")
    usual = (mine,) * 20 if one_pair else (mine,) * 3
    team, kind = rng.choice((*usual, own, own, (supplier, "customer"), (third, "customer"), (customer, "self")))
    subject = pair_subject(str(supplier), str(customer))
    body = {
        "rater": f"r{rng.randrange(9 if one_pair else 3)}",
        "team": team,
        "supplier": supplier,
        "customer": customer,
        "deliverable": rng.choice(("work", "work", "fix")),
        "effectiveness": rng.randrange(1, 6),
        "consistency": rng.randrange(1, 6),
        "kind": kind,
    }
    if rng.random() < 0.2:
        body["period"] = rng.choice(PERIODS)
    deleted = rng.random() < (0.05 if one_pair else 0.15)
    value = codec.make(
        "baton.rating.given.v1",
        id=f"v{rng.randrange(60 if one_pair else 6)}",
        source="desk",
        subject=subject,
        time_ms=T0 + rng.randrange(span) * STEP,
        revision=rng.choice((0, 0, 1, 2)),
        body=None if deleted else body,
        deleted=deleted,
    )
    return subject, value


def agreement(rng: Random, span: int) -> tuple[str, bytes]:
    """One random agreement, corrected and retracted like events."""
    supplier, customer = rng.sample(TEAMS[:3], 2)
    body = {
        "supplier": supplier,
        "customer": customer,
        "deliverables": [
            {"deliverable": "work", "sla_hours": rng.choice((1, 2, 5))},
            {"deliverable": "fix", "sla_hours": rng.choice((None, 1))},
        ][: rng.randrange(1, 3)],
        "rating_mode": rng.choice(("individual", "team")),
        "valid_from": from_ms(T0 + rng.randrange(-3, span) * STEP),
    }
    deleted = rng.random() < 0.2
    value = codec.make(
        "baton.agreement.set.v1",
        id=f"a{rng.randrange(4)}",
        source="baton/control",
        subject=AGREEMENTS,
        time_ms=T0 + rng.randrange(-3, span) * STEP,
        revision=rng.choice((0, 0, 1, 2)),
        body=None if deleted else body,
        deleted=deleted,
    )
    return AGREEMENTS, value


def tick(w: int) -> bytes:
    """A tick's value."""
    return codec.make("baton.clock.ticked.v1", id=f"tick-{w}", source="baton/clock", subject="clock", time_ms=w, body={})


def history(rng: Random, of_votes: float = 0.3) -> list[tuple[str, bytes]]:
    """Events and ticks in arrival order; key and value. The last record is a tick after everything.

    ``of_votes``: share of histories that are mostly votes of one pair, so that there are rating groups.
    """
    span = rng.choice((3, 10, 30))
    items, ids = rng.choice((1, 2, 4)), rng.choice((2, 5, 12))
    voting = rng.random() < of_votes
    records: list[tuple[str, bytes]] = []
    w = 0
    for _ in range(rng.randrange(1, 70 if voting else 40)):
        kind = rng.random()
        if kind < (0.15 if voting else 0.25):
            w += CLOSED if w < CLOSED and rng.random() < (0.25 if voting else 0.05) else rng.randrange(1, 8)
            records.append(("clock", tick(T0 + w * STEP)))
            if rng.random() < 0.2:
                records.append(("clock", tick(T0 + (w - rng.randrange(2)) * STEP)))
            continue
        if voting and kind < 0.9:
            records.append(rating(rng, span, one_pair=True))
        else:
            make = rating if kind < 0.35 else agreement if kind < 0.45 else None
            records.append(make(rng, span) if make else event(rng, items, ids, span))
        if rng.random() < 0.2:
            records.append(records[-1])
    records.append(("clock", tick(T0 + (max(w, span) + 2) * STEP)))
    return records


def key_of(key: str) -> bytes:
    """The record key: agreements come by the clock, and have its key."""
    return ticks.KEY if key == AGREEMENTS else key.encode()


def crowded(rng: Random) -> list[tuple[str, bytes]]:
    """A history of two items with many events, so that tiny caps are reached and what is beyond comes again in other forms."""
    span, w = 30, 0
    records: list[tuple[str, bytes]] = []
    for _ in range(rng.randrange(20, 70)):
        if rng.random() < 0.15:
            w += rng.randrange(1, 5)
            records.append(("clock", tick(T0 + w * STEP)))
        records.append(event(rng, 2, 9, span, source="desk", revision=rng.randrange(4)))
    records.append(("clock", tick(T0 + (max(w, span) + 2) * STEP)))
    return records


def log_of(records: list[tuple[str, bytes]]) -> list[Rec]:
    """The records of one partition, each appended a little after the one before."""
    return [Rec(n, T0 + 1000 * STEP + n, key_of(key), value) for n, (key, value) in enumerate(records)]
