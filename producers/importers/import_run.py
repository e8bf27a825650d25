"""One import: read → sort by case → events → (log home: sort by time, tick) → broker.

Rows that can't be used go to the dead letters with line and reason; a mistake about the whole file is a ``Stop`` before
anything is sent.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from broker.records import ProducerRecord
from producers.importers.case_events import CaseFold, Made
from producers.importers.external_sort import ExternalSort
from producers.importers.import_result import ImportResult
from producers.importers.log_file import content_hash
from producers.importers.log_rows import CASE, LogRow
from producers.importers.mapping import Mapping
from producers.importers.progress import Progress, silent
from producers.importers.rows_by_case import in_order, read_into
from producers.publisher.ports import Log, Publisher
from producers.replay.history_replay import Replayed, at_once, replay_stretches
from schemas.dead_letters import parked
from schemas.errors import Park, Stop
from schemas.topics import DEAD_LETTERS, EVENTS

_SAMPLES = 6
_EVERY = 2000
_ENOUGH = 100
"""Rows from which on a share of them says something."""
_encode = msgspec.json.Encoder().encode
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[bytes, tuple[bytes, ...]]).decode


class Import:
    """One run over one file. ``sort_bytes`` bounds the memory of a sort, ``bad_share`` the rows that may be unusable."""

    def __init__(
        self,
        path: Path,
        mapping: Mapping,
        *,
        dry_run: bool = False,
        progress: Progress = silent,
        stopping: Callable[[], bool] = lambda: False,
        bad_share: float = 0.5,
        sort_bytes: int = 64 << 20,
        folder: Path | None = None,
    ) -> None:
        self.result = ImportResult(mapping.name, dry_run)
        self._path = path
        self._mapping = mapping
        self._progress = progress
        self._stopping = stopping
        self._bad_share = bad_share
        self._folder = folder
        self._sort_bytes = sort_bytes
        self._sorting = False
        self._origin = ""  # of dead letters; known once the file is read
        self._fold = CaseFold(mapping)
        self.result.noticed = self._fold.noticed

    def backfill(self, outbox: Publisher | None) -> ImportResult:
        """Send every event, case by case (None: only count)."""
        with self._sort() as by_case:
            self._read(by_case)
            records = self._records(by_case)
            if outbox is None:
                self._sorting = True
                for _ in records:
                    pass
            else:
                self.result.acknowledged = outbox.publish(records) - self.result.parked
        return self.result

    def replay(self, log: Log, now: Callable[[], int], pace: Callable[[int], object] = at_once) -> ImportResult:
        """Send every event in the order of time, with the ticks of history's own time."""
        with self._sort() as by_time:
            with self._sort() as by_case:
                self._read(by_case)
                log.publish(self._letters_only(by_case, by_time))
            done = Replayed()
            stretches = self._stretches(by_time, done)
            replay_stretches(stretches, log, now, done, pace)
            self.result.acknowledged, self.result.ticks = done.events, done.ticks
        return self.result

    def _sort(self) -> ExternalSort:
        return ExternalSort(self._folder, self._sort_bytes)

    def _read(self, by_case: ExternalSort) -> None:
        self.result.rows, bad = read_into(by_case, self._path, self._mapping, self._progress)
        self._origin = f"import:{self._path.name}#{content_hash(self._path)}"
        rows = self.result.rows
        hopeless = bad == rows or (rows >= _ENOUGH and bad > self._bad_share * rows)
        if hopeless and not self.result.dry_run:
            first = next(row for row, ms in in_order(by_case) if ms is None)
            raise Stop(
                f"{self._path.name}: {bad:,} of {self.result.rows:,} rows can't be used, "
                f"e.g. line {first.line}: {first.problem}",
                f"correct the mapping {self._mapping.name} (time formats, case, delimiter); nothing was sent",
            )

    def _made(self, by_case: ExternalSort) -> Iterator[Made | ProducerRecord]:
        """Each row's events, or its dead letter."""
        for done, (row, time_ms) in enumerate(in_order(by_case)):
            if done % _EVERY == 0:
                self._progress("sorting" if self._sorting else "publishing", done, self.result.rows)
                if self._stopping():
                    self.result.stopped = True
                    return
            try:
                made = self._fold.row(row, time_ms)
            except Park as park:
                self.result.bad(row.line, park.detail)
                yield self._letter(row, park)
                continue
            self.result.saw(made.time_ms)
            if len(self.result.samples) < _SAMPLES:
                self.result.samples += made.values
            yield made

    def _records(self, by_case: ExternalSort) -> Iterator[ProducerRecord]:
        for made in self._made(by_case):
            if isinstance(made, ProducerRecord):
                self.result.parked += 1
                yield made
            else:
                for value in made.values:
                    yield ProducerRecord(EVENTS, made.key, value)
        self._progress("publishing", self.result.rows, self.result.rows)

    def _letters_only(self, by_case: ExternalSort, by_time: ExternalSort) -> Iterator[ProducerRecord]:
        self._sorting = True
        for number, made in enumerate(self._made(by_case)):
            if isinstance(made, ProducerRecord):
                self.result.parked += 1
                yield made
            else:
                by_time.add((made.time_ms, number), _pack((made.key, made.values)))

    def _stretches(self, by_time: ExternalSort, done: Replayed) -> Iterator[Made]:
        for sent, ((time_ms, _), blob) in enumerate(by_time.sorted()):
            if sent % _EVERY == 0:
                self._progress("publishing", sent, self.result.rows)
                if self.result.stopped or self._stopping():
                    self.result.stopped = done.stopped = True
                    return
            yield Made(time_ms, *_unpack(blob))
        self._progress("publishing", self.result.rows, self.result.rows)

    def _letter(self, row: LogRow, park: Park) -> ProducerRecord:
        """The dead letter of a row: only the columns the mapping reads, because others may name people."""
        case = row.cells[CASE]
        names = self._mapping.columns()
        text = _encode({"/".join(name): cell for name, cell in zip(names, row.cells, strict=True) if name})
        key = case.encode() if case else None
        letter = parked(park, key, text, self._origin, 0, row.line, f"import:{self._mapping.name}")
        return ProducerRecord(DEAD_LETTERS, key, text, letter.headers())
