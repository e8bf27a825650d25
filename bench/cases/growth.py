"""growth: what an event costs as pairs and as open items grow, through both stages."""

from dataclasses import replace

from bench.cases.chain import chain
from bench.choices import Choices
from bench.ground import ground
from bench.outcome import Finding, Run

TEAMS = {11: "about 100 pairs", 33: "about 1,000 pairs", 101: "about 10,000 pairs"}
"""n teams make n (n - 1) pairs."""
OPEN_ITEMS = (1_000, 10_000, 100_000)
EVENTS_UNLESS_TOLD = 200_000


def measure(choices: Choices) -> tuple[list[Run], list[Finding]]:
    """Each size on a broker of its own, once."""
    events = choices.events or EVENTS_UNLESS_TOLD
    runs = []
    for teams, name in TEAMS.items():
        with ground(choices.place) as on:
            runs.append(replace(chain(on, on.preload(events, teams=teams), 1), what=name))
    for items in OPEN_ITEMS:
        enough = max(events, items * 12)
        with ground(choices.place) as on:
            runs.append(replace(chain(on, on.preload(enough, open_items=items), 1), what=f"{items:,} open items"))
    base = runs[0].cpu_seconds / runs[0].events
    costs = [Finding(f"CPU of an event, {r.what}", 1e6 * r.cpu_seconds / r.events, "us") for r in runs]
    return runs, [*costs, Finding("10,000 pairs to 100", runs[2].cpu_seconds / runs[2].events / base, "x")]
