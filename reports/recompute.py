"""The Python side of ``baton verify``: folds the warehouse's raw events anew and compares with what was streamed.

Same fold, other road: no broker, no worker, no saved state. What differs was lost, doubled or reordered on the way. Every
fact is compared with its version, so it must also have changed at the same tick.
"""

import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Any

import structlog

from reports.verify import Check
from schemas.codec import STRUCTS, decode
from schemas.errors import Park, Retry
from schemas.events import TICK
from schemas.facts import ITEM_BODY, SEPARATOR, VERDICT_BODY, decode_fact, encode_fact, fact_key
from schemas.fields import to_ms
from schemas.installation import Installation
from schemas.topics import EVENTS, FACTS
from schemas.watermarks import version_of
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


EXAMPLES = 100


class _Tally:
    """What one comparison found."""

    def __init__(self) -> None:
        self.expected = self.actual = self.differences = self.moved_on = 0
        self.examples: list[str] = []

    def differ(self, what: str) -> None:
        self.differences += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(what)

    def check(self, name: str) -> Check:
        note = f"{self.moved_on} facts have changed since and are left out" if self.moved_on else ""
        return Check(name, self.expected, self.actual, self.differences, tuple(self.examples), note)


def fold_checks(warehouse: ClickHouse, installation: Installation) -> list[Check]:
    """Every fact of every partition, and every dead letter, computed again up to the newest complete watermark.

    Raises ``Retry`` while a rebuild is not complete: what readers see then was made by other rules than those of now.
    """
    reached = warehouse.rows("SELECT generation, partition, offset FROM progress WHERE offset >= 0 ORDER BY partition")
    if reached and reached[0][0] != installation.generation:
        raise Retry(
            f"generation {installation.generation} is not complete, readers still see {reached[0][0]}; `baton wait` first"
        )
    written: int = warehouse.rows("SELECT uniqExact(partition) FROM raw_events")[0][0]
    checks = [Check("partitions with records, and with a watermark", written, len(reached), max(written - len(reached), 0))]
    for _, partition, offset in reached:
        _log.info("folding again", partition=partition, records=offset + 1)
        refused: dict[int, str] = {}
        facts = _partition(warehouse, installation, partition, offset, refused)
        checks.append(facts.check(f"facts of partition {partition}"))
        letters = _refusals(warehouse, partition, offset, refused)
        checks.append(letters.check(f"events of partition {partition} that the fold refuses have a dead letter"))
    checks.append(_dead_letters(warehouse).check("dead letters are still unusable"))
    return checks


def _partition(
    warehouse: ClickHouse, installation: Installation, partition: int, offset: int, refused: dict[int, str]
) -> _Tally:
    tally = _Tally()
    expected = folded(warehouse, installation, partition, offset, refused)
    tally.expected = len(expected)
    limit = version_of(installation.generation, offset)
    for key, version, body in _streamed(warehouse, installation.generation, partition):
        want = expected.pop(key, None)
        if version > limit:
            tally.moved_on += 1
            tally.expected -= want is not None
            continue
        tally.actual += 1
        if want != (version, _print(body)):
            again = (
                "nothing"
                if want is None
                else f"version {want[0]}, {'the same' if want[1] == _print(body) else 'other'} content"
            )
            tally.differ(f"{_named(key)}: streamed version {version}, {body.decode()}; folded again: {again}")
    for key, (version, _) in expected.items():
        tally.differ(f"{_named(key)}: folded again at version {version}, never streamed")
    return tally


def folded(
    warehouse: ClickHouse, installation: Installation, partition: int, offset: int, refused: dict[int, str]
) -> dict[bytes, tuple[int, bytes]]:
    """Facts that hold after the tick at ``offset``: key → (version, fingerprint of the content). Memory: the keys.

    Events that can be read and that the fold does not take are added to ``refused``: offset → reason.
    """
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
                except Park as park:
                    refused[at] = str(park.reason)
                    continue
                if admitted is not None:
                    cut.append(admitted)
                continue
            tick = Tick(to_ms(event.time), at, append_ms)
            if not gate.accepts(tick):
                continue
            for record in fold.close(cut, tick):
                if record.topic == FACTS:
                    _take(newest, record.key, record.value)
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
    """For people only: a subject may hold the separator itself, so the parts can't be told apart for certain."""
    return " ".join(part for part in key.decode().split(SEPARATOR) if part)


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
        yield fact_key(verdict, subject, source, event_id), version, body


def _refusals(warehouse: ClickHouse, partition: int, offset: int, refused: dict[int, str]) -> _Tally:
    """Every event that only the fold refuses has a letter with that reason, and every such letter an event."""
    query = (
        "SELECT position, reason FROM dead_letter_log FINAL WHERE origin = {origin:String} AND partition = {partition:UInt32} "
        "AND reason = 'too_far_ahead' AND position <= {offset:UInt64} "
        "AND position >= (SELECT min(offset) FROM raw_events WHERE partition = {partition:UInt16})"
    )
    letters: dict[int, str] = dict(warehouse.rows(query, {"origin": EVENTS, "partition": partition, "offset": offset}))
    tally = _Tally()
    tally.expected, tally.actual = len(refused), len(letters)
    for at in sorted(refused.keys() | letters.keys()):
        if refused.get(at) != letters.get(at):
            again, parked = refused.get(at, "an event to be used, or none"), letters.get(at, "nothing")
            tally.differ(f"partition {partition}, offset {at}: parked for {parked}, now {again}")
    return tally


def _dead_letters(warehouse: ClickHouse) -> _Tally:
    """Every letter of something unreadable must still be unusable, for the reason it was parked with."""
    query = (
        "SELECT partition, position, reason, base64Encode(key), base64Encode(value) FROM dead_letter_log FINAL "
        "WHERE origin = {origin:String} AND reason != 'too_far_ahead'"
    )
    tally = _Tally()
    for partition, position, reason, key, value in warehouse.rows(query, {"origin": EVENTS}):
        tally.actual += 1
        try:
            decode(None if key is None else b64decode(key), None if value is None else b64decode(value))
        except Park as park:
            again = str(park.reason)
        else:
            again = "readable"
        tally.expected += again == reason
        if again != reason:
            tally.differ(f"partition {partition}, offset {position}: parked for {reason}, now {again}")
    return tally
