"""The rows of one case after another → events. Stateless beyond the case: no move is compared with the one before.

A row says where the item went and in which status it now is. Or, in an activity log (``row: finished``), what its team has
just finished: then the team had the item from the row before on, and what lies between is its work.

**A row's events have the same ids in every export of the log**: id = hash(mapping, case, the cells of its identity, how many
identical rows of the case came before). Importing twice, a longer export or the repeat after a crash change nothing; where an
export says another due time, kind or reason of a row, its event is corrected, because it was recorded later.
"""

from collections import Counter
from typing import Any, NamedTuple

from producers.importers.case_counts import MAX_TEAMS, CaseCounts, add_capped
from producers.importers.log_rows import LogRow, MappedCells, whole_number
from producers.importers.mapping import Mapping
from producers.importers.row_identity import row_content, row_id, source_of
from producers.parsing.time_formats import Moment, time_parser
from producers.replay.timed_events import TimedEvents
from schemas.errors import Park
from schemas.event_codec import make
from schemas.fields import from_ms
from schemas.names import one_form
from schemas.timestamps import FARTHEST_DUE_MS

_MAX_SHOWN_CHARS = 40
_BEFORE_ALL_MS = -(2**62)
MOVED, STATUS_SET = "baton.item.moved.v1", "baton.item.status.v1"


def _in_words_of_a_mapping(detail: str) -> str:
    """What the codec says of an event, with the names that a mapping has for its parts."""
    for part, name in (("data.to:", "team:"), ("subject:", "case:"), ("data.deliverable:", "deliverable:")):
        detail = detail.replace(part, name)
    return detail


class _Place(NamedTuple):
    """Where an event stands among those of its case."""

    time_ms: int
    sequence: int


class CaseFold:
    """Turns rows, sorted by case and in order inside it, into events that were recorded now (``now_ms``)."""

    def __init__(self, mapping: Mapping, now_ms: int) -> None:
        self.counts = CaseCounts()
        self._mapping = mapping
        self._trust_rows = mapping.order != "time"
        self._finished = mapping.row == "finished"
        self._status_by_word: dict[str, str] = dict(mapping.status.words) if mapping.status else {}
        returned_to = mapping.status.returned_to if mapping.status else None
        self._returned_to_by_word: dict[str, str] = dict(returned_to.words) if returned_to else {}
        self._parse_due = time_parser(mapping.formats(mapping.due), mapping.due.zone) if mapping.due else None
        self._source = source_of(mapping)
        # Any: mypy holds what ``**`` brings against every parameter of ``make``
        self._extensions: dict[str, Any] = {"recordedat": from_ms(now_ms)}
        if mapping.revision:
            self._extensions["revision"] = mapping.revision
        self._case: str | None = None
        self._sequence = 0
        self._counted = False
        self._last_ms = 0
        self._rows_by_content: Counter[bytes] = Counter()

    def _identity(self, cells: MappedCells) -> tuple[str | None, ...]:
        """The cells that tell a row from others of its case, in every export of the log."""
        if self._mapping.identity is not None:
            return cells.case, cells.identity
        first = (cells.case, cells.time, cells.team, cells.status)
        return (*first, cells.sequence) if self._mapping.sequence is not None else first

    def row(self, row: LogRow, moment: Moment | None) -> list[TimedEvents]:
        """The row's events, those of one moment together. Raises ``Park`` with reason ``bad_row`` and what is wrong."""
        case = row.cells.case
        if case is None:
            raise Park("bad_row", row.problem or "the case is missing")
        if case != self._case:
            self._case, self._sequence, self._last_ms = case, -1, _BEFORE_ALL_MS
            self._rows_by_content = Counter()
            self._counted = False
        content = row_content(self._mapping.name, self._identity(row.cells))
        nth = self._rows_by_content[content]
        self._rows_by_content[content] += 1
        if row.problem is not None or moment is None:
            self._sequence += self._trust_rows  # a row that is mended later must not push its successors
            raise Park("bad_row", row.problem or "the time is missing")
        # Of a row of what was finished the row before says since when, also at the same minute.
        since = self._last_ms if self._finished and self._last_ms != _BEFORE_ALL_MS else None
        after = self._sequence + 1
        time_ms = self._time(moment)
        had_from = time_ms if since is None else since
        # The move stands behind the row before, also in a log by time, where places only part what is of one moment.
        had = _Place(had_from, self._sequence if had_from == time_ms or self._trust_rows else after)
        if nth:
            self.counts.repeated_rows.add("", row.line)
        if self._mapping.sequence is not None and whole_number(row.cells.sequence) is None:
            self.counts.no_sequence.add(row.cells.sequence or "", row.line)
        return self._events(row, case, row_id(content, nth), had, since, time_ms)

    def _time(self, moment: Moment) -> int:
        """The row's time, and its place in ``_sequence``: what the rows before it leave of a time that may be two."""
        counts, time_ms = self.counts, moment.ms
        counts.skipped_hour += moment.skipped
        if moment.later_ms is not None:
            counts.repeated_hour += 1
            if self._trust_rows and time_ms < self._last_ms <= moment.later_ms:
                counts.second_hour += 1
                time_ms = moment.later_ms
        counts.ties += time_ms == self._last_ms
        if self._trust_rows:
            self._sequence += 1
            if time_ms < self._last_ms:
                time_ms = self._last_ms
                counts.time_clamped += 1
        else:
            self._sequence = self._sequence + 1 if time_ms == self._last_ms else 0
        self._last_ms = time_ms
        return time_ms

    def _events(
        self, row: LogRow, case: str, identity: str, had: _Place, since: int | None, time_ms: int
    ) -> list[TimedEvents]:
        """A move, and statuses where the row has some; ``had``: from where on the row's team had the item."""
        subject = self._mapping.subject_prefix + case
        team = self._mapping.team.meant(row.cells.team)
        now = _Place(time_ms, self._sequence)
        try:
            move = self._event(MOVED, f"{identity}:moved", subject, had, self._move(row, team, time_ms))
            statuses = [
                self._event(STATUS_SET, f"{identity}:{name}", subject, now, body) for name, body in self._statuses(row, since)
            ]
        except Park as park:
            raise Park("bad_row", _in_words_of_a_mapping(park.detail)) from None
        except UnicodeEncodeError:
            raise Park("bad_row", "bytes that are not in the file's encoding") from None
        self.counts.moved += 1
        self.counts.items += not self._counted
        self._counted = True
        if team is not None:
            add_capped(self.counts.teams, team, MAX_TEAMS)
            if self._mapping.team.words and (name := one_form(row.cells.team or "")) in self._mapping.team.words:
                self.counts.team_words[name] += 1
        elif row.cells.team is not None:
            add_capped(self.counts.unassigned, one_form(row.cells.team))
        else:
            self.counts.no_team.add("", row.line)
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
            if not self._finished or (word is not None and word in self._status_by_word):
                return []  # nothing is said, or what the mapping ignores
            status = "working"  # whatever it was, the team did it
        self.counts.statuses[status] += 1
        body: dict[str, object] = {"status": status}
        if word is not None:
            body["word"] = word
        if status == "returned":
            to = self._mapping.team.meant(row.cells.returned_to or self._returned_to_by_word.get(word or ""))
            if to is not None:
                self.counts.returned_to.add(to, row.line)
            body |= {name: cell for name, cell in (("to", to), ("reason", self._reason(row))) if cell is not None}
        if since_ms is not None:
            body["since"] = from_ms(since_ms)
        if self._finished and status in {"queued", "waiting"}:
            self.counts.statuses["working"] += 1
            # Its work is over, and then the item lies there. In this order: at one place in the source the id decides.
            worked = {**body, "status": "working"}
            body.pop("since", None)
            return [("finished", worked), ("status", body)]
        return [("status", body)]

    def _move(self, row: LogRow, team: str | None, time_ms: int) -> dict[str, object]:
        body: dict[str, object] = {"to": team}
        if (deliverable := self._deliverable(row)) is not None:
            body["deliverable"] = deliverable
        if (reason := self._reason(row)) is not None:
            body["reason"] = reason
            self.counts.reasons.add(reason, row.line)
        if (due_ms := self._due(row, time_ms)) is not None:
            body["due"] = from_ms(due_ms)
        return body

    def _reason(self, row: LogRow) -> str | None:
        cell, rule = row.cells.reason, self._mapping.reason
        return rule.words.get(cell, cell) if rule is not None and cell is not None else None

    def _due(self, row: LogRow, time_ms: int) -> int | None:
        """When it is due. Tools write many things for never; each is counted, and the row's move is used without it."""
        cell = row.cells.due
        if self._parse_due is None or cell is None:
            return None
        try:
            due_ms = self._parse_due(cell).ms
        except ValueError:
            due_ms = -1
        if due_ms < 0 or abs(due_ms - time_ms) > FARTHEST_DUE_MS:
            self.counts.not_due.add(cell[:_MAX_SHOWN_CHARS], row.line)
            return None
        return due_ms

    def _deliverable(self, row: LogRow) -> str | None:
        rule = self._mapping.deliverable
        if rule is None or rule.is_ is not None:
            return rule.is_ if rule else None
        cell = row.cells.deliverable
        if cell is None:
            return None
        if cell in rule.words:
            self.counts.deliverable_words[cell] += 1
            return rule.words[cell]
        add_capped(self.counts.deliverables, cell)
        return cell

    def _status(self, word: str, line: int) -> str | None:
        """The word's meaning; None when the mapping ignores it or does not know it. Unknown words are never guessed."""
        status = self._status_by_word.get(word)
        if status is None:
            self.counts.unmapped.add(word, line)
            return None
        self.counts.words[word] += 1
        return None if status == "ignore" else status
