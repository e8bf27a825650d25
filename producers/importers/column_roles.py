"""Which column of an unknown log may say what: by its name, and by what its cells look like."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from producers.importers.nothing_words import means_nothing
from producers.parsing.time_formats import time_parser

DATES = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d %b %Y", "%b %d, %Y", "%Y/%m/%d", "%Y%m%d")
"""Formats without a time of day."""
FORMATS = (
    *("iso", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M"),
    *("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M %p", "%d/%m/%Y %I:%M:%S %p"),
    *("%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%m-%d-%Y %H:%M", "%m-%d-%Y %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S"),
    *("%d %b %Y %H:%M", "%d %b %Y %H:%M:%S", "%d-%b-%Y %H:%M", "%d-%b-%Y %H:%M:%S", "%d %B %Y %H:%M", "%b %d, %Y %H:%M"),
    *("%b %d, %Y %I:%M %p", "%b %d, %Y %I:%M:%S %p", "%B %d, %Y %I:%M %p", "%a %b %d %H:%M:%S %Y", "%Y-%m-%d %H:%M:%S %Z"),
    *("%a, %d %b %Y %H:%M:%S %z", "%Y-%m-%d %H:%M:%S %z", "%d.%m.%y %H:%M", "%d/%m/%y %H:%M", "%m/%d/%y %H:%M"),
    *("%m/%d/%y %I:%M %p", "%d/%b/%y %I:%M %p", "%d/%b/%y %H:%M", "%Y/%m/%d %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S.%f"),
    *(
        "%d/%m/%Y %H:%M:%S.%f",
        "%m/%d/%Y %H:%M:%S.%f",
        "%m/%d/%Y, %I:%M:%S %p",
        "%d/%m/%Y, %H:%M:%S",
        "%Y%m%d%H%M",
        "%Y%m%d%H%M%S",
    ),
    *(*DATES, "epoch_ms", "epoch_s", "excel"),
)
"""Tried in this order: the first that fits the most cells is taken."""
_NUMBERS = frozenset(["epoch_ms", "epoch_s", "excel", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m%d"])
"""Formats that numbers of other things fit, too: only where all are of these decades and the column's name says so."""
_DECADES_MS = (631_152_000_000, 1_924_992_000_000)  # 1990 to 2030
_LOOKED_AT = 2_000
_FITS = 0.97
_NAMES: Mapping[str, tuple[str, ...]] = {
    "case": (
        "concept:name of the trace",
        "case",
        "ticket",
        "incident",
        "issue",
        "number",
        "key",
        "request id",
        "caseid",
        "id",
    ),
    "time": ("timestamp", "changed", "updated", "modified", "complete", "event time", "time", "date", "when", "at", "created"),
    "team": ("group", "team", "queue", "department", "unit", "role", "org", "assigned", "owner", "resource", "desk"),
    "status": ("status", "state", "activity", "concept:name", "transition", "action", "event", "stage", "step", "task"),
    "deliverable": ("type", "kind", "category", "product", "service", "subject"),
    "reason": ("reason", "cause", "resolution code"),
    "due": ("due", "deadline", "sla", "target", "promised", "expected"),
    "sequence": ("sequence", "seq", "mod_count", "mod count", "row no", "position", "order"),
}


class Column(NamedTuple):
    """What the cells look like. ``format``: of times, if most are; ``others``: formats that fit as many of them."""

    name: str
    cells: Sequence[str]
    words: Counter[str]
    format: str | None
    others: tuple[str, ...]

    @property
    def repeated(self) -> float:
        """Rows for each of its words."""
        return self.words.total() / max(len(self.words), 1)


def column(name: str, cells: Sequence[str]) -> Column:
    """A column with what is seen of it."""
    words = Counter(cell for cell in cells if not means_nothing(cell))
    looked_at = list(words)[:_LOOKED_AT]
    said = max(_named(role, name) for role in ("time", "due")) > _named("case", name)
    fitting = [(_fitting(looked_at, entry), entry) for entry in FORMATS if said or entry not in _NUMBERS] if looked_at else []
    best = max((share for share, _ in fitting), default=0.0)
    right = [entry for share, entry in fitting if share == best] if best >= _FITS else []
    return Column(name, cells, words, right[0] if right else None, tuple(right[1:]))


def _fitting(texts: Sequence[str], entry: str) -> float:
    """The share of texts that are times in this format; none where the first few are not."""
    parse, good = time_parser((entry,), "UTC"), 0
    for number, text in enumerate(texts):
        try:
            moment = parse(text).ms
            # Of a number of eight digits ISO makes a day, too.
            digits = entry in _NUMBERS or text.isdigit()
            good += not digits or (entry != "iso" and _DECADES_MS[0] <= moment < _DECADES_MS[1])
        except ValueError:
            if number > 20 and good < number / 2:
                return 0.0
    return good / len(texts)


def roles(columns: Iterable[Column], case_keys: frozenset[str]) -> dict[str, Column]:
    """Role → the column that fits it best, each column in one role; roles that none fits are left out."""
    left = {one.name: one for one in columns}
    found: dict[str, Column] = {}
    for role in ("due", "time", "case", "status", "team", "sequence", "reason", "deliverable"):
        scored = [(_score(role, one, case_keys), -place, one) for place, one in enumerate(left.values())]
        score, _, best = max(scored, default=(0.0, 0, None), key=lambda entry: entry[:2])
        if best is not None and score > 0:
            found[role] = best
            del left[best.name]
    return found


def _score(role: str, one: Column, case_keys: frozenset[str]) -> float:
    """How well a column fits a role; 0: not at all."""
    named = _named(role, one.name)
    few, rows = len(one.words), len(one.cells)
    filled = one.words.total() / max(rows, 1)
    fits = {
        "case": not one.format and few > 1 and one.repeated >= 1.2 and filled > 0.9 and few > rows**0.5 / 4 and named > 0,
        "time": bool(one.format) and few > 1 and filled > 0.9,
        "due": bool(one.format) and named > 0,
        "team": not one.format and 1 < few <= max(rows / 3, 3) and few <= 1000 and named > 0,
        "status": not one.format and 1 < few <= min(max(rows / 2, 3), 100) and named > 0,
        "deliverable": not one.format and 1 < few <= 40 and named > 0 and filled > 0.5,
        "reason": not one.format and 1 < few <= 100 and named > 0 and filled > 0.05,
        "sequence": few > 0 and all(word.isdigit() for word in one.words) and named > 0,
    }[role]
    if not fits or (case_keys and (one.name in case_keys) != (role == "case")):
        return 0.0
    return 1 + named + (filled if role != "reason" else 0)


def _named(role: str, name: str) -> float:
    """More for names that say it earlier in the list, and for whole words."""
    plain = name.casefold().replace("_", " ").replace("-", " ")
    words = plain.replace(":", " ").split()
    hints = _NAMES[role]
    for place, hint in enumerate(hints):
        if hint in words or plain == hint or (" " in hint and hint in plain) or (len(hint) > 3 and hint in plain):
            return 3.0 - 2 * place / len(hints)
    return 0.0
