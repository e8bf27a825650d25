"""The worked examples of the page of metrics, computed anew: for each kind of table what the code makes of a row."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from broker.records import LogRecord
from measures.custody import CustodyPath
from measures.entries import decided_at, entries_of_group, entries_of_handoff, left_at
from measures.handoffs import HandoffState, Offer, handoff_fact
from measures.rating_groups import released
from measures.registry import MEASURES, fields, results
from measures.sketch import bucket, value_of
from measures.sums import Growing, add, merge, sums_of
from measures.windows import WINDOWS
from schemas.fields import VoteMode
from schemas.record_codec import decode_fact
from schemas.structs.facts import VoteFact
from schemas.structs.scores import Result
from schemas.timestamps import DAY_MS, HOUR_MS, MINUTE_MS
from streams.engine.memory_outbox import MemoryOutbox
from streams.journeys.event_conversion import CODES
from streams.journeys.explicit_handoffs import WITHIN_A_TEAM, reason_against
from streams.journeys.implicit_handoffs import NOTHING_TO_RETURN, implicit_handoffs
from streams.journeys.stored_event import CANCELLED, NAMELESS, REQUESTED
from tests.house.metrics_page import Row, block, tables
from tests.laws.example import Line, lines, moment, record
from tests.laws.histories import tick
from tests.oracles.case_logs import BPIC, UCI
from tests.oracles.folding import Folded, take, through
from tests.oracles.test_real_handoffs import BEFORE, TOTALS
from tests.unit.measures.lives import fact
from tests.unit.streams.rows import Event, moved, rows, status

NOW = 1_900_000_000_000

PAIR, BOTH, ROUTE = ("pair", "MKT", "SAL"), ("both", "MKT", "SAL"), ("route", "ENG", "MKT", "SAL")
Records = Sequence[tuple[str, bytes]]
Checked = Callable[[str, Row], Row]


def differences(page: str) -> list[str]:
    """Rows of the page that the code makes otherwise, and tables that nobody checks."""
    found = []
    for table in tables(page):
        check = CHECKS.get(table.header)
        if check is None:
            found.append(f"{table.section}: nobody checks the table {' | '.join(table.header)}")
            continue
        for row in table.rows:
            made = check(page, row)
            if made != row:
                found.append(f"{table.section}: {' | '.join(row)}: it is {' | '.join(made)}")
    return found


# How a value is written


def shown(value: float | None) -> str:
    """A value with at most four places."""
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def told(given: bool | None) -> str:
    """Yes, no or nothing."""
    return "" if given is None else "yes" if given else "no"


def day_time(at: int) -> str:
    """ "03-10 00:02" of ms."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%m-%d %H:%M}"


def ms(text: str) -> int:
    """The other way round."""
    return moment(text.replace(" ", "T"))


# The lifecycle, moves, due times


def lifecycle(_: str, row: Row) -> Row:
    """After which events one may come."""
    codes = range(REQUESTED, CANCELLED + 1)
    names = {code: CODES[code].split(".")[2] for code in codes}
    (code,) = [code for code, name in names.items() if name == row[0]]
    states = [("nothing", None), *((names[state], state) for state in codes)]
    return (row[0], ", ".join(name for name, state in states if reason_against(code, state) is None))


def anomalies() -> set[str]:
    """Every reason against an event."""
    codes = range(REQUESTED, CANCELLED + 1)
    found = {reason for code in codes for state in (None, *codes) if (reason := reason_against(code, state))}
    return found | {NAMELESS, WITHIN_A_TEAM, NOTHING_TO_RETURN}


def anomaly(_: str, row: Row) -> Row:
    """A reason that there is."""
    return row if row[0] in anomalies() else ("no anomaly", row[1])


def implied(_: str, row: Row) -> Row:
    """What moves and statuses become."""
    return (row[0], "; ".join(map(_handoff, said(row[0]))))


def said(words: str) -> list[HandoffState]:
    """The handoffs of an item of which a tool says this, a minute after another."""
    events: list[Event] = []
    for minute, word in enumerate(words.split(", ")):
        if word == "-" or word.isupper():
            events.append(moved(minute, None if word == "-" else word))
        else:
            state, _, to = word.removesuffix(" since").partition(" to ")
            begun = {"since": f"2026-03-02T09:{minute - 1:02}:00Z"} if word.endswith(" since") else {}
            events.append(status(minute, state, to=to or None, **begun))
    return implicit_handoffs(rows(*events)).handoffs


def _handoff(life: HandoffState) -> str:
    return f"{life.supplier}>{life.customer} {', '.join(map(_became, life.offers))}"


def _became(offer: Offer) -> str:
    times = (("accepted", offer.accepted_at), ("passed on", offer.passed_on_at), ("returned", offer.returned_at))
    return " and ".join(word for word, at in times if at is not None) or "open"


def due(_: str, row: Row) -> Row:
    """Where a handoff stands."""
    steps = [(word, int(minute)) for word, minute in (step.split() for step in row[0].split(", "))]
    found = fact(*steps, due=int(row[1]) if row[1] else None, w=int(row[2]))
    return (*row[:3], found.sla)


def real(_: str, row: Row) -> Row:
    """A figure of the two real logs; the tests of these logs find it."""
    return (row[0], *(str(of[log].get(row[0], "none")) for log in (UCI, BPIC) for of in (BEFORE, TOTALS)))


# Anchors, windows, buckets


def anchors(page: str, row: Row) -> Row:
    """When entries count: each entry of E0's handoffs stands at such a moment; nothing but what a measure reads is listed."""
    scopes = [(scope, refresh) for scope in ("pair", "route", "both", "source") for refresh in ("live", "daily")]
    read = frozenset().union(*(fields(*scope) for scope in scopes))
    names = row[0].split(", ")
    moments = _MOMENTS.get(row[2])
    if moments is None:
        return (", ".join(name for name in names if name in read), *row[1:])
    right = set(names) & read
    for body in folded(page).of("handoff"):
        allowed = set(moments(body))
        right -= {entry.field for entry in entries_of_handoff(body) if entry.at not in allowed}
    return (", ".join(name for name in names if name in right), *row[1:])


def _decisions(body: Any) -> list[int]:
    return [at for offer in body.offers if (at := decided_at(offer)) is not None]


_MOMENTS: dict[str, Callable[[Any], Iterable[int]]] = {
    "offer": lambda body: [o.offered_at for o in body.offers],
    "first offer": lambda body: [o.offered_at for o in body.offers[:1]],
    "first offer, else request": lambda body: [o.offered_at for o in body.offers[:1]] or [body.requested_at],
    "decision": _decisions,
    "decision, or passing on": lambda body: [at for offer in body.offers if (at := left_at(offer)) is not None],
    "passing on": lambda body: [o.passed_on_at for o in body.offers if o.passed_on_at is not None],
    "first decision": lambda body: _decisions(body)[:1],
    "return": lambda body: [o.returned_at for o in body.offers if o.returned_at is not None],
    "acceptance that holds": lambda body: [o.accepted_at for o in body.offers if o.returned_at is None and o.accepted_at],
    "due": lambda body: [body.due_at],
    "cancellation": lambda body: [body.cancelled_at],
}


def window(_: str, row: Row) -> Row:
    """A window's length, grid and current row."""
    (found,) = [w for w in WINDOWS if w.name == row[0]]
    w = ms("03-10 00:02")
    return (row[0], _span(found.grid.ms), _span(found.grid.keep_ms), f"{day_time(found.begin(w))} to {day_time(found.end(w))}")


def _span(length: int) -> str:
    if length % DAY_MS == 0:
        return f"{length // DAY_MS} d"
    return f"{length // HOUR_MS} h" if length % HOUR_MS == 0 else f"{length // MINUTE_MS} min"


def duration(_: str, row: Row) -> Row:
    """A duration's bucket."""
    name = bucket(int(row[0]) * MINUTE_MS)
    return (row[0], name, shown(value_of(name) / MINUTE_MS))


# E0


def records(text: str, known: Sequence[Line]) -> Records:
    """Events of changes: add, correct, retract or send again. What is not new is found among the known lines."""
    found = []
    for change in filter(None, re.split(r";|\n", text)):
        word, _, rest = change.strip().partition(" ")
        if word == "add":
            found.append(record(lines(rest)[0]))
            continue
        handoff, verb, day, time, *more = rest.split()
        (line,) = [x for x in known if (x["handoff"], x["verb"], x["day"], x["time"]) == (handoff, verb, day, time)]
        changed = line | dict(part.split("=") for part in more)
        revision = {"again": 0, "correct": 1, "retract": 1}[word]
        found.append(record(changed, revision=revision, deleted=word == "retract"))
    return found


@cache
def run(page: str, w: str = "03-10 00:00", change: str = "", twice: bool = False) -> MemoryOutbox:
    """E0 of the page up to W through the journeys stage; then a change, and another tick a minute later."""
    told_of = lines(block(page, "E0"))
    history = [record(line) for line in told_of] * (2 if twice else 1) + [("clock", tick(ms(w)))]
    if change:
        history += [*records(change, told_of), ("clock", tick(ms(w) + MINUTE_MS))]
    return through([LogRecord(n, NOW + n, key.encode(), value) for n, (key, value) in enumerate(history)])


def folded(page: str, w: str = "03-10 00:00", change: str = "") -> Folded:
    """All that stands at the end of such a run."""
    found = Folded({}, {})
    take(found, run(page, w, change))
    return found


def summed(found: Folded, scope: tuple[str, ...], length: str, w: str) -> Growing:
    """Sums of a scope in the window of that length that ends at W, in whole steps."""
    (span,) = [one for one in WINDOWS if one.name == length]
    begin, end = span.begin(ms(w)), span.end(ms(w))
    given = (entry for key, entries in found.contributions.items() if key[:-1] == scope for entry in entries)
    return sums_of(entry for entry in given if begin <= entry.at < end)


def handoff(page: str, row: Row) -> Row:
    """A handoff of E0 in numbers."""
    (body,) = [one for one in folded(page).of("handoff") if one.handoff == row[0]]
    returns = sum(o.returned_at is not None for o in body.offers)
    minutes = "" if body.rework_minutes is None else str(body.rework_minutes)
    passes = (told(body.first_pass), told(body.complete_accurate))
    return (row[0], body.state, str(len(body.offers)), str(returns), *passes, body.sla, minutes)


def variant(page: str, row: Row) -> Row:
    """The four shares of a variant of E0 in the seven days to 03-10."""
    found = folded(page, row[0], row[1])
    told_of = {r.measure: f"{r.k}/{r.n}" for r in results("pair", "live", summed(found, PAIR, "7d", "03-10 00:00"))}
    return (*row[:2], *(told_of[name] for name in VARIANTS[2:]))


def day(page: str, row: Row) -> Row:
    """First passes of one day."""
    begin = ms(f"{row[0]} 00:00")
    given = (e for key, entries in folded(page).contributions.items() if key[:-1] == PAIR for e in entries)
    sums = sums_of(e for e in given if begin <= e.at < begin + DAY_MS)
    return (row[0], *(str(sums.get(field, {}).get("", 0)) for field in ("pass", "dec")))


def custody(page: str, row: Row) -> Row:
    """A custody path and its counts; of an item of E0 those of its fact."""
    path = CustodyPath((n, team.replace("-", "")) for n, team in enumerate(row[1].split()))
    counts = (path.reassignments, path.bounces, path.revisits, max(path.changes, 0))
    made = (row[0], row[1], " ".join(path.path), *map(str, counts))
    if row[0]:
        body = folded(page).facts["item", row[0], "", ""]
        theirs = (body.reassignments, body.bounces, body.revisits, body.assignment_changes)
        made = (*row[:2], " ".join(team[0] for team in body.path), *map(str, theirs))
    return made


# Results


def ratings(text: str, mode: VoteMode) -> list[Any]:
    """What the votes of lines like those of V0 give once they are released, each of another rater."""
    found = []
    for deliverable, *cells in (line.split() for line in text.splitlines()):
        for n, cell in enumerate(cells):
            who: dict[str, Any] = {"rater": f"{deliverable} {n}", "team": "SAL", "supplier": "MKT", "customer": "SAL"}
            grades: dict[str, Any] = {"effectiveness": int(cell[0]), "consistency": int(cell[1])}
            found.append(VoteFact(**who, **grades, deliverable=deliverable, month="2026-03", at=NOW, mode=mode, handoff=None))
    return [entry for group, _ in released(found, -1, NOW, ZoneInfo("UTC")) for entry in entries_of_group(group)]


def arrivals(page: str) -> Growing:
    """The counts of A0 as its intake facts give them at the end."""
    panes: dict[bytes, Any] = {}
    for kind, key, value in run(page, change=block(page, "A0"), twice=True).log:
        if kind == "fact" and key.decode().startswith("intake"):  # type: ignore[attr-defined]  # of this kind both are bytes
            panes[key] = decode_fact(value).body  # type: ignore[index,arg-type]  # as above
    sums: Growing = {}
    for body in panes.values():
        for field, count in body.counts.items():
            add(sums, field, "", count)
    return sums


@cache
def example(page: str, name: str) -> tuple[str, str, Growing]:
    """Scope, refresh and sums of an example."""
    if name == "A0":
        return "source", "live", arrivals(page)
    if name.startswith(("V0", "team vote ")):
        told_of = block(page, "V0") if name.startswith("V0") else f"leads {name.removeprefix('team vote ')}"
        return "pair", "daily", sums_of(ratings(told_of, "individual" if name.startswith("V0") else "team"))
    if name.startswith("M0 "):
        lives = [life for line in block(page, "M0").splitlines() for life in said(line)]
        mine = [life for life in lives if f"{life.supplier}>{life.customer}" == name.removeprefix("M0 ")]
        return "pair", "live", sums_of(entry for life in mine for entry in entries_of_handoff(handoff_fact(life)))
    times, _, kind = name.removeprefix("E0").partition(" ")
    scope, length = {"pair": (PAIR, "7d"), "both": (BOTH, "7d"), "route": (ROUTE, "30d")}[kind]
    sums: Growing = {}
    for _ in range(int(times[1:]) if times else 1):
        merge(sums, summed(folded(page), scope, length, "03-10 00:00"))
    return kind, "live", sums


def result(page: str, row: Row) -> Row:
    """What a measure says of an example."""
    scope, refresh, sums = example(page, row[0])
    found = [r for r in results(scope, refresh, sums) if (r.measure, r.part) == row[1:3]]
    if len(found) != 1:
        return (*row[:3], "no such result")
    one: Any = found[0]
    assert type(one) is Result
    interval = "" if one.low is None else f"{shown(one.low)} to {shown(one.high)}"
    return (*row[:3], shown(one.k), str(one.n), shown(one.value), interval, one.reason or "")


# The registry


def listed(_: str, row: Row) -> Row:
    """A measure in the list of all."""
    found = [m for m in MEASURES if m.name == row[0]]
    return (found[0].name, found[0].id, found[0].unit, ", ".join(found[0].scopes), found[0].refresh) if found else ("none",)


def defined(_: str, row: Row) -> Row:
    """A measure in its section; its formula names only fields it reads."""
    found = [m for m in MEASURES if m.name == row[0]]
    if not found:
        return ("none",)
    every = frozenset().union(*(m.rule.fields for m in MEASURES))
    wrong = (set(re.findall(r"\w+", row[3])) & every) - found[0].rule.fields
    formula = f"without {', '.join(sorted(wrong))}" if wrong else row[3]
    return (found[0].name, found[0].unit, ", ".join(found[0].scopes), formula)


DEFINED = ("measure", "unit", "of", "formula")
LISTED = ("measure", "id", "unit", "of", "refresh")
RESULTS = ("example", "measure", "part", "k", "n", "value", "interval", "reason")
VARIANTS = ("W", "change", "fpy", "complete_accurate", "rework_rate", "sla_hit_rate")
ANCHORS = ("field", "counts", "at")
ANOMALIES = ("anomaly", "an event")
CHECKS: dict[Row, Checked] = {
    ("event", "may follow"): lifecycle,
    ANOMALIES: anomaly,
    ("what the tool says", "handoffs"): implied,
    ("what happened", "due", "W", "state"): due,
    ("figure", "UCI before", "UCI now", "BPIC before", "BPIC now"): real,
    ANCHORS: anchors,
    ("window", "slide and pane", "panes kept", "current row at 03-10 00:02"): window,
    ("minutes", "bucket", "stands for minutes"): duration,
    ("handoff", "state", "offers", "returns", "first pass", "complete", "SLA", "minutes"): handoff,
    VARIANTS: variant,
    ("day", "pass", "dec"): day,
    ("item", "places", "path", "reassignments", "bounces", "revisits", "assignment_changes"): custody,
    LISTED: listed,
    DEFINED: defined,
    RESULTS: result,
}
