"""The whole span as lines of text, and as JSON. Pure."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from baton.report.text_table import aligned, hours, share
from baton.report.whole_span import LEAST_DECIDED, Pair, WholeSpan

_MOST_PAIRS = 10
_COLUMNS: tuple[tuple[str, Callable[[Pair], str]], ...] = (
    ("supplier > customer", lambda pair: f"{pair.supplier} > {pair.customer}"),
    ("handoffs", lambda pair: f"{pair.handoffs:,}"),
    ("first pass", lambda pair: _of(pair.first_pass, pair.decided)),
    ("returns", lambda pair: f"{pair.returns:,}"),
    ("passed on", lambda pair: f"{pair.passed_on:,}"),
    ("wait p50", lambda pair: hours(pair.wait_hours_p50)),
    ("wait p90", lambda pair: hours(pair.wait_hours_p90)),
    ("in time", lambda pair: share(pair.in_time)),
)


def lines(span: WholeSpan) -> Iterator[str]:
    """The report; of an empty home what to do."""
    totals = span.totals
    if not totals.items:
        yield "nothing can be reported yet: " + (
            f"{span.events:,} events have arrived, and none of them is in a fact" if span.events else "no event has arrived"
        )
        yield (
            "  mend: `baton wait`, then ask again"
            if span.events
            else "  mend: `baton import FILE --mapping FILE`, then `baton wait`"
        )
        return
    yield (
        f"{totals.items:,} work items from {totals.first_at:%Y-%m-%d} to {totals.last_at:%Y-%m-%d}, "
        f"{sum(pair.handoffs for pair in span.pairs):,} handoffs of {len(span.pairs):,} pairs, "
        f"as of {f'{totals.w:%Y-%m-%d %H:%M} UTC' if totals.w else 'a moment ago, not complete yet'}"
    )
    yield (
        f"{totals.reassignments:,} reassignments of {totals.items_reassigned:,} items, {totals.bounces:,} bounces of "
        f"{totals.items_bounced:,}, {totals.revisits:,} revisits, {totals.reopens:,} reopens"
    )
    yield from _pairs("Most handoffs", span.pairs[:_MOST_PAIRS])
    if len(span.pairs) > _MOST_PAIRS:
        yield f"and {len(span.pairs) - _MOST_PAIRS:,} more pairs: pair_totals has all"
    yield from _pairs(f"Worst first pass, of pairs with {LEAST_DECIDED} decided handoffs", span.worst_first_pass)
    yield from _pairs("Slowest to decide, of the same", span.slowest_waits)
    if span.ping_pong:
        yield "\nPing-pong between teams"
        head = ("team and team", "items shared", "went back", "three times", "bounces")
        rows = [(f"{p.team} and {p.other}", *(f"{n:,}" for n in (p.shared, p.bounced, p.bounced_thrice, p.bounces)))
                for p in span.ping_pong]  # fmt: skip
        yield from aligned([head, *rows])
    if span.ping_pong_items:
        yield "\nItems that went back and forth most"
        items = [(item.item, str(item.bounces), str(item.reopens)) for item in span.ping_pong_items]
        paths = ["path", *(" > ".join(item.path) for item in span.ping_pong_items)]
        table = aligned([("item", "bounces", "reopens"), *items])
        yield from (f"{line}  {path}" for line, path in zip(table, paths, strict=True))


def as_json(span: WholeSpan) -> str:
    """The same as one JSON object; times in ISO 8601, UTC."""
    some = {"worst_first_pass": span.worst_first_pass, "slowest_waits": span.slowest_waits}
    told = asdict(span) | {name: [asdict(pair) for pair in pairs] for name, pairs in some.items()}
    return json.dumps(told, default=_time, ensure_ascii=False, indent=2)


def _of(value: float | None, n: int) -> str:
    return f"{share(value)} of {n:,}"


def _pairs(title: str, pairs: Sequence[Pair]) -> Iterator[str]:
    if pairs:
        yield f"\n{title}"
        yield from aligned([[name for name, _ in _COLUMNS], *([cell(pair) for _, cell in _COLUMNS] for pair in pairs)])


def _time(value: object) -> str:
    assert isinstance(value, datetime)
    return value.replace(tzinfo=UTC).isoformat()
