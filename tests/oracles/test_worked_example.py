"""The worked example E0 of metrics.md by the journeys fold: every figure and every variant of it, from live contributions."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from measures.reasons import code_of
from schemas.event_codec import make
from tests.oracles.folding import Folded
from tests.oracles.worked_example import (
    DAY_MS,
    Example,
    Records,
    core,
    counted,
    days,
    entries_in,
    event,
    folded,
    ms,
    summed,
    tick,
    variant,
)

pytestmark = pytest.mark.real
Real = Callable[[str], Path]


@pytest.fixture
def example(real_logs: Real) -> Example:
    """The file beside the project."""
    return Example(real_logs("metrics_examples.json"))


def whole(example: Example, w: int | None = None) -> Records:
    """All events, then ticks by day up to W."""
    return [event(line) for line in example.lines] + days(ms(example.lines[0]["time"]), w or example.w)


def figures(example: Example, records: Records) -> dict[str, list[int]]:
    """The four shares of the pair under test."""
    return core(counted(folded(records), ("pair", *example.pair), example.window))


def expected(example: Example) -> dict[str, list[int]]:
    """The file's own four shares."""
    return {name: example.file["E0_expected"][name] for name in ("fpy", "ca", "rework", "sla")}


def test_the_core_figures(example: Example) -> None:
    """First pass, complete and accurate, redeliveries and SLA of E0 are those of the file."""
    assert figures(example, whole(example)) == expected(example)


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_and_doubled(example: Example, seed: int) -> None:
    """Every event twice, in any order, with ticks between them: the same figures."""
    rng = Random(seed)
    records = [event(line) for line in example.lines * 2]
    rng.shuffle(records)
    ticks = days(ms(example.lines[0]["time"]), example.w)
    for at in sorted(rng.sample(range(len(records)), len(ticks) - 1), reverse=True):
        records.insert(at, ticks[-1])
    for place, one in zip((n for n, r in enumerate(records) if r[0] == "clock"), ticks, strict=False):
        records[place] = one
    assert figures(example, [*records, ticks[-1]]) == expected(example)


def test_every_variant(example: Example) -> None:
    """Each variant of the regression table: other watermarks, and corrections that come after all was published."""
    found, wanted = {}, {}
    for case in example.file["E0_variants"]:
        name = case["name"]
        wanted[name] = {field: case[field] for field in ("fpy", "ca", "rework", "sla")}
        if "watermark" in case:
            found[name] = figures(example, whole(example, ms(case["watermark"])))
        else:
            found[name] = figures(example, [*whole(example), *variant(example, name), tick(example.w + 1000)])
    assert found == wanted
    assert len(found) == 8


def test_loops_waits_and_cycles(example: Example) -> None:
    """Bins of loops, sketch buckets, waits and times to accepted in minutes, first offers in time: as in the file."""
    want, found = example.file["E0_expected"], folded(whole(example))
    sums = counted(found, ("pair", *example.pair), example.window)
    assert [sums["loops", key] for key in ("0", "1", "2", "3+")] == want["loops_hist"]
    assert {key: n for (field, key), n in sums.items() if field == "wait"} == want["wait_dd_buckets"]
    assert sums["wait_ms", ""] == sum(want["wait_min"]) * 60_000
    assert sums["cycle_ms", ""] == sum(want["cycle_min"]) * 60_000
    entries = list(entries_in(found, ("pair", *example.pair), example.window))
    assert sorted(e.amount // 60_000 for e in entries if e.field == "wait_ms") == sorted(want["wait_min"])
    assert sorted(e.amount // 60_000 for e in entries if e.field == "cycle_ms") == want["cycle_min"]
    assert sums["ontime_first", ""] / (sums["due_hit", ""] + sums["due_miss", ""]) == want["ontime_first"]


def test_rework_and_reasons(example: Example) -> None:
    """Minutes, reported and reworked handoffs, and the reasons of returns: as in the file."""
    want = example.file["E0_expected"]
    sums = counted(folded(whole(example)), ("pair", *example.pair), example.window)
    assert sums["rework_min", ""] == want["rework_min"]
    assert sums["rework_reported", ""] == want["rework_reported"]
    assert sums["reworked", ""] == want["reworked"]
    assert {key: n for (field, key), n in sums.items() if field == "reasons"} == {
        code_of(word): n for word, n in want["pareto"]
    }


def test_custody(example: Example) -> None:
    """Moves, bounces and the pair's ping-pong counts: as in the file, over the window of metrics W5."""
    want, found = example.file["E0_expected"], folded(whole(example))
    window = (example.window[0] - DAY_MS, example.window[1])
    every = summed(entries_in(found, ("both",), window))
    assert every["moves", "ab"] + every["moves", "ba"] == want["moves"]
    assert every["bounces", ""] == want["bounces"]
    mine = counted(found, ("both", *sorted(example.pair)), window)
    assert {field: mine[field, ""] for field in want["pair_MKT_SAL"]} == want["pair_MKT_SAL"]
    assert (mine["moves", "ab"], mine["moves", "ba"]) == (9, 4)


def test_day_panes(example: Example) -> None:
    """First pass by day of the first decision: 0/1, 1/1, 0/1, 0/1 on the four days of metrics 1.6, nothing else."""
    found = folded(whole(example))
    panes = {}
    for day in range(example.window[0], example.window[1], DAY_MS):
        sums = counted(found, ("pair", *example.pair), (day, day + DAY_MS))
        if sums["dec", ""]:
            panes[(day - example.window[0]) // DAY_MS + 3] = (sums["pass", ""], sums["dec", ""])
    assert panes == {3: (0, 1), 4: (1, 1), 5: (0, 1), 7: (0, 1)}


def test_what_was_called_off_and_never_delivered(example: Example) -> None:
    """H7 is void and counts nowhere but as cancelled; H6, asked for and never delivered, is a miss."""
    found = folded(whole(example))
    facts = {body.handoff: body for body in found.of("handoff")}
    assert (facts["H7"].void, facts["H7"].sla, facts["H7"].first_pass) == (True, "void", None)
    assert (facts["H6"].state, facts["H6"].sla, facts["H6"].offers) == ("requested", "miss", [])
    sums = counted(found, ("pair", *example.pair), example.window)
    assert (sums["cancelled", ""], sums["void", ""]) == (1, 1)


def test_routes(example: Example) -> None:
    """Two items went from ENG by MKT to SAL; each of their handoffs gives to that route what it gives to its pair."""
    found: Folded = folded(whole(example))
    routes = {key: entries for key, entries in found.contributions.items() if key[0] == "route"}
    handoffs = {"W1": ("H1", "H2"), "W2": ("H3", "H4")}
    givers = {f"{item}\x1f\x1f{handoff}\x1f0" for item, mine in handoffs.items() for handoff in mine}
    assert set(routes) == {("route", "ENG", "MKT", "SAL", giver) for giver in givers}
    at_pairs = {key[-1]: entries for key, entries in found.contributions.items() if key[0] == "pair"}
    assert all(entries == at_pairs[giver] for (*_, giver), entries in routes.items())


def test_without_the_dedupe_key_the_figures_differ(example: Example) -> None:
    """Negative control: the same events doubled under new ids are anomalies or more handoffs, and show."""
    again = [event(line | {"handoff": line["handoff"] + "'"}) for line in example.lines]
    assert figures(example, [*again, *whole(example)]) != expected(example)
    value = make("baton.item.moved.v1", id="m", source="s", subject="W1", time_ms=example.w - 1, body={"to": "SAL"})
    assert figures(example, [("W1", value), *whole(example)]) == expected(example)
