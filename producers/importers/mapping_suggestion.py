"""A first mapping for a log of which nothing is known yet: a YAML text to read, correct and dry-run."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from producers.importers.column_roles import DATES, Column, column, roles
from producers.importers.file_notes import Direction
from producers.importers.nothing_words import means_nothing
from producers.importers.table_sample import Sample, sample_of
from producers.parsing.time_formats import time_parser

_MOST_WORDS = 60
_MOST_SHOWN = 12
_MOST_WORDS_OF_A_STATUS = 4
_ODD_ROWS = 100
"""Of so many rows in file order one may stand wrong: an audit's own clock is not always right."""
_KNOWN_WORDS = (
    ("returned", "rejected returned declined refused denied"),
    ("closed", "closed cancelled canceled withdrawn archived"),
    ("resolved", "resolved solved done completed fixed finished fulfilled"),
    ("waiting", "wait waiting hold onhold pending suspended awaiting paused blocked"),
    ("working", "progress working work active accepted started wip doing investigating implementing"),
    ("queued", "new open opened queued assigned unassigned submitted created registered todo backlog triage received"),
)
"""Status → words that mean it, mostly; the first that fits is taken."""
_NEGATED = re.compile(r"\b(?:not|never|no|non|without|remove|removed|cancel|un)\b")


def suggestion(path: Path) -> str:
    """The text of a mapping for ``path``. Raises ``Stop`` when it is no log."""
    sample = sample_of(path)
    columns = [column(name, cells) for name, cells in sample.columns.items()]
    found = roles(columns, sample.case_keys)
    lines = [
        f"# A first mapping of {path.name}, from its first {sample.rows:,} rows. What can't be known is marked with ??.",
        "# Correct it, then: baton import FILE --mapping THIS --dry-run",
        f"name: {_slug(path)}",
        f"format: {sample.format}",
        *_form(sample),
        *_order(sample, found),
        *_missing(columns),
        *_case(found, sample),
        *_time("time", found),
        *_team(found),
        *_status(found),
        *_others(found),
        f"# columns that are not read: {', '.join(_unread(columns, found)) or 'none'}",
    ]
    return "\n".join(lines) + "\n"


def _slug(path: Path) -> str:
    stem = path.name.split(".")[0].lower()
    return re.sub(r"[^a-z0-9.-]+", "-", stem).strip("-.")[:60] or "log"


def _form(sample: Sample) -> Iterable[str]:
    if sample.format == "csv":
        yield f"delimiter: {_quoted(sample.delimiter)}"
    if sample.encoding:
        yield f"encoding: {sample.encoding}   # ?? guessed: do names with accents look right?"
    if sample.sheet:
        yield f"sheet: {_quoted(sample.sheet)}"
    if sample.skip_rows:
        yield f"skip_rows: {sample.skip_rows}"


def _order(sample: Sample, found: dict[str, Column]) -> Iterable[str]:
    time, case = found.get("time"), found.get("case")
    direction = Direction()
    if time and time.format and case:
        parse = time_parser((time.format,), "UTC")
        last: dict[str, int] = {}
        for of_case, text in zip(case.cells, time.cells, strict=True):
            try:
                ms = parse(text).ms
            except ValueError:
                continue
            if of_case in last:
                direction.add(last[of_case], ms)
            last[of_case] = ms
    if direction.backwards:
        yield "order: newest_first"
    elif direction.descending * _ODD_ROWS < direction.neighbours:
        yield "order: rows"
    elif not direction.neighbours:
        yield "order: rows   # ?? no times could be compared"
    else:
        yield f"order: time   # ?? of {direction.neighbours:,} rows {direction.descending:,} go back in time inside their case"
    status = found.get("status")
    if status and len(_words(status)[1]) >= len(_words(status)[0]):
        yield "row: finished   # ?? a row says what a team has finished; `changed`: what is so from the row on"


def _missing(columns: Iterable[Column]) -> Iterable[str]:
    seen = Counter(cell for one in columns for cell in one.cells if cell and means_nothing(cell))
    if seen:
        yield f"missing: [{', '.join(map(_quoted, ['', *seen]))}]"


def _case(found: dict[str, Column], sample: Sample) -> Iterable[str]:
    if "case" not in found:
        yield "case: ??   # no column repeats as the number of a work item does"
        return
    one = found["case"]
    name = one.name.removesuffix(" of the trace") if one.name in sample.case_keys else one.name
    yield f"case: {_quoted(name)}   # ?? {len(one.words):,} of them in {sample.rows:,} rows"


def _time(role: str, found: dict[str, Column]) -> Iterable[str]:
    if role not in found:
        yield f"{role}:"
        yield "  column: ??   # no column holds times in a format that is known"
        return
    one = found[role]
    yield f"{role}:"
    yield f"  column: {_quoted(one.name)}"
    also = f"   # ?? {', '.join(one.others)} would fit, too" if one.others else ""
    if one.format in DATES:
        also += "   # ?? days alone: is the time in a column of its own? `column: [day, time]` joins both with /"
    yield f"  formats: {_quoted(one.format or 'iso')}{also}"
    yield "  zone: UTC   # ?? for times that name no offset, such as Europe/Berlin"


def _team(found: dict[str, Column]) -> Iterable[str]:
    yield "team:"
    if "team" not in found:
        yield "  column: ??   # no column is called like a team's, and has few enough names"
        return
    yield f"  column: {_quoted(found['team'].name)}   # ?? teams, not persons? {_shown(found['team'])}"


def _status(found: dict[str, Column]) -> Iterable[str]:
    one = found.get("status")
    known, unknown = _words(one) if one else ({}, [])
    if one is None or not known:
        what = f"{_quoted(one.name)} has no word that is known: {_shown(one)}" if one else "no column is called like a status"
        yield f"# status:   # ?? {what}"
        return
    yield "status:"
    yield f"  column: {_quoted(one.name)}"
    yield "  words:   # ?? read each: queued, working, waiting, returned, resolved, closed, or ignore"
    for word, status in known.items():
        yield f"    {_quoted(word)}: {status}   # {one.words[word]:,} rows"
    for word in unknown:
        yield f"    # {_quoted(word)}: ??   # {one.words[word]:,} rows"


def _others(found: dict[str, Column]) -> Iterable[str]:
    for role in ("deliverable", "reason"):
        if role in found:
            yield f"{role}:"
            yield f"  column: {_quoted(found[role].name)}   # ?? {_shown(found[role])}"
    if "due" in found:
        yield from _time("due", found)
    if "sequence" in found:
        yield f"sequence: {_quoted(found['sequence'].name)}"


def _words(one: Column) -> tuple[dict[str, str], list[str]]:
    """Words with the status they mean, and those nobody knows; the usual ones first."""
    known: dict[str, str] = {}
    unknown: list[str] = []
    for word, _ in one.words.most_common(_MOST_WORDS):
        status = _meaning(word)
        if status is None:
            unknown.append(word)
        else:
            known[word] = status
    return known, unknown


def _meaning(word: str) -> str | None:
    """The status that a word surely means: it is made of few words, one of them known whole, and none turns it round."""
    plain = word.casefold().replace("on-hold", "hold").replace("to do", "todo").replace("_", " ")
    words = re.findall(r"[^\W\d]+", plain)
    if _NEGATED.search(plain) or len(words) > _MOST_WORDS_OF_A_STATUS:
        return None
    return next((status for status, known in _KNOWN_WORDS if set(known.split()).intersection(words)), None)


def _shown(one: Column) -> str:
    shown = ", ".join(f"{' '.join(word.split())} {rows:,}" for word, rows in one.words.most_common(_MOST_SHOWN))
    return shown + (f" and {len(one.words) - _MOST_SHOWN:,} more" if len(one.words) > _MOST_SHOWN else "")


def _unread(columns: Iterable[Column], found: dict[str, Column]) -> list[str]:
    used = {one.name for one in found.values()}
    return [" ".join(one.name.split()) for one in columns if one.name not in used]


def _quoted(text: str) -> str:
    """The text as YAML, in quotation marks where it needs them."""
    return text if re.fullmatch(r"[A-Za-z_][\w ./+:-]*[\w.]|[A-Za-z_]", text) and ": " not in text else json.dumps(text)
