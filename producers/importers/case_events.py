"""The rows of one case after another → events. Stateless beyond the case: no move is compared with the one before.

**A row's events have the same ids in every export of the log**: id = hash(mapping, case, the mapped cells, how many
identical rows of the case came before). Importing twice, a longer export or the repeat after a crash change nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from producers.importers.log_rows import CASE, DELIVERABLE, DUE, REASON, STATUS, TEAM, LogRow
from producers.importers.mapping import Mapping
from producers.parsing.time_formats import reader_of
from schemas.errors import Park
from schemas.event_codec import make
from schemas.fields import from_ms

MOST_WORDS = 1000
MOVED, STATUS_SET = "baton.item.moved.v1", "baton.item.status.v1"


@dataclass(frozen=True)
class Made:
    """The events of one row, all at ``time_ms``, in order, and the key they share."""

    time_ms: int
    key: bytes
    values: tuple[bytes, ...]


@dataclass
class Noticed:
    """What was counted on the way. ``unmapped``: word → (rows, first lines)."""

    items: int = 0
    moved: int = 0
    statuses: int = 0
    time_clamped: int = 0
    ignored: int = 0
    unmapped: Counter[str] = field(default_factory=Counter)
    unmapped_lines: dict[str, list[int]] = field(default_factory=dict)
    teams: set[str] = field(default_factory=set)


def content_of(name: str, cells: Iterable[str | None]) -> bytes:
    """One row's identity before counting: lengths keep neighbours apart. Never change it: ids depend on it."""
    return ",".join(["-" if cell is None else f"{len(cell)}:{cell}" for cell in (name, *cells)]).encode(
        "utf-8", "surrogateescape"
    )


def id_of(content: bytes, nth: int) -> str:
    """The id that the events of the ``nth`` (from 0) row with this content share, 32 hex digits."""
    return blake2b(b"%d;%s" % (nth, content), digest_size=16).hexdigest()


class CaseFold:
    """Turns rows, sorted by case and in order inside it, into events."""

    def __init__(self, mapping: Mapping) -> None:
        self.noticed = Noticed()
        self._mapping = mapping
        self._trust_rows = mapping.order == "rows"
        self._words: dict[str, str] = dict(mapping.status.words) if mapping.status else {}
        self._due: Callable[[str], int] | None = reader_of(mapping.due.formats, mapping.due.zone) if mapping.due else None
        self._source = f"import/{mapping.name}"
        self._more: dict[str, Any] = {"revision": mapping.revision} if mapping.revision else {}
        self._case: str | None = None
        self._place = 0
        self._last_ms = 0
        self._seen: Counter[bytes] = Counter()

    def row(self, row: LogRow, time_ms: int | None) -> Made:
        """The row's events. Raises ``Park`` with reason ``bad_row`` and what is wrong."""
        case = row.cells[CASE]
        if case is None:
            raise Park("bad_row", "the case is missing")
        if case != self._case:
            self._case, self._place, self._last_ms = case, -1, -(2**62)
            self._seen = Counter()
            self.noticed.items += 1
        content = content_of(self._mapping.name, row.cells)
        nth = self._seen[content]
        self._seen[content] += 1
        if row.problem is not None or time_ms is None:
            self._place += self._trust_rows  # a row that is mended later must not push its successors
            raise Park("bad_row", row.problem or "the time is missing")
        if self._trust_rows:
            self._place += 1
            if time_ms < self._last_ms:
                time_ms = self._last_ms
                self.noticed.time_clamped += 1
        else:
            self._place = self._place + 1 if time_ms == self._last_ms else 0
        self._last_ms = time_ms
        return self._events(row, case, id_of(content, nth), time_ms)

    def _events(self, row: LogRow, case: str, identity: str, time_ms: int) -> Made:
        subject = self._mapping.subject_prefix + case
        team, word = row.cells[TEAM], row.cells[STATUS]
        if team is not None and team in self._mapping.team.unassigned:
            team = None
        common: dict[str, Any] = {
            "source": self._source, "subject": subject, "time_ms": time_ms, "sequence": self._place, **self._more
        }  # fmt: skip
        try:
            values = [make(MOVED, id=identity + ":moved", body=self._move(row, team), **common)]
            if word is not None and (status := self._status(word, row.line)) is not None:
                values.append(make(STATUS_SET, id=identity + ":status", body={"status": status, "word": word}, **common))
        except Park as park:
            raise Park("bad_row", park.detail) from None
        except UnicodeEncodeError:
            raise Park("bad_row", f"bytes that are not {self._mapping.encoding}") from None
        self.noticed.moved += 1
        self.noticed.statuses += len(values) - 1
        if team is not None and len(self.noticed.teams) < 100_000:
            self.noticed.teams.add(team)
        return Made(time_ms, subject.encode(), tuple(values))

    def _move(self, row: LogRow, team: str | None) -> dict[str, Any]:
        body: dict[str, Any] = {"to": team}
        if (deliverable := self._deliverable(row)) is not None:
            body["deliverable"] = deliverable
        if (reason := row.cells[REASON]) is not None:
            body["reason"] = reason
        if self._due and (due := row.cells[DUE]) is not None:
            try:
                body["due"] = from_ms(self._due(due))
            except ValueError as error:
                raise Park("bad_row", f"due: {error}") from None
        return body

    def _deliverable(self, row: LogRow) -> str | None:
        rule = self._mapping.deliverable
        if rule is None or rule.is_ is not None:
            return rule.is_ if rule else None
        cell = row.cells[DELIVERABLE]
        return None if cell is None else rule.words.get(cell, cell)

    def _status(self, word: str, line: int) -> str | None:
        """The word's meaning; None when the mapping ignores it or does not know it. Unknown words are never guessed."""
        status = self._words.get(word)
        if status is None:
            known = word in self.noticed.unmapped
            word = word if known or len(self.noticed.unmapped) < MOST_WORDS else "(other words)"
            self.noticed.unmapped[word] += 1
            lines = self.noticed.unmapped_lines.setdefault(word, [])
            if len(lines) < 3:
                lines.append(line)
            return None
        if status == "ignore":
            self.noticed.ignored += 1
            return None
        return status
