"""The second stage on in-memory twins: contributions of several sources, interleaved, through crashes; what it must say."""

import tempfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from measures.registry import fields, results
from measures.sums import sums_of
from measures.windows import DAILY, MONTHLY, WINDOWS, Window
from schemas.fields import Scope
from schemas.keys import contribution_key, scope_partition_key
from schemas.record_codec import decode_contribution, decode_score, encode_record
from schemas.structs.contributions import Contribution, Entry
from schemas.structs.watermarks import Watermark
from schemas.watermarks import version_of
from streams.engine.checkpoint import Checkpoint, StateIdentity
from streams.engine.partition_run import PartitionRun
from streams.engine.ports import StateStore
from streams.engine.update_spool import UpdateSpool
from streams.scores.contribution_cuts import ContributionCuts
from streams.scores.fold import VERSION, Scores
from tests.laws.histories import Rec
from tests.laws.machine import LIMIT, Driven

GENERATION = 1
T0 = 1_767_225_600_000
"""2026-01-01 00:00 UTC: every grid begins there."""
STEPS = (1_000, 1_000, 60_000, 299_000, 300_000, 3_600_000, 7_000_000, 86_400_000, 900_000_000, 3_500_000_000)


@dataclass
class Source:
    """What one events partition publishes: for each W its updates, in order, and the tick's offset."""

    partition: int
    published: list[tuple[int, int, list[Any]]] = field(default_factory=list)

    def values(self, sources: int, rng: Random) -> Iterable[tuple[bytes | None, bytes]]:
        """(place, value) as they are written, with repeats of a zombie or a restart; place None goes to every partition."""
        at, repeats = 0, rng.choice((0, 0, 1, 3))
        while at < len(self.published):
            cut = rng.randrange(len(self.published[at][2]) + 1) if repeats and rng.random() < 0.3 else None
            yield from self._values(at, cut, sources)
            at += cut is None
            if at and rng.random() < 0.15:  # a zombie is still writing what stands there already
                old = rng.randrange(at)
                yield from self._values(old, rng.choice((None, len(self.published[old][2]))), sources)
            if repeats and (cut is not None or rng.random() < 0.1):
                repeats -= 1
                at = max(at - rng.randrange(4), 0)

    def _values(self, at: int, cut: int | None, sources: int) -> Iterable[tuple[bytes | None, bytes]]:
        """What it writes for one W: all of it and the watermark, or the first ``cut`` updates."""
        w, offset, updates = self.published[at]
        for update in updates[:cut]:
            yield scope_partition_key(update.scope, update.parts), encode_record(update)
        if cut is None:
            of = {"partition": self.partition, "partitions": sources, "target": 0, "targets": 1}
            yield None, encode_record(Watermark(generation=GENERATION, w=w, offset=offset, **of))


Stream = list[tuple[bytes | None, bytes]]
"""What a source writes: (place, value); place None goes to every partition."""


def streams_of(rng: Random, sources: Sequence[Source]) -> list[Stream]:
    """What each source writes, repeats included."""
    return [list(source.values(len(sources), rng)) for source in sources]


def places(rng: Random, count: int, streams: Sequence[Stream]) -> list[list[Rec]]:
    """The logs of ``count`` contributions partitions: each source's records in its order, sources interleaved at random."""
    logs: list[list[Rec]] = []
    for number in range(count):
        mine = [[v for place, value in stream for v in _here(place, value, number, count)] for stream in streams]
        slow = rng.choice((*range(len(mine)), None, None))
        log: list[Rec] = []
        while any(mine):
            open_ones = [n for n, rest in enumerate(mine) if rest]
            fast = [n for n in open_ones if n != slow] or open_ones
            rest = mine[rng.choice(fast if rng.random() < 0.9 else open_ones)]
            size = rng.choice((1, 1, 3, 20))
            for value in rest[:size]:
                log.append(Rec(len(log), T0, b"", value))
            del rest[:size]
            if rng.random() < 0.05:
                log.append(Rec(len(log), T0, b"", stranger(rng, len(streams))))
        logs.append(log)
    return logs


def _here(place: bytes | None, value: bytes, number: int, count: int) -> list[bytes]:
    """What of a stream's record stands in partition ``number``; a watermark names the partition it is written to."""
    if place is not None:
        return [value] if zlib.crc32(place) % count == number else []
    mark = msgspec.json.decode(value, type=Watermark)
    return [encode_record(msgspec.structs.replace(mark, target=number, targets=count))]


def stranger(rng: Random, sources: int) -> bytes:
    """A record of another generation, or one that Baton did not write."""
    if rng.random() < 0.2:
        return b'{"kind":"contribution"}'
    offset, w, partition = rng.randrange(2**30), T0 + rng.randrange(10**9), rng.randrange(sources)
    if rng.random() < 0.5:
        head = {"partition": partition, "partitions": sources, "target": 0, "targets": 1}
        return encode_record(Watermark(generation=GENERATION + 1, w=w, offset=offset, **head))
    version = version_of(GENERATION - 1, offset)
    entries = [Entry(at=T0, field="dec")]
    other = Contribution(scope="pair", parts=["A", "B"], subject="s", version=version, partition=0, w=w, entries=entries)
    return encode_record(other)


SCOPES: tuple[tuple[Scope, list[str]], ...] = (
    ("pair", ["A", "B"]),
    ("pair", ["B", "A"]),
    ("both", ["A", "B"]),
    ("pair", ["A", "C"]),
    ("route", ["A", "B", "C"]),
    ("source", ["desk"]),
)
KEYED = {"loops": ("0", "1", "2", "3+"), "moves": ("ab", "ba"), "wait": ("741", "zero"), "cycle": ("790",)}


def entries(rng: Random, scope: str, w: int) -> list[Any]:
    """Some entries before W, near and far. A share is never more than its whole."""
    found = []
    for _ in range(rng.choice((1, 2, 5))):
        at = max(w - 1 - rng.choice((0, 1, 1_000, 290_000, 3_600_000, 80_000_000, 600_000_000, 2_700_000_000)), T0 - 10**10)
        if scope == "source":
            at = w + rng.choice((-1, 0, 1, 300_000, 3_600_000, 90_000_000, 2_000_000_000))  # arrived after W, as in a replay
        if scope == "pair" and rng.random() < 0.3:
            # Of a rating group, which counts at the very W of its release.
            grades = f"{rng.randrange(1, 6)}{rng.randrange(1, 6)}"
            found.append(Entry(at=w, field="votes", key=f"{rng.choice(('leads', 'decks'))}\x1f{grades}"))
            continue
        if scope in ("pair", "route"):
            found += [Entry(at=at, field="dec", amount=5), Entry(at=at, field="pass", amount=rng.randrange(1, 6))]
            code = rng.choice(("defect", "other"))
            found += [Entry(at=at, field="returns", amount=3), Entry(at=at, field="reasons", key=code, amount=3)]
        name = rng.choice(sorted(fields(scope, "live") - {"pass", "returns", "reasons", "bounces", "pp_b1", "pp_b3"}))
        found.append(Entry(at=at, field=name, key=rng.choice(KEYED.get(name, ("",))), amount=rng.randrange(1, 9)))
    return found


def update_key(record: Any) -> bytes:
    """The record key of a contribution."""
    return contribution_key(record.scope, record.parts, record.subject, record.source, record.id, record.group)


def synthetic(rng: Random, count: int) -> list[Source]:
    """Sources with random updates of a few subjects, which come, change and leave; some lack a W now and then."""
    sources = [Source(p) for p in range(count)]
    offsets = [0] * count
    w = T0 + rng.choice((0, 1_000, 295_000))
    steps = [rng.choice(STEPS[: rng.choice((5, 8, 10))]) for _ in range(rng.randrange(2, 12))]
    for number, step in enumerate(steps):
        w += step
        if rng.random() < 0.3:
            w = DAILY.end(w) if rng.random() < 0.3 else -(-w // 300_000) * 300_000
        for source in sources:
            offsets[source.partition] += rng.randrange(1, 5)
            if rng.random() < 0.15 and number + 1 < len(steps):
                continue
            offset, updates = offsets[source.partition], []
            for _ in range(rng.choice((0, 0, 1, 3))):
                scope, parts = rng.choice(SCOPES)
                live = rng.random() < 0.8
                updates.append(
                    Contribution(
                        scope=scope,
                        parts=parts,
                        subject=f"s{source.partition}",
                        group=rng.randrange(2),
                        version=version_of(GENERATION, offset),
                        partition=source.partition,
                        w=w,
                        live=live,
                        entries=entries(rng, scope, w) if live else [],
                    )
                )
            once = {update_key(u): u for u in updates}  # one update of a key for each tick
            source.published.append((w, offset, list(once.values())))
    return sources


Table = dict[tuple[str, ...], Any]
"""What holds of a scope: (scope, parts …, window, refresh), of daily rows with their end → results."""


def spoken(rows: list[Any]) -> list[Any]:
    """A row's results; none when nothing is counted in any."""
    return rows if any(r.n for r in rows) else []


Given = tuple[str, tuple[str, ...], list[Any]]
"""A live contribution: scope, parts and entries."""


def reference(sources: Sequence[Source]) -> dict[int, Table]:
    """For each common W the rows that must hold, from scratch: of every key the newest update of each source's cut."""
    return tables_of(live_at(sources))


def live_at(sources: Sequence[Source]) -> dict[int, list[Given]]:
    """For each common W the contributions that hold."""
    common = sorted(set.intersection(*({w for w, _, _ in s.published} for s in sources)))
    given: dict[int, list[Given]] = {}
    for w in common:
        live: dict[bytes, Any] = {}
        for source in sources:
            for at, _, updates in source.published:
                if at <= w:
                    live.update((update_key(u), u) for u in updates)
        given[w] = [(u.scope, tuple(u.parts), u.entries) for u in live.values()]
    return given


def tables_of(given: dict[int, list[Given]]) -> dict[int, Table]:
    """For each W what must hold when these contributions do: their entries summed for each window."""
    tables: dict[int, Table] = {}
    daily: Table = {}
    last, before = -1, list[Given]()
    for w, live in given.items():
        table: Table = {}
        # Days that no tick came in have rows of what was known before them.
        for end in range(MONTHLY.end(last) + DAILY.ms, MONTHLY.end(w), DAILY.ms) if last >= 0 else ():
            daily |= {(*name, "30d", "daily", str(end)): rows for name, rows in rows_of(before, MONTHLY, end, "daily")}
        last, before = w, live
        for window in WINDOWS:
            for name, rows in rows_of(live, window, window.end(w), "live"):
                table[(*name, window.name, "live")] = rows
        end = MONTHLY.end(w)
        # Those of this end are written again while W has not reached it; older ones stay.
        daily = {key: rows for key, rows in daily.items() if key[-1] != str(end)}
        daily |= {(*name, "30d", "daily", str(end)): rows for name, rows in rows_of(live, MONTHLY, end, "daily")}
        tables[w] = table | daily
    return tables


def rows_of(live: list[Given], window: Window, end: int, refresh: str) -> Iterable[tuple[tuple[str, ...], list[Any]]]:
    """(scope, results) of each scope with something in the window that ends at ``end``."""
    within: dict[tuple[str, ...], list[Any]] = {}
    for scope, parts, some in live:
        read = fields(scope, refresh)
        mine = [e for e in some if end - window.ms <= e.at < end and e.field in read]
        within.setdefault((scope, *parts), []).extend(mine)
    for name, some in within.items():
        rows = spoken(results(name[0], refresh, sums_of(some)))
        if rows:
            yield name, rows


class ScoresMachine(Driven):
    """A partition of scores."""

    farthest = 60
    intake: type[ContributionCuts] = ContributionCuts
    fold: type[Scores] = Scores
    in_memory = 2

    def __init__(self, log: list[Rec], rng: Random, crashes: int, partition: int = 0, partitions: int = 1) -> None:
        identity = StateIdentity("scores", GENERATION, "topic", partition, partitions, VERSION, "UTC", 400)
        super().__init__(log, rng, crashes, identity)

    def run_from(self, head: Checkpoint) -> PartitionRun[Any]:
        """The run under test."""
        fold = self.made(self.store)
        # Few wait in memory, so that most histories have some that wait on disk.
        intake = self.intake(head, UpdateSpool(Path(tempfile.gettempdir())), self.in_memory)
        return PartitionRun("contributions", head, intake, fold, self.store, self.outbox, LIMIT)

    def made(self, store: StateStore) -> Scores:
        """The fold under test, with a tiny memory so that sums come and go."""
        return self.fold(store, self.identity.partition, GENERATION, 1)

    def tables(self) -> tuple[dict[int, Table], dict[int, Table]]:
        """For each W the rows found at the moment its watermark first stands, and those found at the very end."""
        log = self.outbox.log
        at_once: dict[int, Table] = {}
        at_last: dict[int, Table] = {}
        for position, (what, _, tick) in enumerate(log):
            if what == "mark":
                w, offset = tick.w, tick.offset  # type: ignore[attr-defined]  # a mark's third is its tick
                if w not in at_once:
                    at_once[w] = rows_as_of(log[:position], offset)
                at_last[w] = rows_as_of(log, offset)
        return at_once, at_last


def rows_as_of(log: list[tuple[str, Any, Any]], offset: int) -> Table:
    """What holds at a step's offset: of each key the highest version not above it, of live windows the latest end."""
    limit = version_of(GENERATION, offset)
    newest: dict[tuple[str, ...], Any] = {}
    for what, _, value in log:
        if what == "score":
            record = decode_score(value)
            if record.version <= limit:
                name = (record.scope, *record.parts, record.window, record.refresh)
                key = (*name, str(record.end)) if record.refresh == "daily" else name
                before = newest.get(key)
                if before is None or (before.end, before.version) <= (record.end, record.version):
                    newest[key] = record
    return {key: record.results for key, record in newest.items() if spoken(record.results)}


def joined(tables: Iterable[dict[int, Table]]) -> dict[int, Table]:
    """The rows of all partitions, for each W that all have reached."""
    each = list(tables)
    return {w: {key: row for one in each for key, row in one[w].items()} for w in set.intersection(*map(set, each))}


def newest_updates(log: Sequence[tuple[str, Any, Any]]) -> Iterable[Any]:
    """The contributions of an outbox' log, as they were written."""
    return (decode_contribution(value) for what, _, value in log if what == "contribution")
