"""The rows of one case after another → events. Stateless beyond the case: no move is compared with the one before.

A row says where the item went and in which status it now is. Or, in an activity log (``row: finished``), what its team has
just finished: then the team had the item from the row before on, and what lies between is its work.

**A row's events have the same ids in every export of the log**: id = hash(mapping, case, the mapped cells, how many
identical rows of the case came before). Importing twice, a longer export or the repeat after a crash change nothing.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from producers.importers.log_rows import LogRow, MappedCells
from producers.importers.mapping import Mapping
from producers.parsing.time_formats import time_parser
from producers.replay.timed_events import TimedEvents
from schemas.errors import Park
from schemas.event_codec import make
from schemas.fields import from_ms

MAX_UNMAPPED_WORDS = 1000
_OTHER_WORDS = "(other words)"
_MAX_EXAMPLE_LINES = 3
_MAX_TEAMS = 100_000
_BEFORE_ALL_MS = -(2**62)
MOVED, STATUS_SET = "baton.item.moved.v1", "baton.item.status.v1"


@dataclass
class CaseCounts:
    """What the rows held. ``unmapped``: rows by status word that the mapping lacks; ``unmapped_lines``: its first lines.

    ``finished``: the rows say what was finished, so that one whose word the mapping lacks is work nevertheless.
    """

    items: int = 0
    moved: int = 0
    statuses: int = 0
    time_clamped: int = 0
    ignored: int = 0
    unmapped: Counter[str] = field(default_factory=Counter)
    unmapped_lines: dict[str, list[int]] = field(default_factory=dict)
    teams: set[str] = field(default_factory=set)
    finished: bool = False


def row_content(name: str, cells: Iterable[str | None]) -> bytes:
    """A row of the mapping ``name`` as bytes, each cell with its length. Never change it: ids depend on it.

    A kind of cell that mappings of old had no word for stands at the end, and only where the mapping names a column for it.
    """
    return ",".join(["-" if cell is None else f"{len(cell)}:{cell}" for cell in (name, *cells)]).encode(
        "utf-8", "surrogateescape"
    )


def row_id(content: bytes, nth: int) -> str:
    """The id that the events of the ``nth`` (from 0) row with this content share, 32 hex digits."""
    return blake2b(b"%d;%s" % (nth, content), digest_size=16).hexdigest()


class _Place(NamedTuple):
    """Where an event stands among those of its case."""

    time_ms: int
    sequence: int


class CaseFold:
    """Turns rows, sorted by case and in order inside it, into events."""

    def __init__(self, mapping: Mapping) -> None:
        self.counts = CaseCounts(finished=mapping.row == "finished")
        self._mapping = mapping
        self._trust_rows = mapping.order == "rows"
        self._status_by_word: dict[str, str] = dict(mapping.status.words) if mapping.status else {}
        returned_to = mapping.status.returned_to if mapping.status else None
        self._returned_to_by_word: dict[str, str] = dict(returned_to.words) if returned_to else {}
        self._names_target = mapping.columns().returned_to is not None
        self._parse_due = time_parser(mapping.due.formats, mapping.due.zone) if mapping.due else None
        self._source = f"import/{mapping.name}"
        # Any: mypy holds what ``**`` brings against every parameter of ``make``
        self._extensions: dict[str, Any] = {"revision": mapping.revision} if mapping.revision else {}
        self._case: str | None = None
        self._sequence = 0
        self._last_ms = 0
        self._rows_by_content: Counter[bytes] = Counter()

    def _identity(self, cells: MappedCells) -> tuple[str | None, ...]:
        """The cells that tell a row from others. By name: whatever a later mapping can read, ids of older ones stay."""
        first = (cells.case, cells.time, cells.team, cells.status, cells.deliverable, cells.reason, cells.due)
        return (*first, cells.returned_to) if self._names_target else first

    def row(self, row: LogRow, time_ms: int | None) -> list[TimedEvents]:
        """The row's events, those of one moment together. Raises ``Park`` with reason ``bad_row`` and what is wrong."""
        case = row.cells.case
        if case is None:
            raise Park("bad_row", "the case is missing")
        if case != self._case:
            self._case, self._sequence, self._last_ms = case, -1, _BEFORE_ALL_MS
            self._rows_by_content = Counter()
            self.counts.items += 1
        content = row_content(self._mapping.name, self._identity(row.cells))
        nth = self._rows_by_content[content]
        self._rows_by_content[content] += 1
        if row.problem is not None or time_ms is None:
            self._sequence += self._trust_rows  # a row that is mended later must not push its successors
            raise Park("bad_row", row.problem or "the time is missing")
        had_from, after = self._last_ms, self._sequence + 1
        if self._trust_rows:
            self._sequence += 1
            if time_ms < self._last_ms:
                time_ms = self._last_ms
                self.counts.time_clamped += 1
        else:
            self._sequence = self._sequence + 1 if time_ms == self._last_ms else 0
        self._last_ms = time_ms
        if not self.counts.finished or had_from == _BEFORE_ALL_MS:
            had_from = time_ms
        # The move stands behind the row before, also in a log by time, where places only part what is of one moment.
        had = _Place(had_from, self._sequence if had_from == time_ms or self._trust_rows else after)
        return self._events(row, case, row_id(content, nth), had, time_ms)

    def _events(self, row: LogRow, case: str, identity: str, had: _Place, time_ms: int) -> list[TimedEvents]:
        """A move, and statuses where the row has some; ``had``: from where on the row's team had the item."""
        subject = self._mapping.subject_prefix + case
        team = self._mapping.team.meant(row.cells.team)
        now = _Place(time_ms, self._sequence)
        try:
            move = self._event(MOVED, f"{identity}:moved", subject, had, self._move(row, team))
            statuses = [
                self._event(STATUS_SET, f"{identity}:{name}", subject, now, body)
                for name, body in self._statuses(row, had.time_ms if had.time_ms < time_ms else None)
            ]
        except Park as park:
            raise Park("bad_row", park.detail) from None
        except UnicodeEncodeError:
            raise Park("bad_row", f"bytes that are not {self._mapping.encoding}") from None
        self.counts.moved += 1
        self.counts.statuses += len(statuses)
        if team is not None and len(self.counts.teams) < _MAX_TEAMS:
            self.counts.teams.add(team)
        key = subject.encode()
        if had.time_ms == time_ms or not statuses:
            return [TimedEvents(had.time_ms, key, (move, *statuses))]
        return [TimedEvents(had.time_ms, key, (move,)), TimedEvents(time_ms, key, tuple(statuses))]

    def _event(self, event_type: str, identity: str, subject: str, place: _Place, body: dict[str, object]) -> bytes:
        return make(
            event_type,
            id=identity,
            source=self._source,
            subject=subject,
            time_ms=place.time_ms,
            body=body,
            sequence=place.sequence,
            **self._extensions,
        )

    def _statuses(self, row: LogRow, since_ms: int | None) -> list[tuple[str, dict[str, object]]]:
        """The status bodies of a row, each with the end of its id; ``since_ms``: when what was finished had begun."""
        word = row.cells.status
        status = None if word is None else self._status(word, row.line)
        if status is None:
            if not self.counts.finished or (word is not None and word in self._status_by_word):
                return []  # nothing is said, or what the mapping ignores
            status = "working"  # whatever it was, the team did it
        body: dict[str, object] = {"status": status}
        if word is not None:
            body["word"] = word
        if status == "returned":
            to = self._mapping.team.meant(row.cells.returned_to or self._returned_to_by_word.get(word or ""))
            body |= {name: cell for name, cell in (("to", to), ("reason", row.cells.reason)) if cell is not None}
        if since_ms is not None:
            body["since"] = from_ms(since_ms)
        if self.counts.finished and status in {"queued", "waiting"}:
            # Its work is over, and then the item lies there. In this order: at one place in the source the id decides.
            worked = {**body, "status": "working"}
            body.pop("since", None)
            return [("finished", worked), ("status", body)]
        return [("status", body)]

    def _move(self, row: LogRow, team: str | None) -> dict[str, object]:
        body: dict[str, object] = {"to": team}
        if (deliverable := self._deliverable(row)) is not None:
            body["deliverable"] = deliverable
        if row.cells.reason is not None:
            body["reason"] = row.cells.reason
        if self._parse_due and row.cells.due is not None:
            try:
                body["due"] = from_ms(self._parse_due(row.cells.due))
            except ValueError as error:
                raise Park("bad_row", f"due: {error}") from None
        return body

    def _deliverable(self, row: LogRow) -> str | None:
        rule = self._mapping.deliverable
        if rule is None or rule.is_ is not None:
            return rule.is_ if rule else None
        cell = row.cells.deliverable
        return None if cell is None else rule.words.get(cell, cell)

    def _status(self, word: str, line: int) -> str | None:
        """The word's meaning; None when the mapping ignores it or does not know it. Unknown words are never guessed."""
        status = self._status_by_word.get(word)
        if status is None:
            self._count_unmapped(word, line)
        elif status == "ignore":
            self.counts.ignored += 1
            status = None
        return status

    def _count_unmapped(self, word: str, line: int) -> None:
        if word not in self.counts.unmapped and len(self.counts.unmapped) >= MAX_UNMAPPED_WORDS:
            word = _OTHER_WORDS
        self.counts.unmapped[word] += 1
        lines = self.counts.unmapped_lines.setdefault(word, [])
        if len(lines) < _MAX_EXAMPLE_LINES:
            lines.append(line)
