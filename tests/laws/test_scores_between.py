"""Law of the scores stage: between two Ws a window shows what had left it by then, however far apart the two lie."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measures.windows import WINDOWS, Window
from schemas.record_codec import decode_score
from schemas.watermarks import version_of
from streams.scores.fold import Scores
from tests.laws.two_stages import (
    GENERATION,
    Given,
    ScoresMachine,
    Source,
    Table,
    live_at,
    places,
    rows_of,
    spoken,
    streams_of,
    synthetic,
)

HISTORIES = 100


def moments(window: Window, before: int, w: int, given_then: Sequence[Given], rng: Random) -> list[int]:
    """Ends between two Ws: some of them, and those at which an entry leaves or comes in, with the ends beside them."""
    first, last = window.end(before) + window.grid.ms, window.end(w)
    if first >= last:
        return []
    found = {rng.randrange(first, last, window.grid.ms) for _ in range(5)}
    for _, _, entries in given_then:
        for entry in entries:
            for end in (window.end(entry.at + 1), window.end(entry.at + 1) + window.ms):
                found |= {end - window.grid.ms, end, end + window.grid.ms}
    return sorted(end for end in found if first <= end < last)


def shown(machines: Sequence[ScoresMachine], w: int, window: Window, end: int) -> Table:
    """What readers find as of a moment between two Ws, once the later one is published."""
    table: Table = {}
    for machine in machines:
        (offset,) = {tick.offset for what, _, tick in machine.outbox.log if what == "mark" and tick.w == w}  # type: ignore[attr-defined]  # a mark's third is its tick
        limit = version_of(GENERATION, offset)
        rows = [decode_score(value) for what, _, value in machine.outbox.log if what == "score"]  # type: ignore[arg-type]  # a score's third is its bytes
        newest: Table = {}
        for row in sorted(rows, key=lambda row: (row.end, row.version)):
            if row.window == window.name and row.refresh == "live" and row.end <= end and row.version <= limit:
                newest[(row.scope, *row.parts)] = row.results
        table |= {name: results for name, results in newest.items() if spoken(results)}
    return table


def compared(rng: Random, fold: type[Scores] = Scores) -> Iterator[bool]:
    """For moments between the Ws of a random history: whether the rows say what a sum from scratch says."""
    sources: list[Source] = synthetic(rng, rng.choice((1, 2)))
    count = rng.choice((1, 3))
    kind = type("Machine", (ScoresMachine,), {"fold": fold})
    machines = [kind(log, rng, 3, n, count).drive() for n, log in enumerate(places(rng, count, streams_of(rng, sources)))]
    known = live_at(sources)
    for before, w in zip(list(known), list(known)[1:], strict=False):
        for window in WINDOWS:
            for end in moments(window, before, w, known[before], rng):
                yield shown(machines, w, window, end) == dict(rows_of(known[before], window, end, "live"))


@given(st.integers(0, 2**32).map(Random))
@settings(max_examples=HISTORIES, deadline=None)
@pytest.mark.guard("rows between ticks")
def test_between_two_ws_a_window_shows_what_it_held_then(rng: Random) -> None:
    """As of any end between two Ws the rows are the sums of the contributions of the W before in the window of that end."""
    assert all(compared(rng))


class Jumping(Scores):
    """Wrong on purpose: from one W to the next in one leap, as before."""

    def _rows(self, *_: object) -> Iterator[object]:  # type: ignore[override]  # it writes nothing
        yield from ()


@pytest.mark.control("rows between ticks")
def test_a_leap_breaks_the_law() -> None:
    """Negative control: without rows at the ends on the way, what left at Friday's last hour stands until Monday."""
    assert not all(result for seed in range(HISTORIES) for result in compared(Random(seed), Jumping))


@pytest.mark.parametrize("seed", range(5))
def test_the_histories_of_the_control_hold_and_have_moments(seed: int) -> None:
    """The same histories hold for the real thing, and say something."""
    results = [result for n in range(seed * 4, seed * 4 + 4) for result in compared(Random(n))]
    assert results and all(results)
