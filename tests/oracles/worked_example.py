"""The worked example E0 (data/metrics_examples.json) as events, and what is to be counted of it."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import Any

from broker.records import LogRecord
from schemas.event_codec import make
from schemas.events import TICK
from schemas.fields import to_ms
from tests.oracles.folding import NOW, Folded, take, through

DAY_MS = 86_400_000
Line = dict[str, Any]
Records = list[tuple[str, bytes]]
"""Keys and values."""


def ms(text: str) -> int:
    """RFC 3339 in ms UTC."""
    return to_ms(datetime.fromisoformat(text.replace("Z", "+00:00")))


class Example:
    """The file's E0: its lines, watermark, window and pair."""

    def __init__(self, path: Path) -> None:
        self.file: dict[str, Any] = json.loads(path.read_text())
        e0 = self.file["E0"]
        self.lines: list[Line] = e0["events"]
        self.w = ms(e0["watermark"])
        self.window = (ms(e0["window"][0]), ms(e0["window"][1]))
        self.pair: tuple[str, str] = tuple(e0["pair"])

    def copied(self, mark: str) -> "Example":
        """The same story among teams and items of other names."""
        other = copy(self)
        names = ("item", "supplier", "customer")
        other.lines = [line | {name: line[name] + mark for name in names if name in line} for line in self.lines]
        other.pair = (self.pair[0] + mark, self.pair[1] + mark)
        return other


def event(line: Line, revision: int = 0, deleted: bool = False) -> tuple[str, bytes]:
    """One line as an event; it keeps its id through corrections of anything but handoff, type and time."""
    body = {"handoff": line["handoff"]}
    if line["type"] in {"requested", "offered"}:
        body |= {"supplier": line["supplier"], "customer": line["customer"], "deliverable": line["deliverable"]}
        body |= {"due": line["due"]} if "due" in line else {}
    if "reason" in line:
        body["reason"] = line["reason"]
    if "rework_min" in line:
        body["rework_minutes"] = line["rework_min"]
    value = make(
        f"baton.handoff.{line['type']}.v1",
        id=f"{line['handoff']} {line['type']} {line['time']}",
        source="example",
        subject=line["item"],
        time_ms=ms(line["time"]),
        body=None if deleted else body,
        revision=revision,
        deleted=deleted,
    )
    return line["item"], value


def line_of(example: Example, handoff: str, kind: str) -> dict[str, Any]:
    """The first line of a handoff with that type."""
    return next(line for line in example.lines if (line["handoff"], line["type"]) == (handoff, kind))


def variant(example: Example, name: str) -> Records:
    """The records of a variant: the whole of E0 is folded and published first, then comes what is other about it."""
    if name == "retract H8 events from 03-09":
        late = [line for line in example.lines if line["handoff"] == "H8" and line["time"] >= "2026-03-09"]
        return [event(line, revision=1, deleted=True) for line in late]
    if name == "correct H5 due to 03-05 15:30":
        return [event(line_of(example, "H5", "offered") | {"due": "2026-03-05T15:30:00Z"}, revision=1)]
    if name == "late H6 offered 03-06 11:00 accepted 13:00":
        asked = {k: v for k, v in line_of(example, "H6", "requested").items() if k != "due"}
        times = {"offered": "2026-03-06T11:00:00Z", "accepted": "2026-03-06T13:00:00Z"}
        return [event(asked | {"type": kind, "time": time}) for kind, time in times.items()]
    assert name == "H4 accepted with rework_min 30"
    return [event(line_of(example, "H4", "accepted") | {"rework_min": 30}, revision=1)]


def tick(w: int) -> tuple[str, bytes]:
    """A tick of W."""
    return "clock", make(TICK, id=str(w), source="baton/clock", subject="clock", time_ms=w, body={})


def days(first: int, w: int) -> list[tuple[str, bytes]]:
    """Ticks at each midnight after ``first`` before W, and at W."""
    return [tick(at) for at in range(first // DAY_MS * DAY_MS + DAY_MS, w, DAY_MS)] + [tick(w)]


def folded(records: Sequence[tuple[str, bytes]]) -> Folded:
    """All that stands after the last record, through the real run."""
    found = Folded({}, {})
    take(found, through([LogRecord(n, NOW + n, key.encode(), value) for n, (key, value) in enumerate(records)]))
    return found


def counted(found: Folded, scope: tuple[str, ...], window: tuple[int, int]) -> Counter[tuple[str, str]]:
    """Sums of the live contributions to a scope in a window, by (field, key)."""
    return Counter(summed(entries_in(found, scope, window)))


def entries_in(found: Folded, scope: tuple[str, ...], window: tuple[int, int]) -> Iterable[Any]:
    """Entries of the live contributions to a scope in a window; scope ("pair",) is all pairs."""
    for key, entries in found.contributions.items():
        if key[: len(scope)] == scope:
            yield from (entry for entry in entries if window[0] <= entry.at < window[1])


def summed(entries: Iterable[Any]) -> dict[tuple[str, str], int]:
    """Amounts added up by (field, key)."""
    sums: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        sums[entry.field, entry.key] += entry.amount
    return dict(sums)


def core(sums: Counter[tuple[str, str]]) -> dict[str, list[int]]:
    """The four shares of the regression table: [of, all]."""

    def n(field: str) -> int:
        return sums[field, ""]

    hit = n("due_hit")
    return {
        "fpy": [n("pass"), n("dec")],
        "ca": [n("ca"), n("dec")],
        "rework": [n("reoffers"), n("offers")],
        "sla": [hit, hit + n("due_miss")],
    }
