"""What `baton verify` prints: the cause before what follows from it, then how to mend it, then the verdict."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import typer
from rich.console import Console
from rich.table import Table

from baton.lag.stage_lag import StageLag
from verification.comparison import Check

DIFFERS_EXIT, NOT_COMPARED_EXIT = 1, 3
"""Exit codes beside 0. Not 2, which says that the command was called wrongly."""
_WIDE = 200
Parts: TypeAlias = Mapping[str, Sequence[Check]]
"""What was computed again, and the checks of it."""
READ_AGAIN = (
    "records in no table: `baton run sink --read-again` reads the log again, as far as Kafka holds it (docs/verify.md)"
)
FOLD_AGAIN = "facts, scores and dead letters: `baton rebuild && baton wait` makes them anew of the raw events"
STILL = "what differs after that is a fault of Baton's: please report it with these lines"


def show(
    parts: Parts, examples: int, all_checks: bool, behind: Sequence[StageLag] = (), hint: str = "", letters: str = ""
) -> int:
    """A line for each part, what does not hold, how to mend it, and the verdict; gives the exit code.

    ``behind``: what of the log is not in the tables, or counts nowhere yet; ``hint``: what brings it. ``letters``: what was
    parked, in a line.
    """
    checks = [check for of_part in parts.values() for check in of_part]
    for name, of_part in parts.items():
        compared = sum(max(check.expected, check.actual) for check in of_part)
        typer.echo(f"{name}: {len(of_part)} checks, {compared:,} compared{_left_out(of_part)}")
    for line in (*([letters] if letters else ()), *_behind(behind, hint), *_cause(checks)):
        typer.echo(line)
    shown = [check for check in checks if all_checks or not check.holds]
    if shown:
        _print_table(shown)
    for check in checks:
        for example in () if check.lost else check.examples[:examples]:
            typer.echo(f"  {check.name}: {example}")
    for line in _mends(checks):
        typer.echo(line)
    return _verdict(checks, sum(lag.left for lag in behind if not lag.made))


def _left_out(checks: Sequence[Check]) -> str:
    left = sum(check.left_out for check in checks)
    return f", {left:,} left out (--all says where and why)" if left else ""


def _behind(behind: Sequence[StageLag], hint: str) -> Iterator[str]:
    if behind:
        yield "records of the log that are not compared, for they are not in the tables or count nowhere yet:"
        yield from (f"  {lag}" for lag in behind)
        if hint:
            yield f"  {hint}"


def _cause(checks: Sequence[Check]) -> Iterator[str]:
    lost = [check for check in checks if check.lost and check.differences]
    if lost:
        total = sum(check.differences for check in lost)
        yield f"{total:,} records of the log are in no table: whatever else differs may follow from that, so mend it first"
        yield from (f"  {check.name}, but not: {', '.join(check.examples)}" for check in lost)


def _mends(checks: Sequence[Check]) -> Iterator[str]:
    lost, other = (any(check.differences and check.lost is kind for check in checks) for kind in (True, False))
    if lost or other:
        yield "to mend it" + (", in this order, with `baton verify` after each:" if lost and other else ":")
        yield from (f"  {mend}" for mend, needed in ((READ_AGAIN, lost), (FOLD_AGAIN, other)) if needed)
        yield f"  {STILL}"


def _print_table(checks: Sequence[Check]) -> None:
    table = Table("check", "outcome", "raw events say", "streamed", "differences", "note", box=None, header_style="bold")
    for name in ("raw events say", "streamed", "differences"):
        table.columns[[column.header for column in table.columns].index(name)].justify = "right"
    # The cause first: a reader that looks at one line looks at the first.
    for check in sorted(checks, key=lambda check: not (check.lost and check.differences)):
        counts = (f"{check.expected:,}", f"{check.actual:,}", f"{check.differences:,}")
        table.add_row(check.name, check.outcome, *counts, check.note)
    console = Console()
    if not console.is_terminal:  # a file has no width: a check's name stays on its line
        console.width = _WIDE
    console.print(table)


def _verdict(checks: Sequence[Check], behind: int) -> int:
    total = sum(check.differences for check in checks)
    silent = [check for check in checks if check.outcome == "not compared"]
    not_compared = [f"{len(silent)} checks compared nothing"] if silent else []
    not_compared += [f"{behind:,} records of the log have to come first (`baton wait`)"] if behind else []
    if total:
        typer.echo("; ".join([f"{total:,} differences", *not_compared]))
        return DIFFERS_EXIT
    if not_compared:
        typer.echo(f"not compared: {' and '.join(not_compared)}; the others found no difference")
        return NOT_COMPARED_EXIT
    if not any(check.expected or check.actual for check in checks):
        typer.echo("not compared: nothing complete is in the tables yet; `baton wait` first")
        return NOT_COMPARED_EXIT
    typer.echo("0 differences: what was streamed is what the raw events say")
    return 0
