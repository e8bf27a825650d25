"""The Python side of ``baton verify``: folds the warehouse's raw events anew, to facts and on to scores, and compares.

The same folds by another way: no broker, worker or saved state. What differs was lost, doubled or reordered on the way. Every
fact and score is compared with its version, so it must also have changed at the same tick. The journeys of all partitions are
folded side by side, W by W, because scores need what all of them say of a W; states and results lie on disk.
"""

import heapq
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import structlog

from schemas.errors import JUDGED_IN_PLACE, Park, Retry
from schemas.event_codec import decode
from schemas.installation import Installation
from schemas.record_codec import decode_fact, decode_score, encode_record
from schemas.topics import EVENTS, FACTS
from schemas.watermarks import version_of
from sinks.clickhouse import ClickHouse
from streams.engine.ports import Outgoing
from streams.engine.rocksdb_store import RocksStore
from verification import published_rows
from verification.comparison import Check, Expected, Tally, compared, fact_kind, never_compared, score_kind
from verification.raw_log import journeys_again
from verification.recomputed_scores import ScoresAgain, Steps

_log = structlog.get_logger("recompute")
_REPORT_EVERY = 10_000


def fold_checks(warehouse: ClickHouse, installation: Installation) -> list[Check]:
    """Every fact and score of every partition, and every dead letter, computed again up to the newest complete watermark.

    Raises ``Retry`` while a rebuild is not complete: what readers see then was made by other rules than those of now.
    """
    reached = warehouse.rows(
        "SELECT generation, partition, offset, toUnixTimestamp64Milli(w), partitions FROM progress "
        "WHERE offset >= 0 ORDER BY partition"
    )
    for seen, *_ in reached[:1]:
        # Before any folding, which may take minutes.
        if seen != installation.generation:
            raise Retry(f"generation {installation.generation} is not complete, readers still see {seen}; `baton wait` first")
    ((written,),) = warehouse.rows("SELECT uniqExact(partition) FROM raw_events")
    checks = [Check("partitions with records, and with a watermark", written, len(reached), max(written - len(reached), 0))]
    with ExitStack() as closing_later:
        again = Again(
            warehouse,
            installation,
            {p: offset for _, p, offset, *_ in reached},
            max((partitions for *_, partitions in reached), default=0),
            min((w for *_, w, _ in reached), default=-1),
            closing_later,
        )
        again.run()
        checks += again.fact_checks()
        checks += again.score_checks()
    checks.append(_dead_letters(warehouse).check("dead letters are still unusable"))
    return checks


class Again:
    """One computation of everything, as of ``w``, which all reached. ``ticks``: the newest one by events partition."""

    def __init__(
        self,
        warehouse: ClickHouse,
        installation: Installation,
        ticks: dict[int, int],
        partitions: int,
        w: int,
        files: ExitStack,
    ) -> None:
        self._warehouse = warehouse
        self._installation = installation
        self._ticks = ticks
        self._partitions = partitions
        self._files = files
        self._folder = Path(files.enter_context(tempfile.TemporaryDirectory(prefix="baton-verify-")))
        self._refused: dict[int, dict[int, str]] = {partition: {} for partition in ticks}
        self._facts = {partition: Expected(self._store(f"facts-{partition}")) for partition in ticks}
        self._steps = _steps(warehouse, installation.generation, w)
        self._scores = {partition: Expected(self._store(f"scores-{partition}")) for partition in self._steps}
        stores = {partition: self._store(f"panes-{partition}") for partition in self._steps}
        self._scored = ScoresAgain(installation, self._steps, stores, self._take_score)

    def _store(self, name: str) -> RocksStore:
        return self._files.enter_context(closing(RocksStore(self._folder / name)))

    def run(self) -> None:
        """Fold all partitions side by side."""
        _log.info("folding again", partitions=len(self._ticks), records=sum(self._ticks.values()) + len(self._ticks))
        # Generators: each partition is folded only as far as the merge has come, and none waits in memory.
        sources = [self._source(partition, offset) for partition, offset in self._ticks.items()]
        for number, (w, group) in enumerate(groupby(heapq.merge(*sources, key=itemgetter(0)), key=itemgetter(0)), 1):
            published = 0
            for _, partition, records in group:
                published += 1
                for record in records:
                    if record.topic == FACTS:
                        self._take_fact(partition, record)
                    self._scored.add(record)
            # The common W of the scores: what some partition lacks waits for the next one.
            if published == len(self._ticks):
                self._scored.step(w)
            if number % _REPORT_EVERY == 0:
                _log.info("folding again", ticks=number)

    def _source(self, partition: int, offset: int) -> Iterator[tuple[int, int, list[Outgoing]]]:
        store = self._store(f"journeys-{partition}")
        refused = self._refused[partition]
        again = journeys_again(self._warehouse, self._installation, partition, self._partitions, offset, store, refused)
        return ((w, partition, records) for w, records in again)

    def _take_fact(self, partition: int, record: Outgoing) -> None:
        fact = decode_fact(record.value)
        if fact.deleted or fact.body is None:
            self._facts[partition].drop(record.key)
        else:
            self._facts[partition].put(record.key, fact.version, encode_record(fact.body))

    def _take_score(self, partition: int, record: Outgoing) -> None:
        score = decode_score(record.value)
        content = published_rows.score_content(score.label, score.results)
        self._scores[partition].put(record.key, score.version, content)

    def fact_checks(self) -> Iterator[Check]:
        """Facts and refused events of each events partition."""
        generation = self._installation.generation
        tallies: list[Tally] = []
        for partition, offset in self._ticks.items():
            # Of facts written behind this tick nothing was computed; what they replaced is in ``moved_on``.
            limit = version_of(generation, offset)
            pages = published_rows.facts(self._warehouse, generation, partition)
            moved_on = published_rows.facts_since(self._warehouse, generation, partition, limit)
            facts = compared(Tally(), self._facts[partition], pages, moved_on, limit, fact_kind)
            tallies.append(facts)
            yield facts.check(f"facts of partition {partition}")
            letters = _refusals(self._warehouse, partition, offset, self._refused[partition])
            yield letters.check(f"events of partition {partition} that the fold refuses have a dead letter")
        yield from never_compared("facts", tallies)

    def score_checks(self) -> Iterator[Check]:
        """Steps and scores of each contributions partition."""
        generation = self._installation.generation
        if not self._steps:
            facts = len(self._ticks)
            yield Check(
                "partitions with facts have scores", facts, 0, facts, ("no score is in the tables: `baton wait` first",)
            )
        tallies: list[Tally] = []
        for partition, steps in self._steps.items():
            limit = version_of(generation, max(steps.offsets.values(), default=0))
            pages = published_rows.scores(self._warehouse, generation, partition)
            moved_on = published_rows.scores_since(self._warehouse, generation, partition, limit)
            scores = compared(Tally(), self._scores[partition], pages, moved_on, limit, score_kind)
            tallies.append(scores)
            behind = self._scored.behind[partition]
            note = f"{behind} later W are not scored yet and not compared" if behind and steps.offsets else ""
            yield self._steps_taken(partition, steps).check(f"steps of the scores of partition {partition}", note=note)
            yield scores.check(f"scores of partition {partition}", "scores")
        yield from never_compared("scores", tallies)

    def _steps_taken(self, partition: int, steps: Steps) -> Tally:
        """The scores must have stepped to every W that all sources have published, and to no other."""
        tally = Tally()
        tally.expected, tally.actual = self._scored.common[partition], len(steps.offsets)
        if self._scored.behind[partition] and not steps.offsets:
            tally.differ(f"no score of partition {partition} is in the tables: `baton wait` first")
            return tally
        for w in self._scored.untaken[partition]:
            tally.differ(f"W {w}: all partitions have published it, the scores of partition {partition} passed it over")
        # Steps that are neither expected nor missing must have been to a W that some source lacks.
        unexpected = tally.actual - (tally.expected - tally.differences)
        for _ in range(unexpected):
            tally.differ(f"partition {partition}: a step to a W that not all partitions have published")
        return tally


def _steps(warehouse: ClickHouse, generation: int, w: int) -> dict[int, Steps]:
    """The steps of each contributions partition, up to W and to the newest of which all scores are in the tables."""
    ((partitions,),) = warehouse.rows(
        "SELECT max(partitions) FROM score_watermarks WHERE generation = {generation:UInt32}", {"generation": generation}
    )
    found = {partition: Steps({}, -1) for partition in range(partitions)}
    query = (
        "SELECT h.partition, toUnixTimestamp64Milli(h.w), h.offset FROM score_watermark_history AS h FINAL "
        "INNER JOIN score_progress AS p ON p.partition = h.partition AND p.generation = h.generation "
        "WHERE h.generation = {generation:UInt32} AND h.offset <= p.offset "
        "AND h.w <= fromUnixTimestamp64Milli({w:Int64}, 'UTC') ORDER BY h.partition, h.offset"
    )
    for partition, rows in groupby(warehouse.rows(query, {"generation": generation, "w": w}), key=itemgetter(0)):
        offsets = {w: offset for _, w, offset in rows}
        found[partition] = Steps(offsets, max(offsets))
    return found


def _refusals(warehouse: ClickHouse, partition: int, offset: int, refused: dict[int, str]) -> Tally:
    """Every event that only the fold refuses has a letter with that reason, and every such letter an event."""
    query = (
        "SELECT position, reason FROM dead_letter_log FINAL WHERE origin = {origin:String} AND partition = {partition:UInt32} "
        "AND has({reasons:Array(String)}, reason) AND position <= {offset:UInt64} "
        "AND position >= (SELECT min(offset) FROM raw_events WHERE partition = {partition:UInt16})"
    )
    where = {"origin": EVENTS, "partition": partition, "offset": offset, "reasons": list(JUDGED_IN_PLACE)}
    letters: dict[int, str] = dict(warehouse.rows(query, where))
    tally = Tally()
    tally.expected, tally.actual = len(refused), len(letters)
    for at in sorted(refused.keys() | letters.keys()):
        if refused.get(at) != letters.get(at):
            again, parked = refused.get(at, "an event to be used, or none"), letters.get(at, "nothing")
            tally.differ(f"partition {partition}, offset {at}: parked for {parked}, now {again}")
    return tally


def _dead_letters(warehouse: ClickHouse) -> Tally:
    """Every letter of something unreadable must still be unusable, for the reason it was parked with."""
    query = (
        "SELECT partition, position, reason, base64Encode(key), base64Encode(value), "
        "mapApply((name, content) -> (name, base64Encode(content)), headers) FROM dead_letter_log FINAL "
        "WHERE origin = {origin:String} AND NOT has({reasons:Array(String)}, reason)"
    )
    tally = Tally()
    asked = {"origin": EVENTS, "reasons": list(JUDGED_IN_PLACE)}
    for partition, position, reason, key, value, headers in warehouse.rows(query, asked):
        tally.actual += 1
        try:
            binding = [(name, b64decode(content)) for name, content in headers.items()]
            decode(None if key is None else b64decode(key), None if value is None else b64decode(value), binding)
        except Park as park:
            again = str(park.reason)
        else:
            again = "readable"
        tally.expected += again == reason
        if again != reason:
            tally.differ(f"partition {partition}, offset {position}: parked for {reason}, now {again}")
    return tally
