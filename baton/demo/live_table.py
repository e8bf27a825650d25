"""The live table: pairs, their scores and where they are going, for a terminal and as plain lines. Pure."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from baton.demo.live_numbers import LiveNumbers, PairScores
from baton.report.text_table import NOTHING, aligned, hours, share

MAX_PAIRS = 16
COLUMNS = ("supplier > customer", "n", "first pass", "week before", "last hour", "rework", "in time", "wait", "rating")
_POOR, _GOOD = 0.75, 0.92


def plain(numbers: LiveNumbers, most: int = MAX_PAIRS) -> Iterator[str]:
    """The table as lines of text."""
    rows = [COLUMNS, *(cells(pair) for pair in numbers.pairs[:most])]
    yield headline(numbers)
    yield from aligned(rows)
    yield from footer(numbers, most)
    yield from latest(numbers)


def drawn(numbers: LiveNumbers, most: int = MAX_PAIRS) -> RenderableType:
    """The table for a terminal: colours say what is poor and what changes more than chance."""
    table = Table(box=None, pad_edge=False, header_style="bold", title=headline(numbers), title_justify="left")
    for column, name in enumerate(COLUMNS):
        table.add_column(name, justify="left" if column == 0 else "right", no_wrap=True)
    for pair in numbers.pairs[:most]:
        styles = ["", "", _style(pair.first_pass), _trend_style(pair), "", "", _style(pair.in_time), "", ""]
        table.add_row(*(Text(cell, style) for cell, style in zip(cells(pair), styles, strict=True)))
    below = (Text(line, "dim") for line in footer(numbers, most))
    steps = (Text(line, "red" if "sent back" in line else "") for line in latest(numbers))
    return Group(table, *below, Text(), *steps)


def headline(numbers: LiveNumbers) -> str:
    """What the table rests on, and as of when."""
    as_of = f"{numbers.w:%Y-%m-%d %H:%M:%S} UTC" if numbers.w else "nothing complete yet"
    return f"as of {as_of}: {numbers.events:,} events, {numbers.items:,} work items, {numbers.handoffs:,} handoffs"


def footer(numbers: LiveNumbers, most: int = MAX_PAIRS) -> Iterator[str]:
    """What is left out, who plays ping-pong, and what the columns mean."""
    if len(numbers.pairs) > most:
        yield f"and {len(numbers.pairs) - most} more pairs"
    for a, b, back, n in numbers.ping_pong[:1]:
        yield f"most ping-pong: {a} and {b}, {share(back)} of {n} items went back and forth"
    yield "7 days (rating: 30, and how many rated); n: handoffs decided; in time: accepted in a delivery that kept its due"
    yield "week before: change of first pass in points, * more than chance; – too few to show, or not known"


def latest(numbers: LiveNumbers) -> Iterator[str]:
    """What happened last, a line each."""
    for step in numbers.latest:
        what = f"{step.what} ({step.reason})" if step.reason else step.what
        yield f"{step.at:%H:%M:%S}  {step.supplier} > {step.customer}: {step.deliverable} {what}"


def cells(pair: PairScores) -> tuple[str, ...]:
    """One pair's row, in the order of ``COLUMNS``."""
    trend = NOTHING
    if pair.trend is not None:
        sign = "▲" if pair.trend > 0 else "▼" if pair.trend < 0 else "="
        trend = f"{sign} {abs(pair.trend) * 100:.0f}{'*' if pair.certain else ' '}"
    return (
        f"{pair.supplier} > {pair.customer}",
        str(pair.decided),
        share(pair.first_pass),
        trend,
        f"{share(pair.hour_first_pass)} of {pair.hour}" if pair.hour else NOTHING,
        share(pair.rework),
        share(pair.in_time),
        hours(pair.wait_hours),
        NOTHING if pair.rating is None else f"{pair.rating:.1f} ({pair.votes})",
    )


def _style(value: float | None) -> str:
    if value is None:
        return "dim"
    return "red" if value < _POOR else "green" if value >= _GOOD else ""


def _trend_style(pair: PairScores) -> str:
    if pair.trend is None or not pair.certain:
        return "dim"
    return "bold green" if pair.trend > 0 else "bold red"
