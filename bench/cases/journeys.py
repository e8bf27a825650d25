"""journeys: the real worker over a backlog, facts published and state saved, against a plain Faust agent that only counts."""

from bench.cases.peers import faust_agent
from bench.children import run
from bench.choices import Choices
from bench.ground import Ground, ground
from bench.history import Loaded
from bench.outcome import Finding, Run, Wrong, ratios
from bench.published import check, since
from schemas.topics import EVENTS, FACTS

EVENTS_UNLESS_TOLD = 300_000


def fold(on: Ground, loaded: Loaded, home: str, number: int, profile: str = "") -> Run:
    """One worker from an empty state to the end of the log, checked. Raises ``Wrong``."""
    before = on.ends()
    ends = {p: end for (topic, p), end in before.items() if topic == EVENTS}
    place = str(on.settings.home / home)
    found = run(
        f"journeys #{number}", "fold", stage="journeys", kafka=on.kafka, place=place, ends=ends, stalls=False, profile=profile
    )
    if found.more["saved"] != {str(p): end for p, end in ends.items()}:
        raise Wrong(f"saved up to {found.more['saved']}, the log ends at {ends}")
    published = since(on, {place: end for place, end in before.items() if place[0] == FACTS})
    check(on, published, loaded)
    found.more["facts"] = published.records
    return found


def measure(choices: Choices) -> tuple[list[Run], list[Finding]]:
    """Both alternate on the same preloaded topic."""
    ours, peer = [], []
    with ground(choices.place) as on:
        loaded = on.preload(choices.events or EVENTS_UNLESS_TOLD)
        for number in range(1, choices.repeat + 1):
            ours.append(fold(on, loaded, f"worker-{number}", number))
            peer.append(faust_agent(on, choices.peer_events, number))
        if choices.profile is not None:
            fold(on, loaded, "profiled", 0, str(choices.profile.absolute()))
    facts = Finding("facts records for an event", ours[-1].more["facts"] / loaded.events, "records")
    return ours + peer, [*ratios(ours, peer, ">= 10"), facts]
