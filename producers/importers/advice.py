"""What the rows show of a mapping: what is left out and what it costs, what never occurs, what looks like a mistake."""

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Iterator

from measures.reasons import OTHER, REASONS, code_of
from producers.importers.case_counts import CaseCounts, Tally
from producers.importers.file_notes import FileNotes
from producers.importers.mapping import Mapping
from producers.importers.nothing_words import means_nobody

_MOST_TEAMS = 40
_MOST_WORDS = 20
_MANY_TWICE = 0.2
_LOOKED_AT_FOR_MISSPELLING = 300


def advice(mapping: Mapping, counts: CaseCounts, notes: FileNotes, whole: bool) -> list[str]:
    """Lines for people; of an import that was made (not ``whole``) only what was left out or changed."""
    lines = [*_of_times(mapping, counts, notes), *_of_words(mapping, counts)]
    if whole:
        lines += [*_of_teams(mapping, counts), *_of_rejections(counts), *_of_statuses(mapping, counts)]
        lines += _never(mapping, counts)
    return lines


def _of_times(mapping: Mapping, counts: CaseCounts, notes: FileNotes) -> Iterator[str]:
    direction = notes.direction
    if counts.time_clamped:
        yield f"time_clamped: {counts.time_clamped:,} rows ran backwards inside their case and got their predecessor's time"
    of = f"of {direction.neighbours:,} neighbouring rows"
    goes = f"{of} {direction.descending:,} go back in time"
    if notes.absent_keys:
        keys = ", ".join(notes.absent_keys)
        yield f"keys that no event has: {keys}; they say nothing here (of a trace only the case is read)"
    if notes.outside_traces:
        yield f"events outside of traces: {notes.outside_traces:,}; they have no case and were left out"
    if direction.backwards and mapping.order == "rows":
        yield f"order: {goes}: the file looks newest first; set `order: newest_first`"
    if direction.forward and mapping.order == "newest_first":
        yield f"order: {of} {direction.ascending:,} go forward in time: set `order: rows`"
    if mapping.order == "time" and counts.ties:
        tells = "`sequence`, then the file's order" if mapping.sequence and not counts.no_sequence else "only the file's order"
        newest = f"; {goes}, so it looks newest first: set `order: newest_first`" if direction.backwards else ""
        yield f"same time: {counts.ties:,} rows share it with one of their case; {tells} tells which came first{newest}"
    if counts.repeated_hour:
        told = f"{counts.second_hour:,} of them are of its second time, as their place in the file tells; "
        yield (
            f"repeated hour: {counts.repeated_hour:,} rows lie in an hour that came twice; "
            f"{told if counts.second_hour else ''}where nothing tells, the first is taken"
        )
    if counts.skipped_hour:
        yield f"skipped hour: {counts.skipped_hour:,} rows lie in an hour that no clock showed there: is `zone` right?"


def _of_words(mapping: Mapping, counts: CaseCounts) -> Iterator[str]:
    ignored = sum(rows for word, rows in counts.words.items() if mapping.status and mapping.status.words[word] == "ignore")
    if ignored:
        yield f"ignored: {ignored:,} rows have a status the mapping ignores (their moves were used)"
    if counts.repeated_rows:
        rows, lines = counts.repeated_rows.total(), ", ".join(map(str, counts.repeated_rows.first_lines[""]))
        doubt = "; was an export appended to itself?" if rows > counts.moved * _MANY_TWICE else ""
        yield f"rows that stand twice in their case: {rows:,} (first lines: {lines}); each counts{doubt}"
    yield from _tally("no `sequence`", counts.no_sequence, "a whole number is expected; the file's order was used")
    used = "they count as work" if mapping.row == "finished" else "their moves were used, the status was not"
    yield from _tally("unmapped status", counts.unmapped, used)
    yield from _tally("no due time", counts.not_due, "their moves were used, nothing is due")


def _tally(what: str, tally: Tally, used: str) -> Iterator[str]:
    for text, rows in tally.most_common(_MOST_WORDS):
        first_lines = ", ".join(map(str, tally.first_lines[text]))
        yield f"{what} {text!r}: {rows:,} rows (first lines: {first_lines}); {used}"
    if len(tally) > _MOST_WORDS:
        yield f"{what}: {len(tally) - _MOST_WORDS:,} other texts"


def _of_teams(mapping: Mapping, counts: CaseCounts) -> Iterator[str]:
    if not counts.teams:
        yield f"teams: none; is {'/'.join(mapping.team.column)!r} the team's column?"
        return
    shown = counts.teams.most_common(_MOST_TEAMS)
    more = f", and {len(counts.teams) - len(shown):,} others" if len(counts.teams) > len(shown) else ""
    yield "teams by rows: " + ", ".join(f"{' '.join(team.split())} {rows:,}" for team, rows in shown) + more
    if counts.no_team:
        lines = ", ".join(map(str, counts.no_team.first_lines[""]))
        yield f"no team (an empty cell): {counts.no_team.total():,} rows (first lines: {lines}); the item is nobody's then"
    if counts.unassigned:
        yield "no team (`unassigned`): " + ", ".join(
            f"{cell} {rows:,}" for cell, rows in counts.unassigned.most_common(_MOST_TEAMS)
        )
    for team, rows in counts.teams.items():
        if means_nobody(team):
            yield f"team {team!r}: {rows:,} rows; if that means nobody, add it to `missing` or to `team.unassigned`"
    for rare, usual in _alike(counts.teams):
        yield (
            f"team {rare!r}: {counts.teams[rare]:,} rows, {usual!r}: {counts.teams[usual]:,}; if they are one team, "
            f"add `words: {{{_quoted(rare)}: {_quoted(usual)}}}` to `team`"
        )


def _of_rejections(counts: CaseCounts) -> Iterator[str]:
    for team, rows in counts.returned_to.items():
        if team not in counts.teams:
            near = difflib.get_close_matches(team, list(counts.teams), 1, 0.7)
            lines = ", ".join(map(str, counts.returned_to.first_lines[team]))
            yield (
                f"returned_to names {team!r} in {rows:,} rows (first lines: {lines}), a team that has no row"
                + (f"; did you mean {near[0]!r}?" if near else "; its rejections return nothing if it never had the item")
            )
    others = [(reason, rows) for reason, rows in counts.reasons.most_common() if code_of(reason) == OTHER]
    if others:
        shown = ", ".join(f"{reason!r} {rows:,}" for reason, rows in others[:_MOST_WORDS])
        yield (
            f"reasons that count as `other`: {shown}"
            + (" …" if len(others) > _MOST_WORDS else "")
            + f"; `reason.words` gives them one of: {', '.join(sorted(REASONS))}"
        )


def _alike(teams: Counter[str]) -> Iterator[tuple[str, str]]:
    """Names that differ in little, the rarer first."""
    rarest_last = [team for team, _ in teams.most_common()]
    folded = {team: " ".join(team.casefold().replace("-", " ").replace("_", " ").split()) for team in rarest_last}
    for place, rare in reversed(list(enumerate(rarest_last[:_LOOKED_AT_FOR_MISSPELLING]))):
        for usual in rarest_last[:place]:
            if folded[rare] == folded[usual] or _misspelt(folded[rare], folded[usual]):
                yield rare, usual
                break


def _quoted(name: str) -> str:
    """The name as YAML, with what can't be seen in it as escapes."""
    return name if name.isascii() and name.replace(" ", "").isalnum() else json.dumps(name)


def _misspelt(one: str, other: str) -> bool:
    """One letter more, less, other, or two swapped, in a word long enough; numbers tell teams apart."""
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > 1 or _digits(one) != _digits(other):
        return False
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return (
        matcher.quick_ratio() > 0.85
        and sum(size for *_, size in matcher.get_matching_blocks()) >= min(len(one), len(other)) - 1
    )


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _of_statuses(mapping: Mapping, counts: CaseCounts) -> Iterator[str]:
    found = counts.statuses
    if found:
        yield "statuses: " + ", ".join(f"{status} {rows:,}" for status, rows in found.most_common())
    if not found:
        yield (
            "0 statuses: no waits can be told from work, nothing is resolved or reopened, and a handoff is accepted only by "
            "handing on" + ("" if mapping.status else "; a `status` column would tell")
        )
    else:
        if not found["working"]:
            yield "no row means `working`: no handoff is accepted before it is handed on, resolved or closed"
        if not found["resolved"] and not found["closed"]:
            yield "no row means `resolved` or `closed`: no item ever ends, and nothing is reopened"


def _never(mapping: Mapping, counts: CaseCounts) -> Iterator[str]:
    """What the mapping names and no row says: a misspelling, mostly."""
    if mapping.status:
        yield from _absent("status.words", mapping.status.words, counts.words, counts.unmapped)
    yield from _absent("team.unassigned", mapping.team.unassigned, counts.unassigned, counts.teams)
    yield from _absent("team.words", mapping.team.words, counts.team_words, counts.teams)
    if mapping.reason:
        translated = Counter(word for word, reason in mapping.reason.words.items() if reason in counts.reasons)
        yield from _absent("reason.words", mapping.reason.words, translated, counts.reasons)
    if mapping.deliverable:
        yield from _absent("deliverable.words", mapping.deliverable.words, counts.deliverable_words, counts.deliverables)


def _absent(where: str, named: Iterable[str], seen: Counter[str], others: Counter[str]) -> Iterator[str]:
    for word in named:
        if word in seen:
            continue
        near = (
            difflib.get_close_matches(word, list(others), 1, 0.7) or [o for o in others if o.casefold() == word.casefold()][:1]
        )
        yield f"{where}: no row says {word!r}" + (f"; {others[near[0]]:,} rows say {near[0]!r}" if near else "")
