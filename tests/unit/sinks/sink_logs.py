"""Records as the sink's tests need them: events, facts, watermarks, dead letters, and whole logs of them."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from broker.records import PartitionRecord, TopicPartition
from schemas.dead_letters import DeadLetter
from schemas.event_codec import make
from schemas.events import TICK
from schemas.facts import VerdictWord
from schemas.keys import fact_key, score_key
from schemas.record_codec import encode_record
from schemas.structs.fact_records import (
    HandoffRecord,
    IntakeRecord,
    ItemRecord,
    OutcomeRecord,
    RatingGroupRecord,
    VerdictRecord,
    VoteRecord,
)
from schemas.structs.facts import HandoffFact, IntakeFact, ItemFact, OfferLine, OutcomeFact, RatingGroupFact, Verdict, VoteFact
from schemas.structs.scores import Result, Score
from schemas.structs.watermarks import Watermark
from schemas.topics import DEAD_LETTERS, EVENTS, FACTS, SCORES
from schemas.watermarks import version_of
from sinks.memory_source import MemoryRecord

BASE = 1_700_000_000_000

Content = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes]]]
"""Key, value, headers of a record."""


def moved(item: str, event_id: str, to: str | None, at: int = 0, **more: Any) -> Content:
    """A move of an item to a team, ``at`` ms after the base time."""
    body = None if more.get("deleted") else {"to": to, "from": more.pop("origin", None)}
    value = make("baton.item.moved.v1", id=event_id, source="s", subject=item, time_ms=BASE + at, body=body, **more)
    return item.encode(), value, ()


def event(event_type: str, item: str, event_id: str, at: int, body: dict[str, Any], **more: Any) -> Content:
    """Any event."""
    return item.encode(), make(event_type, id=event_id, source="s", subject=item, time_ms=BASE + at, body=body, **more), ()


def tick(at: int) -> Content:
    """A tick with W ``at`` ms after the base time."""
    return b"clock", make(TICK, id=f"tick-{at}", source="baton/clock", subject="clock", time_ms=BASE + at, body={}), ()


def unreadable(value: bytes = b"{") -> Content:
    """A record that is no event."""
    return b"x", value, ()


def item_fact(
    item: str, offset: int, path: list[str] | None, *, generation: int = 1, partition: int = 0, **body: Any
) -> Content:
    """An item fact of the tick at ``offset``; ``path`` None takes the fact away."""
    counts: dict[str, Any] = dict.fromkeys(
        ("reassignments", "bounces", "revisits", "assignment_changes", "reopens", "moves", "events"), 0
    )
    blank = dict.fromkeys(("holder", "status", "deliverable", "due_at", "resolved_at", "closed_at"))
    times = {"opened_at": BASE, "last_event_at": BASE, "touch_ms": {}, "queue_ms": {}, "reopened_teams": []}
    fact = ItemRecord(
        subject=item,
        version=version_of(generation, offset),
        partition=partition,
        w=BASE + offset,
        deleted=path is None,
        body=None if path is None else ItemFact(**(counts | blank | times | {"path": path} | body)),
    )
    return fact_key("item", item), encode_record(fact), ()


def verdict(item: str, event_id: str, offset: int, word: VerdictWord = "too_late", *, deleted: bool = False) -> Content:
    """A verdict on event (s, event_id) of the item; ``deleted`` takes it back."""
    fact = VerdictRecord(
        subject=item,
        source="s",
        id=event_id,
        version=version_of(1, offset),
        partition=0,
        w=BASE + offset,
        deleted=deleted,
        body=Verdict(verdict=word, reason="because"),
    )
    return fact_key(word, item, "s", event_id), encode_record(fact), ()


_RECORDS: dict[str, Any] = {
    **{"handoff": HandoffRecord, "vote": VoteRecord, "rating_group": RatingGroupRecord, "outcome": OutcomeRecord},
    "intake": IntakeRecord,
}


def _upsert(
    kind: str, subject: str, source: str, id: str, offset: int, body: Any, generation: int = 1, partition: int = 0
) -> Content:
    fact = _RECORDS[kind](
        subject=subject,
        source=source,
        id=id,
        version=version_of(generation, offset),
        partition=partition,
        w=BASE + offset,
        deleted=body is None,
        body=body,
    )
    return fact_key(kind, subject, source, id), encode_record(fact), ()


def handoff(item: str, id: str, offset: int, offers: list[dict[str, Any]] | None, **body: Any) -> Content:
    """A handoff fact of Ops to Net; ``offers`` None takes it away. Of an implicit one the source is given, too."""
    absent: dict[str, Any] = dict.fromkeys(
        ("requested_at", "completed_at", "cancelled_at", "due_at", "due_from", "rework_minutes")
    )
    blank = {"handoff": id, "supplier": "Ops", "customer": "Net", "deliverable": "work", "implicit": False, "state": "offered"}
    numbers = {"due_changes": 0, "sla": "unknown", "void": False, "first_pass": None, "complete_accurate": None}
    source, where = body.pop("source", ""), {k: body.pop(k) for k in ("generation", "partition") if k in body}
    lines = [OfferLine(**offer) for offer in offers or ()]
    made = None if offers is None else HandoffFact(**(absent | blank | numbers | {"offers": lines} | body))
    return _upsert("handoff", item, source, id, offset, made, **where)


def vote(rater: str, offset: int, cell: tuple[int, int] | None, deliverable: str = "leads", **body: Any) -> Content:
    """A vote of a rater of Net on Ops in November 2023; ``cell`` None takes it away."""
    if cell is None:
        return _upsert("vote", "Ops > Net", rater, f"{deliverable}@2023-11", offset, None)
    who: dict[str, Any] = {"rater": rater, "team": "Net", "supplier": "Ops", "customer": "Net", "deliverable": deliverable}
    given = {"month": "2023-11", "at": BASE, "effectiveness": cell[0], "consistency": cell[1]}
    made = VoteFact(**(who | given | {"mode": "individual", "handoff": None} | body))
    return _upsert("vote", "Ops > Net", rater, f"{deliverable}@2023-11", offset, made)


def rating_group(number: int, offset: int, deliverable: str | None = "leads", **body: Any) -> Content:
    """A rating group of Net on Ops in November 2023."""
    given: dict[str, Any] = {"mode": "individual", "cells": {"43": 4, "55": 1}, "raters": 5, "earlier": 0} | body
    made = RatingGroupFact(
        supplier="Ops", customer="Net", deliverable=deliverable, period="2023-11", at=BASE + number, **given
    )
    return _upsert("rating_group", "Ops > Net", "", str(number), offset, made)


def outcome(item: str, offset: int, **body: Any) -> Content:
    """What the external customer got; without a body it is taken away."""
    blank = {"delivered_at": None, "on_time": None, "complaints": 0, "defects": 0, "csat": None}
    return _upsert("outcome", item, "", "", offset, OutcomeFact(**(blank | body)) if body else None)


def intake(source: str, pane: int, offset: int, counts: dict[str, int] | None, partition: int = 0) -> Content:
    """What arrived from a source in partition ``partition`` in the pane that begins at ``pane``; None takes it away."""
    made = None if counts is None else IntakeFact(pane=pane, counts=counts)
    return _upsert("intake", source, str(partition), str(pane), offset, made, partition=partition)


def score(
    parts: list[str], offset: int, results: list[dict[str, Any]], *, scope: str = "pair", window: str = "24h", end: int = BASE,
    **more: Any,
) -> Content:  # fmt: skip
    """A score record of the step at ``offset``."""
    refresh = more.pop("refresh", "live")
    generation = more.pop("generation", 1)
    head = {"scope": scope, "parts": parts, "window": window, "end": end, "refresh": refresh, "label": "provisional"}
    where = {"version": version_of(generation, offset), "partition": 0, "w": BASE + offset}
    record = Score(**(head | where | more | {"results": [Result(**result) for result in results]}))
    return score_key(scope, parts, window, end, refresh), encode_record(record), ()


def watermark(
    offset: int, *, generation: int = 1, partition: int = 0, of: int = 1, target: int = 0, targets: int = 1
) -> Content:
    """The watermark of the tick at ``offset``."""
    mark = Watermark(
        generation=generation,
        partition=partition,
        partitions=of,
        target=target,
        targets=targets,
        w=BASE + offset,
        offset=offset,
    )
    return b"w", encode_record(mark), ()


def letter(origin: str, partition: int, position: int, value: bytes | None = b"\xff\x00") -> Content:
    """A dead letter with bytes that are no UTF-8."""
    parked = DeadLetter(None, value, "invalid_utf8", "byte 0 is not UTF-8", origin, partition, position, "journeys")
    return parked.key, parked.value, parked.headers()


def placed(contents: Sequence[Content], partition: int = 0) -> list[PartitionRecord]:
    """The contents as records of a partition, from offset 0 on."""
    return [MemoryRecord(partition, offset, BASE + offset, *content) for offset, content in enumerate(contents)]


_ITEMS = st.sampled_from(["I1", "I2", "Ï3"])
_TEAMS = st.sampled_from(["Ops", "Büro", "Net"])
_EVENTS = st.one_of(
    st.builds(moved, _ITEMS, st.sampled_from("abc"), st.none() | _TEAMS, st.integers(0, 9), revision=st.integers(0, 3)),
    st.builds(tick, st.integers(0, 99)),
    st.builds(unreadable),
)
_FACTS = st.one_of(
    st.builds(item_fact, _ITEMS, st.integers(0, 30), st.none() | st.lists(_TEAMS, max_size=3)),
    st.builds(
        verdict,
        _ITEMS,
        st.sampled_from("abc"),
        st.integers(0, 30),
        st.sampled_from(["too_late", "anomaly"]),
        deleted=st.booleans(),
    ),
    st.builds(
        handoff,
        _ITEMS,
        st.sampled_from("abc"),
        st.integers(0, 30),
        st.none() | st.lists(st.builds(dict, offered_at=st.integers(0, 9), reason=st.none() | st.just("defect")), max_size=3),
    ),
    st.builds(vote, st.sampled_from("abc"), st.integers(0, 30), st.none() | st.tuples(st.integers(1, 5), st.integers(1, 5))),
    st.builds(outcome, _ITEMS, st.integers(0, 30), complaints=st.integers(0, 2)),
    st.builds(intake, st.sampled_from("st"), st.just(BASE), st.integers(0, 30), st.none() | st.just({"received": 3})),
    st.builds(watermark, st.integers(0, 30)),
)
_SCORES = st.one_of(
    st.builds(
        score,
        st.lists(_TEAMS, min_size=2, max_size=2),
        st.integers(0, 30),
        st.lists(st.builds(dict, measure=st.sampled_from(("fpy", "moves")), n=st.integers(0, 9)), max_size=3),
    ),
    st.builds(watermark, st.integers(0, 30)),
)
_LETTERS = st.builds(letter, st.just(EVENTS), st.integers(0, 1), st.integers(0, 9))


def _settled(contents: list[Content]) -> list[Content]:
    """The value of a fact at one version is always the same: of several contents for one key and version the first stays."""
    first: dict[tuple[Any, ...], Content] = {}
    versions = [(c[0], _version(c[1])) for c in contents]
    for version, content in zip(versions, contents, strict=True):
        first.setdefault(version, content)
    return [first[version] for version in versions]


def _version(value: bytes | None) -> str:
    return str(value).partition('"version":')[2].partition(",")[0]


def logs() -> st.SearchStrategy[dict[TopicPartition, list[PartitionRecord]]]:
    """Small logs of all topics the sink reads, two partitions of events."""

    def records(contents: st.SearchStrategy[Content], partition: int) -> st.SearchStrategy[list[PartitionRecord]]:
        return st.lists(contents, max_size=12).map(lambda found: placed(_settled(found), partition))

    return st.fixed_dictionaries(
        {
            TopicPartition(EVENTS, 0): records(_EVENTS, 0),
            TopicPartition(EVENTS, 1): records(_EVENTS, 1),
            TopicPartition(FACTS, 0): records(_FACTS, 0),
            TopicPartition(SCORES, 0): records(_SCORES, 0),
            TopicPartition(DEAD_LETTERS, 0): records(_LETTERS, 0),
        }
    )
