"""The Python side of ``baton verify``: folds the warehouse's raw events anew and compares with what was streamed.

Same fold, other road: no broker, no worker, no saved state. What differs was lost, doubled or reordered on the way. Every
fact is compared with its version, so it must also have changed at the same tick.
"""

import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import structlog

from schemas.codec import STRUCTS, decode
from schemas.errors import Park
from schemas.events import TICK
from schemas.facts import ITEM_BODY, SEPARATOR, VERDICT_BODY, decode_fact, encode_fact, fact_key, version_of
from schemas.fields import to_ms
from schemas.installation import Installation
from schemas.topics import EVENTS
from sinks.warehouse import ClickHouse
from streams.engine.gate import Gate
from streams.engine.ports import Tick
from streams.engine.rocks import RocksStore
from streams.journeys.fold import Journeys

_log = structlog.get_logger("recompute")
_TICK = STRUCTS[TICK]
_PAGE = 50_000
_SAVE_EVERY = 200_000
_HOT_ITEMS = 50_000


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same. ``streamed`` or ``recomputed`` is None where a side has nothing."""

    what: str
    streamed: str | None
    recomputed: str | None


@dataclass
class Recomputed:
    """How many facts were compared, what differs, and how many had moved on beyond the compared tick already."""

    facts: int
    differences: list[Difference]
    moved_on: int = 0


def recompute(warehouse: ClickHouse, installation: Installation) -> Recomputed:
    """Fold the raw events of every partition up to its newest complete watermark, and compare facts and dead letters."""
    result = Recomputed(0, [])
    for generation, partition, offset in warehouse.rows(
        "SELECT generation, partition, offset FROM progress ORDER BY partition"
    ):
        if generation != installation.generation or offset < 0:
            continue
        _log.info("recomputing", partition=partition, offset=offset)
        _partition(warehouse, installation, partition, offset, result)
    _dead_letters(warehouse, result)
    return result


def _partition(warehouse: ClickHouse, installation: Installation, partition: int, offset: int, result: Recomputed) -> None:
    expected = folded(warehouse, installation, partition, offset)
    limit = version_of(installation.generation, offset)
    for key, version, body in _streamed(warehouse, installation.generation, partition):
        want = expected.pop(key, None)
        got = (version, _print(body))
        if want == got:
            result.facts += 1
        elif version > limit:
            result.moved_on += 1
        else:
            result.facts += 1
            recomputed = None if want is None else f"version {want[0]}, {'same' if want[1] == got[1] else 'other'} content"
            result.differences.append(Difference(_named(key), f"version {version}: {body.decode()}", recomputed))
    result.facts += len(expected)
    result.differences += [Difference(_named(key), None, f"version {version}") for key, (version, _) in expected.items()]


def folded(warehouse: ClickHouse, installation: Installation, partition: int, offset: int) -> dict[bytes, tuple[int, bytes]]:
    """Facts that hold after the tick at ``offset``: key → (version, fingerprint of the content). Memory: the keys."""
    newest: dict[bytes, tuple[int, bytes]] = {}
    with tempfile.TemporaryDirectory(prefix="baton-verify-") as place, closing(RocksStore(Path(place) / "state")) as store:
        fold = Journeys(store, partition, installation.generation, installation.fold.horizon_days, _HOT_ITEMS)
        gate = Gate(rebuilt_until=installation.rebuilt_until.get(partition, -1))
        cut: list[Any] = []
        since_save = 0
        for at, append_ms, key, value in raw(warehouse, partition, offset):
            event = decode(key, value)
            since_save += 1
            if type(event) is not _TICK:
                try:
                    admitted = fold.admit(event, append_ms)
                except Park:
                    continue  # in the dead letters, which are compared on their own
                if admitted is not None:
                    cut.append(admitted)
                continue
            tick = Tick(to_ms(event.time), at, append_ms)
            if not gate.accepts(tick):
                continue
            for fact, record in fold.close(cut, tick):
                _take(newest, fact, record)
            cut = []
            if since_save > _SAVE_EVERY:
                store.save(fold.changes(), b"")
                since_save = 0
    return newest


def raw(warehouse: ClickHouse, partition: int, offset: int) -> Iterator[tuple[int, int, bytes, bytes]]:
    """The partition's readable records up to and with ``offset``: (offset, append time in ms, key, value), in order."""
    query = (
        "SELECT offset, toUnixTimestamp64Milli(append_time), key, value FROM raw_events FINAL "
        "WHERE partition = {partition:UInt16} AND offset >= {start:UInt64} AND offset < {stop:UInt64} ORDER BY offset"
    )
    for start in range(0, offset + 1, _PAGE):
        page = {"partition": partition, "start": start, "stop": min(start + _PAGE, offset + 1)}
        for at, append_ms, key, value in warehouse.rows(query, page):
            yield at, append_ms, key.encode(), value.encode()


def _take(newest: dict[bytes, tuple[int, bytes]], key: bytes, value: bytes) -> None:
    record = decode_fact(value)
    if record.deleted:
        newest.pop(key, None)
    else:
        newest[key] = (record.version, _print(encode_fact(record.body)))


def _print(body: bytes) -> bytes:
    return blake2b(body, digest_size=12).digest()


def _named(key: bytes) -> str:
    kind, subject, source, event_id = key.decode().split(SEPARATOR)
    return f"{kind} {subject}" + (f" {source} {event_id}" if event_id else "")


_ITEM_QUERY = """
SELECT item, version, path, reassignments, bounces, revisits, assignment_changes, reopens, reopened_teams, moves, events,
    nullIf(toString(holder), '') AS holder, nullIf(toString(status), '') AS status,
    nullIf(toString(deliverable), '') AS deliverable, toUnixTimestamp64Milli(due_at) AS due_at,
    toUnixTimestamp64Milli(opened_at) AS opened_at, toUnixTimestamp64Milli(last_event_at) AS last_event_at,
    toUnixTimestamp64Milli(resolved_at) AS resolved_at, toUnixTimestamp64Milli(closed_at) AS closed_at, touch_ms, queue_ms
FROM item_facts FINAL
WHERE generation = {generation:UInt32} AND partition = {partition:UInt16} AND cityHash64(item) % {pages:UInt32} = {page:UInt32}
"""
_VERDICT_QUERY = """
SELECT subject, source, id, version, verdict, reason
FROM verdict_facts FINAL
WHERE generation = {generation:UInt32} AND partition = {partition:UInt16}
"""


def _streamed(warehouse: ClickHouse, generation: int, partition: int) -> Iterator[tuple[bytes, int, bytes]]:
    """Facts in the tables: (key, version, encoded body), brought back to the shape they had on the topic."""
    where = {"generation": generation, "partition": partition}
    count = "SELECT count() FROM item_facts WHERE generation = {generation:UInt32} AND partition = {partition:UInt16}"
    pages = warehouse.rows(count, where)[0][0] // _PAGE + 1
    for page in range(pages):
        for row in warehouse.table(_ITEM_QUERY, {**where, "pages": pages, "page": page}):
            item, version = row.pop("item"), row.pop("version")
            yield fact_key("item", item), version, encode_fact(ITEM_BODY(**row))
    for subject, source, event_id, version, verdict, reason in warehouse.rows(_VERDICT_QUERY, where):
        body = encode_fact(VERDICT_BODY(verdict=verdict, reason=reason))
        yield fact_key("verdict", subject, source, event_id), version, body


def _dead_letters(warehouse: ClickHouse, result: Recomputed) -> None:
    """Every letter from the events topic must still be unusable, for the reason it was parked with."""
    query = (
        "SELECT partition, position, reason, base64Encode(key), base64Encode(value) FROM dead_letter_log FINAL "
        "WHERE origin = {origin:String} AND reason != 'too_far_ahead'"
    )
    for partition, position, reason, key, value in warehouse.rows(query, {"origin": EVENTS}):
        result.facts += 1
        try:
            decode(None if key is None else b64decode(key), None if value is None else b64decode(value))
        except Park as park:
            if park.reason == reason:
                continue
            again: str | None = park.reason
        else:
            again = None
        result.differences.append(Difference(f"dead letter {partition}:{position}", reason, again))
