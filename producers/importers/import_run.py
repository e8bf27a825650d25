"""One import: read → sort by case → events → (log home: sort by time, tick) → broker.

Rows that can't be used go to the dead letters with line and reason; a mistake about the whole file is a ``Stop`` before
anything is sent.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from broker.records import ProducerRecord
from producers.importers.case_events import CaseFold
from producers.importers.external_sort import ExternalSort
from producers.importers.import_result import ImportResult
from producers.importers.known_events import KnownEvents, changes, content
from producers.importers.log_file import content_hash
from producers.importers.log_rows import LogRow
from producers.importers.mapping import Mapping
from producers.importers.progress import Progress, no_progress
from producers.importers.row_identity import source_of
from producers.importers.rows_by_case import rows_by_case, sort_by_case
from producers.publisher.ports import Log, Publisher
from producers.replay.history_replay import ReplayCounts, replay_history
from producers.replay.pace import no_pause
from producers.replay.timed_events import TimedEvents
from runtime.wall_clock import now_ms
from schemas.dead_letters import parked
from schemas.errors import Park, Stop
from schemas.event_codec import decode
from schemas.topics import DEAD_LETTERS, EVENTS

_MAX_SAMPLES = 6
_PROGRESS_ROWS = 2000
_MIN_ROWS_FOR_SHARE = 100
"""Of fewer rows only a file without any good one is refused: their share would mean little."""
_encode_json = msgspec.json.Encoder().encode
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[bytes, tuple[bytes, ...]]).decode


class ImportRun:
    """One run over one file. ``sort_bytes`` bounds the memory of a sort, ``bad_share`` the rows that may be unusable."""

    def __init__(
        self,
        path: Path,
        mapping: Mapping,
        *,
        dry_run: bool = False,
        progress: Progress = no_progress,
        stopping: Callable[[], bool] = lambda: False,
        bad_share: float = 0.5,
        sort_bytes: int = 64 << 20,
        folder: Path | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self.result = ImportResult(mapping, dry_run)
        self._path = path
        self._mapping = mapping
        self._progress = progress
        self._stopping = stopping
        self._bad_share = bad_share
        self._folder = folder
        self._sort_bytes = sort_bytes
        self._sorting = False
        self._origin = ""  # of dead letters; known once the file is read
        self._now = now
        self._fold = CaseFold(mapping, now())
        self.result.counts = self._fold.counts

    def backfill(self, publisher: Publisher) -> ImportResult:
        """Send every event, case by case."""
        with self._sort() as by_case:
            self._read(by_case)
            self.result.acknowledged = publisher.publish(self._records(by_case)) - self.result.parked
        return self.result

    def dry(self, known: KnownEvents | None) -> ImportResult:
        """Send nothing; count, and compare with the events that a home holds (``known``)."""
        self._sorting = True
        with self._sort() as by_case, self._sort() as by_id:
            self._read(by_case)
            for record in self._records(by_case):
                if known is not None and record.topic == EVENTS and record.value is not None:
                    by_id.add((decode(record.key, record.value).id,), content(record.value).encode())
            if known is not None:
                made = ((str(identity), said.decode()) for (identity,), said in by_id.sorted())
                self.result.changes = changes(made, known(source_of(self._mapping)))
        return self.result

    def replay(self, log: Log, pace: Callable[[int], object] = no_pause) -> ImportResult:
        """Send every event in the order of time, with the ticks of history's own time."""
        with self._sort() as by_time:
            with self._sort() as by_case:
                self._read(by_case)
                log.publish(self._dead_letters(by_case, by_time))
            counts = ReplayCounts()
            replay_history(self._events_by_time(by_time, counts), log, self._now, counts, pace)
            self.result.acknowledged, self.result.ticks = counts.events, counts.ticks
        return self.result

    def _sort(self) -> ExternalSort:
        return ExternalSort(self._folder, self._sort_bytes)

    def _read(self, by_case: ExternalSort) -> None:
        """Read the whole file; raises ``Stop`` when too much of it can't be used."""
        rows, bad = sort_by_case(by_case, self._path, self._mapping, self._progress, self.result.notes, self._now())
        self.result.rows = rows
        self._origin = f"import:{self._path.name}#{content_hash(self._path)}"
        hopeless = bad == rows or (rows >= _MIN_ROWS_FOR_SHARE and bad > self._bad_share * rows)
        if hopeless and not self.result.dry_run:
            first = next(row for row, moment in rows_by_case(by_case) if moment is None)
            raise Stop(
                f"{self._path.name}: {bad:,} of {rows:,} rows can't be used, e.g. line {first.line}: {first.problem}",
                f"correct the mapping {self._mapping.name} (time formats, case, delimiter); nothing was sent",
            )

    def _events_or_dead_letters(self, by_case: ExternalSort) -> Iterator[TimedEvents | ProducerRecord]:
        """Each row's events, or its dead letter."""
        for done, (row, moment) in enumerate(rows_by_case(by_case)):
            if done % _PROGRESS_ROWS == 0:
                self._progress("sorting" if self._sorting else "publishing", done, self.result.rows)
                if self._stopping():
                    self.result.stopped = True
                    return
            try:
                found = self._fold.row(row, moment)
            except Park as park:
                self.result.add_bad_row(row.line, park.detail)
                yield self._dead_letter(row, park)
                continue
            for events in found:
                self.result.add_time(events.time_ms)
                if len(self.result.samples) < _MAX_SAMPLES:
                    self.result.samples += events.values
                yield events

    def _records(self, by_case: ExternalSort) -> Iterator[ProducerRecord]:
        for made in self._events_or_dead_letters(by_case):
            if isinstance(made, ProducerRecord):
                self.result.parked += 1
                yield made
            else:
                for value in made.values:
                    yield ProducerRecord(EVENTS, made.key, value)
        self._progress("publishing", self.result.rows, self.result.rows)

    def _dead_letters(self, by_case: ExternalSort, by_time: ExternalSort) -> Iterator[ProducerRecord]:
        """The dead letters; the events go into ``by_time``, those of one time in the order of their rows."""
        self._sorting = True
        for number, made in enumerate(self._events_or_dead_letters(by_case)):
            if isinstance(made, ProducerRecord):
                self.result.parked += 1
                yield made
            else:
                by_time.add((made.time_ms, number), _encode((made.key, made.values)))

    def _events_by_time(self, by_time: ExternalSort, counts: ReplayCounts) -> Iterator[TimedEvents]:
        for sent, ((time_ms, _), blob) in enumerate(by_time.sorted()):
            if sent % _PROGRESS_ROWS == 0:
                self._progress("publishing", sent, self.result.rows)
                if self.result.stopped or self._stopping():
                    self.result.stopped = counts.stopped = True
                    return
            yield TimedEvents(time_ms, *_decode(blob))
        self._progress("publishing", self.result.rows, self.result.rows)

    def _dead_letter(self, row: LogRow, park: Park) -> ProducerRecord:
        """The dead letter of a row: only the columns the mapping reads, because others may name people."""
        case = row.cells.case
        named = [
            ("/".join(columns), cell) for columns, cell in zip(self._mapping.columns(), row.cells, strict=True) if columns
        ]
        # Backwards: of columns that are read twice the cell as it stands is kept, and not what tells rows apart.
        text = _encode_json(dict(reversed(named)))
        key = case.encode() if case else None
        letter = parked(park, key, text, self._origin, 0, row.line, f"import:{self._mapping.name}")
        return ProducerRecord(DEAD_LETTERS, key, text, letter.headers())
