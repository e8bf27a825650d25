"""read-decode: records through the batch transport, each decoded, against a plain Faust agent."""

from uuid import uuid4

from bench.cases.peers import faust_agent
from bench.children import run
from bench.choices import Choices
from bench.ground import ground
from bench.outcome import Finding, Run, Wrong, ratios
from schemas.events import TICK
from schemas.topics import EVENTS

EVENTS_UNLESS_TOLD = 1_000_000


def measure(choices: Choices) -> tuple[list[Run], list[Finding]]:
    """Both alternate on the same preloaded topic. Raises ``Wrong`` when not every event was decoded."""
    ours, peer = [], []
    with ground(choices.place) as on:
        loaded = on.preload(choices.events or EVENTS_UNLESS_TOLD)
        ends = {p: end for (topic, p), end in on.ends().items() if topic == EVENTS}
        for number in range(1, choices.repeat + 1):
            group = f"read-{uuid4().hex[:8]}"
            place = str(on.settings.home / "read")
            found = run(f"read and decode #{number}", "read", kafka=on.kafka, group=group, place=place, ends=ends)
            decoded = sum(n for kind, n in found.more["kinds"].items() if kind != TICK)
            if (decoded, found.events) != (loaded.events, sum(ends.values())):
                raise Wrong(
                    f"decoded {decoded} events in {found.events} records; sent {loaded.events} in {sum(ends.values())}"
                )
            ours.append(found)
            peer.append(faust_agent(on, choices.peer_events, number))
    return ours + peer, ratios(ours, peer, ">= 50")
