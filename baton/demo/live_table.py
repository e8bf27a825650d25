"""The live table: pairs, their scores and where they are going, for a terminal and as plain lines. Pure."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from baton.demo.live_numbers import LiveNumbers, PairScores

MAX_PAIRS = 16
COLUMNS = ("supplier > customer", "n", "first pass", "week before", "last hour", "rework", "in time", "wait", "rating")
_NOTHING = "–"
_POOR, _GOOD = 0.75, 0.92


def plain(numbers: LiveNumbers, most: int = MAX_PAIRS) -> Iterator[str]:
    """The table as lines of text."""
    rows = [COLUMNS, *(cells(pair) for pair in numbers.pairs[:most])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    yield headline(numbers)
    for row in rows:
        first, *rest = (
            cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in _wide(row, widths)
        )
        yield "  ".join((first, *rest)).rstrip()
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
    for a, b, share, n in numbers.ping_pong[:1]:
        yield f"most ping-pong: {a} and {b}, {_share(share)} of {n} items went back and forth"
    yield "7 days (rating: 30, and how many rated); n: handoffs decided; in time: accepted in a delivery that kept its due"
    yield "week before: change of first pass in points, * more than chance; – too few to show, or not known"


def latest(numbers: LiveNumbers) -> Iterator[str]:
    """What happened last, a line each."""
    for step in numbers.latest:
        what = f"{step.what} ({step.reason})" if step.reason else step.what
        yield f"{step.at:%H:%M:%S}  {step.supplier} > {step.customer}: {step.deliverable} {what}"


def cells(pair: PairScores) -> tuple[str, ...]:
    """One pair's row, in the order of ``COLUMNS``."""
    trend = _NOTHING
    if pair.trend is not None:
        sign = "▲" if pair.trend > 0 else "▼" if pair.trend < 0 else "="
        trend = f"{sign} {abs(pair.trend) * 100:.0f}{'*' if pair.certain else ' '}"
    return (
        f"{pair.supplier} > {pair.customer}",
        str(pair.decided),
        _share(pair.first_pass),
        trend,
        f"{_share(pair.hour_first_pass)} of {pair.hour}" if pair.hour else _NOTHING,
        _share(pair.rework),
        _share(pair.in_time),
        _NOTHING if pair.wait_hours is None else hours(pair.wait_hours),
        _NOTHING if pair.rating is None else f"{pair.rating:.1f} ({pair.votes})",
    )


def hours(value: float) -> str:
    """A duration given in hours, in minutes where that reads better."""
    return f"{value * 60:.0f} min" if value < 2 else f"{value:.1f} h"


def _share(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.0%}"


def _style(value: float | None) -> str:
    if value is None:
        return "dim"
    return "red" if value < _POOR else "green" if value >= _GOOD else ""


def _trend_style(pair: PairScores) -> str:
    if pair.trend is None or not pair.certain:
        return "dim"
    return "bold green" if pair.trend > 0 else "bold red"


def _wide(row: Sequence[str], widths: Sequence[int]) -> Iterator[tuple[int, tuple[str, int]]]:
    return enumerate(zip(row, widths, strict=True))
